DROP TRIGGER rejected_trades_belong ON trading_rejectedtrade;
DROP FUNCTION trading_rejected_trades_belong();

DROP TRIGGER order_filled_by_fills ON trading_order;
CREATE OR REPLACE FUNCTION trading_filled_by_fills() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.filled_quantity <> (
        SELECT coalesce(sum(quantity), 0) FROM ledger_fill
        WHERE client_order_id = NEW.client_order_id AND wallet_id = NEW.wallet_id
    ) THEN
        RAISE EXCEPTION 'filled quantity of order % is not what its fills say', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_filled_by_fills BEFORE UPDATE OF filled_quantity ON trading_order
    FOR EACH ROW WHEN (NEW.filled_quantity <> OLD.filled_quantity) EXECUTE FUNCTION trading_filled_by_fills();

DROP TRIGGER order_history_only_grows ON trading_order;
CREATE TRIGGER order_history_only_grows BEFORE UPDATE OF history ON trading_order FOR EACH ROW
    WHEN (jsonb_array_length(NEW.history) < jsonb_array_length(OLD.history) OR NOT NEW.history @> OLD.history)
    EXECUTE FUNCTION trading_refuse_other_history();
