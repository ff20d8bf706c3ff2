-- Filled quantity comes from fills only: it is the sum of the fills that carry the order's client id.
CREATE FUNCTION trading_filled_by_fills() RETURNS trigger LANGUAGE plpgsql AS $$
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
