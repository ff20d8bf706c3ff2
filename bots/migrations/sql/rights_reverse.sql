DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        GRANT DELETE ON bots_bot, bots_halt, bots_haltepoch TO app;
        GRANT UPDATE, DELETE ON bots_botmove TO app;
    END IF;
END $$;
