DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        GRANT DELETE ON ledger_balance, ledger_allocation, ledger_mark, ledger_market TO app;
        GRANT UPDATE ON ledger_lotmatch, ledger_uncovered TO app;
        GRANT UPDATE, DELETE ON ledger_equitypoint TO app;
    END IF;
END $$;
