-- An operator is not unmade by deletion either.
CREATE FUNCTION accounts_user_operators_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE EXCEPTION 'operators are made and unmade by the owner of the tables only'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER accounts_user_operators_kept BEFORE DELETE ON accounts_user FOR EACH ROW
    WHEN (OLD.is_staff OR OLD.is_superuser) EXECUTE FUNCTION accounts_user_operators_kept();
