DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        REVOKE DELETE ON trading_trade FROM app;
    END IF;
END $$;
CREATE OR REPLACE FUNCTION trading_trade_is_its_matches() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    m record;
BEGIN
    IF TG_OP = 'UPDATE'
       AND (NEW.id, NEW.order_id, NEW.owner_id, NEW.bot_id, NEW.market_id, NEW.side, NEW.reason, NEW.mode, NEW.bootstrap)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.order_id, OLD.owner_id, OLD.bot_id, OLD.market_id, OLD.side, OLD.reason, OLD.mode, OLD.bootstrap)
       AND NEW IS DISTINCT FROM OLD THEN
        SELECT sum(x.quantity) AS amount, sum(x.cost) AS cost, sum(x.proceeds) AS proceeds, sum(x.entry_fee + x.exit_fee) AS fees,
            sum(x.net) AS net, min(x.acquired_at) AS opened_at, max(x.sold_at) AS closed_at INTO m
        FROM ledger_lotmatch x JOIN trading_order o ON o.client_order_id = x.client_order_id AND o.book_id = x.book_id
        WHERE o.id = NEW.order_id;
        IF (NEW.amount, NEW.gross, NEW.fees, NEW.profit_loss, NEW.opened_at, NEW.closed_at)
               IS NOT DISTINCT FROM (m.amount, m.proceeds - m.cost, m.fees, m.net, m.opened_at, m.closed_at)
           AND abs(NEW.entry_price * m.amount - m.cost) <= m.amount * 0.5e-24
           AND abs(NEW.exit_price * m.amount - m.proceeds) <= m.amount * 0.5e-24
           AND abs(NEW.gross_edge_bps * m.cost - NEW.gross * 10000) <= m.cost * 0.005 THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% on a trade is refused: it only follows its matches', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
