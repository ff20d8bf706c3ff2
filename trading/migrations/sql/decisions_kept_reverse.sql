DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        REVOKE DELETE ON trading_decision FROM app;
    END IF;
END $$;
DROP TRIGGER decision_no_truncate ON trading_decision;
DROP TRIGGER decisions_kept ON trading_decision;
DROP FUNCTION trading_decisions_kept();
