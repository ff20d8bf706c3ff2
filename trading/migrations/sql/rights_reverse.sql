DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        GRANT DELETE ON trading_order, trading_entrycount, trading_trackrecord, trading_breakerstate, trading_breakertrip,
            trading_heartbeat, trading_stream, trading_quote, trading_candleblock, trading_replayrun TO app;
        GRANT UPDATE, DELETE ON trading_trade, trading_rejectedtrade, trading_decision TO app;
    END IF;
END $$;
