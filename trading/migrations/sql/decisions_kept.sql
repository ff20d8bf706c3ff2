-- Decisions older than 90 days may go, by whoever asks; younger ones and those of replays may not: without them a candle could be decided
-- twice, and a run that is asked for again would count less than it did. One look per statement, as they go in batches.
CREATE FUNCTION trading_decisions_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM gone d
    WHERE d.at > now() - interval '90 days'
       OR EXISTS (SELECT FROM bots_bot b JOIN trading_replayrun r ON r.owner_id = b.owner_id WHERE b.id = d.bot_id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'decisions are kept for 90 days, and those of replays for ever'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER decisions_kept AFTER DELETE ON trading_decision
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION trading_decisions_kept();
CREATE TRIGGER decision_no_truncate BEFORE TRUNCATE ON trading_decision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The trigger is what keeps them now, so the role of the beat's task may delete. When a decision was made stays as it was told: no
-- UPDATE.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        GRANT DELETE ON trading_decision TO app;
    END IF;
END $$;
