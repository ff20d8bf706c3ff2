-- An order is its own history: steps are added, none is taken back.
CREATE FUNCTION trading_refuse_other_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of order % only grows', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER order_history_only_grows BEFORE UPDATE OF history ON trading_order FOR EACH ROW
    WHEN (jsonb_array_length(NEW.history) < jsonb_array_length(OLD.history) OR NOT NEW.history @> OLD.history)
    EXECUTE FUNCTION trading_refuse_other_history();

-- A trip is kept as it happened; it is reset once, by somebody.
CREATE FUNCTION trading_trip_is_only_reset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.reset_at IS NOT NULL OR NEW.reset_at IS NULL
       OR (NEW.id, NEW.owner_id, NEW.mode, NEW.bot_id, NEW.halt_id, NEW.at, NEW."limit", NEW.value, NEW.threshold, NEW.sentence)
          IS DISTINCT FROM
          (OLD.id, OLD.owner_id, OLD.mode, OLD.bot_id, OLD.halt_id, OLD.at, OLD."limit", OLD.value, OLD.threshold, OLD.sentence) THEN
        RAISE EXCEPTION 'a trip is reset once and never changed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER trip_is_only_reset BEFORE UPDATE OR DELETE ON trading_breakertrip
    FOR EACH ROW EXECUTE FUNCTION trading_trip_is_only_reset();
