-- What was rejected stays so: a count that can shrink is none.
CREATE TRIGGER rejected_trade_append_only BEFORE UPDATE OR DELETE ON trading_rejectedtrade FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rejected_trade_no_truncate BEFORE TRUNCATE ON trading_rejectedtrade FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
