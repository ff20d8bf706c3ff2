-- Whoever gets hold of the application's connection stays an ordinary user: it can neither make an operator nor unmake one. New people
-- are written with both marks down, and a whole row may be saved again as it was, so this is a trigger and no right on columns.
CREATE FUNCTION accounts_user_operators_by_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.is_staff, NEW.is_superuser) IS DISTINCT FROM (coalesce(OLD.is_staff, false), coalesce(OLD.is_superuser, false))
       AND NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION 'operators are made and unmade by the owner of the tables only'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER accounts_user_operators_by_owner BEFORE INSERT OR UPDATE ON accounts_user
    FOR EACH ROW EXECUTE FUNCTION accounts_user_operators_by_owner();

-- What has been migrated is for the owner to write. A server with one role for everything has no `app`.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM app;
    END IF;
END $$;
