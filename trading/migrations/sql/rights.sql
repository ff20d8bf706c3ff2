-- The application role keeps the rights that its code uses, and no more. Counters, track records, the breaker's numbers and heartbeats
-- are what limits and alarms look at: a row that is gone counts from nothing.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        REVOKE DELETE ON trading_order, trading_entrycount, trading_trackrecord, trading_breakerstate, trading_breakertrip,
            trading_heartbeat, trading_stream, trading_quote, trading_candleblock, trading_replayrun FROM app;
        REVOKE UPDATE, DELETE ON trading_trade, trading_rejectedtrade, trading_decision FROM app;
    END IF;
END $$;
