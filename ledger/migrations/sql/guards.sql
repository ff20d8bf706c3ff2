-- The journal is append-only, and an entry is complete when it is written. PostgreSQL 15 and later.

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the ledger is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;

-- Statement triggers: refused even when no row is met.
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_journalentry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER fill_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_fill
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- Tables that grow with every order name these rows without a row-wise foreign key: they are never deleted, and statement
-- triggers look that they exist.
CREATE TRIGGER book_kept BEFORE DELETE OR TRUNCATE ON ledger_book
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER asset_kept BEFORE DELETE OR TRUNCATE ON ledger_asset
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER wallet_kept BEFORE DELETE OR TRUNCATE ON ledger_wallet
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER market_kept BEFORE DELETE OR TRUNCATE ON ledger_market
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE FUNCTION ledger_book_stays_in_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a book never changes its id, wallet or kind'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER book_stays_in_wallet BEFORE UPDATE ON ledger_book FOR EACH ROW
    WHEN (NEW.id <> OLD.id OR NEW.wallet_id <> OLD.wallet_id OR NEW.kind <> OLD.kind)
    EXECUTE FUNCTION ledger_book_stays_in_wallet();

-- All postings of an entry arrive in one statement, are 1 .. postings_count, and sum to zero per asset. So none can be
-- added later: a later statement would have to bring all lines again, and the primary key forbids that.
CREATE FUNCTION ledger_postings_complete() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad uuid;
BEGIN
    SELECT p.entry_id INTO bad
    FROM (SELECT entry_id, count(*) AS lines, min(n) AS first, max(n) AS last FROM new_rows GROUP BY entry_id) p
    LEFT JOIN ledger_journalentry e ON e.id = p.entry_id
    WHERE e.id IS NULL OR p.lines <> e.postings_count OR p.first <> 1 OR p.last <> e.postings_count
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % has not all its postings in one statement', bad
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'postings_complete';
    END IF;

    SELECT entry_id INTO bad FROM new_rows GROUP BY entry_id, asset_id HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the postings of entry % do not sum to zero per asset', bad
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'postings_sum_to_zero';
    END IF;

    SELECT p.entry_id INTO bad
    FROM (SELECT DISTINCT entry_id, book_id FROM new_rows) p
    JOIN ledger_journalentry e ON e.id = p.entry_id
    LEFT JOIN ledger_book b ON b.id = p.book_id
    WHERE b.id IS NULL OR b.wallet_id <> e.wallet_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a posting of entry % names a book of another wallet', bad
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'postings_stay_in_wallet';
    END IF;

    PERFORM 1 FROM (SELECT DISTINCT asset_id FROM new_rows) p
    WHERE NOT EXISTS (SELECT 1 FROM ledger_asset a WHERE a.code = p.asset_id);
    IF FOUND THEN
        RAISE EXCEPTION 'a posting names an unknown asset'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'postings_asset_known';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER postings_complete AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_postings_complete();

-- At commit every entry has its postings, and a FILL entry its fill.
CREATE FUNCTION ledger_entry_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ledger_posting WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'entry % has no postings', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'entry_has_postings';
    END IF;
    IF NEW.kind = 'FILL' AND NOT EXISTS (SELECT 1 FROM ledger_fill WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'FILL entry % has no fill', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'entry_has_fill';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entry_whole AFTER INSERT ON ledger_journalentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_whole();

-- A fill belongs to a FILL entry of its own wallet and to a book and market of that wallet.
CREATE FUNCTION ledger_fills_belong() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad uuid;
BEGIN
    SELECT f.entry_id INTO bad
    FROM new_rows f
    LEFT JOIN ledger_journalentry e ON e.id = f.entry_id
    LEFT JOIN ledger_book b ON b.id = f.book_id
    LEFT JOIN ledger_wallet w ON w.id = f.wallet_id
    LEFT JOIN ledger_market m ON m.id = f.market_id
    LEFT JOIN ledger_asset a ON a.code = f.fee_asset_id
    WHERE e.kind IS DISTINCT FROM 'FILL' OR e.wallet_id IS DISTINCT FROM f.wallet_id
       OR b.wallet_id IS DISTINCT FROM f.wallet_id OR m.venue IS DISTINCT FROM w.venue
       OR m.symbol IS DISTINCT FROM f.symbol OR e.event_time IS DISTINCT FROM f.executed_at
       OR a.code IS DISTINCT FROM f.fee_asset_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'fill % does not belong to its entry, book or market', bad
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'fills_belong';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER fills_belong AFTER INSERT ON ledger_fill
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_fills_belong();

-- Money once captured or released stays so, and a closed reservation stays closed.
CREATE FUNCTION ledger_reservation_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a reservation only moves on: captured and released never fall, closed stays closed'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER reservation_moves_on BEFORE UPDATE ON ledger_reservation FOR EACH ROW
    WHEN (NEW.captured < OLD.captured OR NEW.released < OLD.released OR (NEW.live AND NOT OLD.live)
          OR NEW.amount <> OLD.amount OR NEW.book_id <> OLD.book_id OR NEW.asset_id <> OLD.asset_id
          OR NEW.client_order_id <> OLD.client_order_id)
    EXECUTE FUNCTION ledger_reservation_moves_on();
CREATE TRIGGER reservation_kept BEFORE DELETE OR TRUNCATE ON ledger_reservation
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- A reservation names a book and an asset that exist; an equity point a wallet, a book of that wallet, and an asset.
CREATE FUNCTION ledger_reservations_belong() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM new_rows r LEFT JOIN ledger_book b ON b.id = r.book_id LEFT JOIN ledger_asset a ON a.code = r.asset_id
    WHERE b.id IS NULL OR a.code IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'a reservation names an unknown book or asset'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER reservations_belong AFTER INSERT ON ledger_reservation
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_reservations_belong();

CREATE FUNCTION ledger_points_belong() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM new_rows p
    LEFT JOIN ledger_wallet w ON w.id = p.wallet_id
    LEFT JOIN ledger_book b ON b.id = p.book_id
    LEFT JOIN ledger_asset a ON a.code = p.currency_id
    WHERE w.id IS NULL OR a.code IS NULL OR (p.book_id IS NOT NULL AND b.wallet_id IS DISTINCT FROM p.wallet_id);
    IF FOUND THEN
        RAISE EXCEPTION 'an equity point names an unknown wallet or asset, or a book of another wallet'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER points_belong AFTER INSERT ON ledger_equitypoint
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_points_belong();
CREATE TRIGGER points_still_belong AFTER UPDATE ON ledger_equitypoint
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_points_belong();

-- Rows that are updated in place all day find room on their page.
ALTER TABLE ledger_balance SET (fillfactor = 60);
ALTER TABLE ledger_lot SET (fillfactor = 80);
ALTER TABLE ledger_wallet SET (fillfactor = 60);

-- Roles as well as triggers: the application role may only read and add facts.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON ledger_journalentry, ledger_fill, ledger_posting FROM app;
        REVOKE DELETE, TRUNCATE ON ledger_book, ledger_asset, ledger_wallet, ledger_reservation FROM app;
    END IF;
END $$;
