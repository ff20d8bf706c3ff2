-- The application role keeps the rights that its code uses, and no more.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        REVOKE DELETE ON bots_bot, bots_halt, bots_haltepoch FROM app;
        REVOKE UPDATE, DELETE ON bots_botmove FROM app;
    END IF;
END $$;
