-- What an order asked for never changes, the end of a good-till-date order included.
-- Named columns: an UPDATE that does not speak of them, as all of ours, is not even compared.
CREATE TRIGGER order_asks_for_ever BEFORE UPDATE OF
    id, client_order_id, intent, attempt, owner_id, wallet_id, book_id, bot_id, market_id, timeframe, run, mode,
    candle, leg, reason, side, type, time_in_force, expires_at, quantity, price, decision_price, reducing, bootstrap,
    expected_edge_bps, edge_source, verdicts, halt_id, halt_epoch, request_key, request_hash, created_at
    ON trading_order FOR EACH ROW
    WHEN ((NEW.id, NEW.client_order_id, NEW.intent, NEW.attempt, NEW.owner_id, NEW.wallet_id, NEW.book_id, NEW.bot_id,
           NEW.market_id, NEW.timeframe, NEW.run, NEW.mode, NEW.candle, NEW.leg, NEW.reason, NEW.side, NEW.type,
           NEW.time_in_force, NEW.expires_at, NEW.quantity, NEW.price, NEW.decision_price, NEW.reducing, NEW.bootstrap,
           NEW.expected_edge_bps, NEW.edge_source, NEW.verdicts, NEW.halt_id, NEW.halt_epoch, NEW.request_key,
           NEW.request_hash, NEW.created_at) IS DISTINCT FROM
          (OLD.id, OLD.client_order_id, OLD.intent, OLD.attempt, OLD.owner_id, OLD.wallet_id, OLD.book_id, OLD.bot_id,
           OLD.market_id, OLD.timeframe, OLD.run, OLD.mode, OLD.candle, OLD.leg, OLD.reason, OLD.side, OLD.type,
           OLD.time_in_force, OLD.expires_at, OLD.quantity, OLD.price, OLD.decision_price, OLD.reducing, OLD.bootstrap,
           OLD.expected_edge_bps, OLD.edge_source, OLD.verdicts, OLD.halt_id, OLD.halt_epoch, OLD.request_key,
           OLD.request_hash, OLD.created_at))
    EXECUTE FUNCTION trading_refuse_other_order();
