-- Whose money it is, where and in which mode, and what a market trades, is said once. Named columns: the updates of every
-- day, which do not speak of them, are not even compared.
CREATE FUNCTION ledger_refuse_other_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of % never changes whose or what it is', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER wallet_stays_its_owners BEFORE UPDATE OF id, owner_id, venue, mode, created_at ON ledger_wallet FOR EACH ROW
    WHEN ((NEW.id, NEW.owner_id, NEW.venue, NEW.mode, NEW.created_at)
          IS DISTINCT FROM (OLD.id, OLD.owner_id, OLD.venue, OLD.mode, OLD.created_at))
    EXECUTE FUNCTION ledger_refuse_other_identity();
CREATE TRIGGER market_stays_itself BEFORE UPDATE OF id, venue, symbol, base_id, quote_id ON ledger_market FOR EACH ROW
    WHEN ((NEW.id, NEW.venue, NEW.symbol, NEW.base_id, NEW.quote_id)
          IS DISTINCT FROM (OLD.id, OLD.venue, OLD.symbol, OLD.base_id, OLD.quote_id))
    EXECUTE FUNCTION ledger_refuse_other_identity();
