DROP TRIGGER accounts_user_operators_by_owner ON accounts_user;
DROP FUNCTION accounts_user_operators_by_owner();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        GRANT INSERT, UPDATE, DELETE ON django_migrations TO app;
    END IF;
END $$;
