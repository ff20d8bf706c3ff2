-- A click that has been acted upon stays so: the application role writes it once.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        REVOKE UPDATE, DELETE ON accounts_click FROM app;
    END IF;
END $$;
