DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        REVOKE UPDATE ON trading_trade FROM app;
    END IF;
END $$;
DROP TRIGGER trade_is_its_matches ON trading_trade;
DROP FUNCTION trading_trade_is_its_matches();
CREATE TRIGGER trade_append_only BEFORE UPDATE OR DELETE ON trading_trade FOR EACH ROW EXECUTE FUNCTION refuse_change();
