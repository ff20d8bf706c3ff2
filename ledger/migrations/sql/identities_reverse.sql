DROP TRIGGER market_stays_itself ON ledger_market;
DROP TRIGGER wallet_stays_its_owners ON ledger_wallet;
DROP FUNCTION ledger_refuse_other_identity();
