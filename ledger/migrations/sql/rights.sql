-- The application role keeps the rights that its code uses, and no more. The rows of a fold are dropped and written anew when a late
-- fill comes; a balance, an allocation, a mark and a market are not, and what a scope was worth is never changed.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        REVOKE DELETE ON ledger_balance, ledger_allocation, ledger_mark, ledger_market FROM app;
        REVOKE UPDATE ON ledger_lotmatch, ledger_uncovered FROM app;
        REVOKE UPDATE, DELETE ON ledger_equitypoint FROM app;
    END IF;
END $$;
