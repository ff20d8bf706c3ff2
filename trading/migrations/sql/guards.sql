-- Order states move only along the table; what was ordered never changes; orders and trades are never deleted.
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

-- The conditions stand on the triggers, so that only a row that breaks one costs a function call.
CREATE FUNCTION trading_refuse_order_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order % cannot move from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER order_moves_by_table BEFORE UPDATE ON trading_order FOR EACH ROW
    WHEN (NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (trading_order_moves()))
    EXECUTE FUNCTION trading_refuse_order_move();

CREATE FUNCTION trading_refuse_other_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what order % asked for cannot change', OLD.id USING ERRCODE = 'check_violation';
END $$;
-- Named columns: an UPDATE that does not speak of them, as all of ours, is not even compared.
CREATE TRIGGER order_asks_for_ever BEFORE UPDATE OF
    id, client_order_id, intent, attempt, owner_id, wallet_id, book_id, bot_id, market_id, timeframe, run, mode,
    candle, leg, reason, side, type, time_in_force, quantity, price, decision_price, reducing, bootstrap,
    expected_edge_bps, edge_source, verdicts, halt_id, halt_epoch, request_key, request_hash, created_at
    ON trading_order FOR EACH ROW
    WHEN ((NEW.id, NEW.client_order_id, NEW.intent, NEW.attempt, NEW.owner_id, NEW.wallet_id, NEW.book_id, NEW.bot_id,
           NEW.market_id, NEW.timeframe, NEW.run, NEW.mode, NEW.candle, NEW.leg, NEW.reason, NEW.side, NEW.type,
           NEW.time_in_force, NEW.quantity, NEW.price, NEW.decision_price, NEW.reducing, NEW.bootstrap,
           NEW.expected_edge_bps, NEW.edge_source, NEW.verdicts, NEW.halt_id, NEW.halt_epoch, NEW.request_key,
           NEW.request_hash, NEW.created_at) IS DISTINCT FROM
          (OLD.id, OLD.client_order_id, OLD.intent, OLD.attempt, OLD.owner_id, OLD.wallet_id, OLD.book_id, OLD.bot_id,
           OLD.market_id, OLD.timeframe, OLD.run, OLD.mode, OLD.candle, OLD.leg, OLD.reason, OLD.side, OLD.type,
           OLD.time_in_force, OLD.quantity, OLD.price, OLD.decision_price, OLD.reducing, OLD.bootstrap,
           OLD.expected_edge_bps, OLD.edge_source, OLD.verdicts, OLD.halt_id, OLD.halt_epoch, OLD.request_key,
           OLD.request_hash, OLD.created_at))
    EXECUTE FUNCTION trading_refuse_other_order();

CREATE FUNCTION trading_refuse_fewer_fills() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'fills of order % cannot shrink', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER order_fills_only_grow BEFORE UPDATE ON trading_order FOR EACH ROW
    WHEN (NEW.filled_quantity < OLD.filled_quantity OR NEW.filled_value < OLD.filled_value)
    EXECUTE FUNCTION trading_refuse_fewer_fills();

-- Orders, decisions and trades come in sets, so one look per statement holds what row-wise foreign keys would, and more: an
-- order trades its owner's wallet, a book of it, a market of its venue and, for a bot, that bot's book. What they name is
-- never deleted.
CREATE FUNCTION trading_orders_belong() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad uuid;
BEGIN
    SELECT o.id INTO bad
    FROM new_rows o
    LEFT JOIN ledger_wallet w ON w.id = o.wallet_id
    LEFT JOIN ledger_book b ON b.id = o.book_id
    LEFT JOIN ledger_market m ON m.id = o.market_id
    LEFT JOIN bots_bot r ON r.id = o.bot_id
    LEFT JOIN bots_halt h ON h.id = o.halt_id
    WHERE w.owner_id IS DISTINCT FROM o.owner_id OR b.wallet_id IS DISTINCT FROM o.wallet_id OR m.venue IS DISTINCT FROM w.venue
       OR (o.bot_id IS NOT NULL AND (r.book_id IS DISTINCT FROM o.book_id OR r.owner_id IS DISTINCT FROM o.owner_id))
       OR h.id IS DISTINCT FROM o.halt_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'order % names a wallet, book, bot, market or halt that is not its own', bad
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER orders_belong AFTER INSERT ON trading_order
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION trading_orders_belong();

CREATE FUNCTION trading_decisions_belong() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM new_rows d LEFT JOIN bots_bot b ON b.id = d.bot_id WHERE b.id IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'a decision names an unknown bot' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER decisions_belong AFTER INSERT ON trading_decision
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION trading_decisions_belong();
CREATE TRIGGER decisions_still_belong AFTER UPDATE ON trading_decision
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION trading_decisions_belong();

CREATE FUNCTION trading_trades_belong() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad uuid;
BEGIN
    SELECT t.id INTO bad
    FROM new_rows t LEFT JOIN trading_order o ON o.id = t.order_id
    WHERE o.id IS NULL OR (t.owner_id, t.bot_id, t.market_id, t.mode) IS DISTINCT FROM (o.owner_id, o.bot_id, o.market_id, o.mode)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'trade % does not belong to its order', bad
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER trades_belong AFTER INSERT ON trading_trade
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION trading_trades_belong();

CREATE TRIGGER order_never_deleted BEFORE DELETE ON trading_order FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER trade_append_only BEFORE UPDATE OR DELETE ON trading_trade FOR EACH ROW EXECUTE FUNCTION refuse_change();
