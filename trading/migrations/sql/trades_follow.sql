-- A trade is the sum of its matches, in both directions: it may be brought to what they are now, and where they make none any more it may
-- be taken back, beside the exception of its order, which stays. Nothing else of it ever changes. Three figures are quotients, rounded.
CREATE OR REPLACE FUNCTION trading_trade_is_its_matches() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    m record;
BEGIN
    SELECT sum(x.quantity) AS amount, sum(x.cost) AS cost, sum(x.proceeds) AS proceeds, sum(x.entry_fee + x.exit_fee) AS fees,
        sum(x.net) AS net, min(x.acquired_at) AS opened_at, max(x.sold_at) AS closed_at, coalesce(bool_or(f.bootstrap), false) AS bootstrap
    INTO m
    FROM ledger_lotmatch x JOIN trading_order o ON o.client_order_id = x.client_order_id AND o.book_id = x.book_id
    LEFT JOIN ledger_lot l ON l.id = x.lot_id LEFT JOIN ledger_fill f ON f.entry_id = l.entry_id
    WHERE o.id = OLD.order_id AND o.leg = 'EXIT' AND o.ending IS NOT NULL;
    IF TG_OP = 'DELETE' THEN -- 9999999999.995: what rounds to more basis points than the column holds (LARGEST_EDGE_BPS)
        IF NOT coalesce(m.amount > 0 AND m.cost > 0 AND m.proceeds > 0 AND m.closed_at >= m.opened_at
               AND abs(m.proceeds - m.cost) * 10000 < m.cost * 9999999999.995, false)
           AND EXISTS (SELECT FROM trading_rejectedtrade r WHERE r.order_id = OLD.order_id) THEN
            RETURN OLD;
        END IF;
    ELSIF (NEW.id, NEW.order_id, NEW.owner_id, NEW.bot_id, NEW.market_id, NEW.side, NEW.reason, NEW.mode)
              IS NOT DISTINCT FROM
              (OLD.id, OLD.order_id, OLD.owner_id, OLD.bot_id, OLD.market_id, OLD.side, OLD.reason, OLD.mode)
          AND NEW IS DISTINCT FROM OLD
          AND (NEW.amount, NEW.gross, NEW.fees, NEW.profit_loss, NEW.opened_at, NEW.closed_at, NEW.bootstrap)
              IS NOT DISTINCT FROM (m.amount, m.proceeds - m.cost, m.fees, m.net, m.opened_at, m.closed_at, m.bootstrap)
          AND abs(NEW.entry_price * m.amount - m.cost) <= m.amount * 0.5e-24
          AND abs(NEW.exit_price * m.amount - m.proceeds) <= m.amount * 0.5e-24
          AND abs(NEW.gross_edge_bps * m.cost - NEW.gross * 10000) <= m.cost * 0.005 THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on a trade is refused: it only follows its matches', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        GRANT DELETE ON trading_trade TO app;
    END IF;
END $$;
