-- Order states move only along the table; what was ordered never changes; orders and decisions are never deleted.
CREATE FUNCTION trading_order_moves() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY[
        'PENDING>CANCELLED', 'PENDING>REFUSED', 'PENDING>SENDING', 'SENDING>CANCELLING', 'SENDING>EXPIRED',
        'SENDING>FILLED', 'SENDING>OPEN', 'SENDING>PARTIALLY_FILLED', 'SENDING>REJECTED', 'SENDING>UNKNOWN',
        'OPEN>CANCELLED', 'OPEN>CANCELLING', 'OPEN>EXPIRED', 'OPEN>FILLED', 'OPEN>PARTIALLY_FILLED',
        'OPEN>UNKNOWN', 'PARTIALLY_FILLED>CANCELLED', 'PARTIALLY_FILLED>CANCELLING',
        'PARTIALLY_FILLED>EXPIRED', 'PARTIALLY_FILLED>FILLED', 'PARTIALLY_FILLED>UNKNOWN',
        'CANCELLING>CANCELLED', 'CANCELLING>EXPIRED', 'CANCELLING>FILLED', 'CANCELLING>OPEN',
        'CANCELLING>PARTIALLY_FILLED', 'CANCELLING>UNKNOWN', 'UNKNOWN>CANCELLED', 'UNKNOWN>CANCELLING',
        'UNKNOWN>EXPIRED', 'UNKNOWN>FILLED', 'UNKNOWN>NOT_PLACED', 'UNKNOWN>OPEN', 'UNKNOWN>PARTIALLY_FILLED',
        'UNKNOWN>REJECTED', 'CANCELLED>FILLED', 'EXPIRED>FILLED', 'REJECTED>FILLED', 'NOT_PLACED>FILLED'
    ]::text[]
$$;

CREATE FUNCTION trading_guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (trading_order_moves()) THEN
        RAISE EXCEPTION 'order % cannot move from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.client_order_id, NEW.intent, NEW.attempt, NEW.owner_id, NEW.wallet_id, NEW.book_id, NEW.market_id, NEW.side,
        NEW.leg, NEW.quantity, NEW.mode) IS DISTINCT FROM
       (OLD.id, OLD.client_order_id, OLD.intent, OLD.attempt, OLD.owner_id, OLD.wallet_id, OLD.book_id, OLD.market_id, OLD.side,
        OLD.leg, OLD.quantity, OLD.mode) THEN
        RAISE EXCEPTION 'what order % asked for cannot change', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.filled_quantity < OLD.filled_quantity THEN
        RAISE EXCEPTION 'fills of order % cannot shrink', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER order_moves_by_table BEFORE UPDATE ON trading_order FOR EACH ROW EXECUTE FUNCTION trading_guard_order();
CREATE TRIGGER order_never_deleted BEFORE DELETE ON trading_order FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER trade_append_only BEFORE UPDATE OR DELETE ON trading_trade FOR EACH ROW EXECUTE FUNCTION refuse_change();
