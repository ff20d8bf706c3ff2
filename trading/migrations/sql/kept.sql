-- Steps are added at the end: containment alone let a step be put before the others, moved or written longer. The text of jsonb
-- is canonical, and a step is an array, so the old history is a beginning of the new one or it was changed.
DROP TRIGGER order_history_only_grows ON trading_order;
CREATE TRIGGER order_history_only_grows BEFORE UPDATE OF history ON trading_order FOR EACH ROW
    WHEN (NOT starts_with(NEW.history::text, left(OLD.history::text, -1)))
    EXECUTE FUNCTION trading_refuse_other_history();

-- The value of what was filled comes from the fills too, or an average price is what somebody says.
CREATE OR REPLACE FUNCTION trading_filled_by_fills() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    booked numeric;
    worth numeric;
BEGIN
    SELECT coalesce(sum(quantity), 0), coalesce(sum(quantity * price), 0) INTO booked, worth FROM ledger_fill
    WHERE client_order_id = NEW.client_order_id AND wallet_id = NEW.wallet_id;
    IF NEW.filled_quantity <> booked OR NEW.filled_value <> worth THEN
        RAISE EXCEPTION 'filled quantity or value of order % is not what its fills say', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER order_filled_by_fills ON trading_order;
CREATE TRIGGER order_filled_by_fills BEFORE UPDATE OF filled_quantity, filled_value ON trading_order
    FOR EACH ROW WHEN (NEW.filled_quantity <> OLD.filled_quantity OR NEW.filled_value <> OLD.filled_value)
    EXECUTE FUNCTION trading_filled_by_fills();

-- What was rejected is an order that is there, of its own person and bot.
CREATE FUNCTION trading_rejected_trades_belong() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad uuid;
BEGIN
    SELECT r.order_id INTO bad
    FROM new_rows r LEFT JOIN trading_order o ON o.id = r.order_id
    WHERE o.id IS NULL OR (r.owner_id, r.bot_id) IS DISTINCT FROM (o.owner_id, o.bot_id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'rejected trade % does not belong to its order', bad
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rejected_trades_belong AFTER INSERT ON trading_rejectedtrade
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION trading_rejected_trades_belong();
