-- A bot is born PAUSED(NEW) in the wallet of its owner, and its status moves only along the table of bots.domain.lifecycle.
CREATE FUNCTION bots_situation(status text, pause_reason text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN status = 'PAUSED' AND pause_reason IN ('NEW', 'STOPPING')
                THEN status || '(' || pause_reason || ')' ELSE status END
$$;

CREATE FUNCTION bots_bot_is_born_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'PAUSED' OR NEW.pause_reason <> 'NEW' OR NEW.stop_positions <> '' THEN
        RAISE EXCEPTION 'a bot is born PAUSED(NEW), not %', bots_situation(NEW.status, NEW.pause_reason)
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF NOT EXISTS (
        SELECT FROM ledger_book b
        JOIN ledger_wallet w ON w.id = b.wallet_id
        JOIN ledger_market m ON m.id = NEW.market_id AND m.venue = w.venue
        WHERE b.id = NEW.book_id AND b.kind = 'BOT' AND w.owner_id = NEW.owner_id AND w.mode = NEW.mode
    ) THEN
        RAISE EXCEPTION 'the book of a bot is of kind BOT, in a wallet of its owner, mode and venue'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bots_bot_is_born_new BEFORE INSERT ON bots_bot
    FOR EACH ROW EXECUTE FUNCTION bots_bot_is_born_new();

CREATE FUNCTION bots_bot_moves_by_the_table() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    here text := bots_situation(OLD.status, OLD.pause_reason);
    there text := bots_situation(NEW.status, NEW.pause_reason);
BEGIN
    IF (NEW.id, NEW.owner_id, NEW.book_id, NEW.market_id, NEW.mode, NEW.created_at)
       IS DISTINCT FROM (OLD.id, OLD.owner_id, OLD.book_id, OLD.market_id, OLD.mode, OLD.created_at) THEN
        RAISE EXCEPTION 'owner, book, market and mode of a bot are for ever'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    IF (here, OLD.pause_reason, OLD.stop_positions) = (there, NEW.pause_reason, NEW.stop_positions) THEN
        RETURN NEW;
    END IF;
    IF NOT (here || ' > ' || there) = ANY (ARRAY[
        'PAUSED(NEW) > RUNNING', 'PAUSED(NEW) > CIRCUIT_TRIPPED', 'PAUSED(NEW) > PAUSED(STOPPING)',
        'RUNNING > PAUSED', 'RUNNING > ERROR', 'RUNNING > CIRCUIT_TRIPPED', 'RUNNING > PAUSED(STOPPING)',
        'PAUSED > RUNNING', 'PAUSED > CIRCUIT_TRIPPED', 'PAUSED > PAUSED(STOPPING)',
        'ERROR > RUNNING', 'ERROR > CIRCUIT_TRIPPED', 'ERROR > PAUSED(STOPPING)',
        'CIRCUIT_TRIPPED > PAUSED', 'CIRCUIT_TRIPPED > PAUSED(STOPPING)',
        'PAUSED(STOPPING) > STOPPED'
    ]) THEN
        RAISE EXCEPTION 'a bot does not move from % to %', here, there
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bots_bot_moves_by_the_table BEFORE UPDATE ON bots_bot
    FOR EACH ROW EXECUTE FUNCTION bots_bot_moves_by_the_table();

CREATE TRIGGER bots_bot_is_never_deleted BEFORE DELETE ON bots_bot
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bots_bot_no_truncate BEFORE TRUNCATE ON bots_bot
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Moves are history.
CREATE TRIGGER bots_botmove_append_only BEFORE UPDATE OR DELETE ON bots_botmove
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bots_botmove_no_truncate BEFORE TRUNCATE ON bots_botmove
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A halt is lifted once, by somebody; nothing else about it ever changes.
CREATE FUNCTION bots_halt_is_only_lifted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.lifted_at IS NOT NULL THEN
            RAISE EXCEPTION 'a halt is raised standing' USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL
       OR (NEW.id, NEW.scope, NEW.level, NEW.user_id, NEW.mode, NEW.wallet_id, NEW.bot_id, NEW.source, NEW.reason,
           NEW.flatten, NEW.raised_by, NEW.raised_at)
          IS DISTINCT FROM
          (OLD.id, OLD.scope, OLD.level, OLD.user_id, OLD.mode, OLD.wallet_id, OLD.bot_id, OLD.source, OLD.reason,
           OLD.flatten, OLD.raised_by, OLD.raised_at) THEN
        RAISE EXCEPTION 'a halt is lifted once and never changed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bots_halt_is_only_lifted BEFORE INSERT OR UPDATE OR DELETE ON bots_halt
    FOR EACH ROW EXECUTE FUNCTION bots_halt_is_only_lifted();
CREATE TRIGGER bots_halt_no_truncate BEFORE TRUNCATE ON bots_halt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The epoch only counts up, and counts with every halt raised or lifted whoever writes it.
CREATE FUNCTION bots_haltepoch_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bots_haltepoch (id, value) VALUES (1, 1)
    ON CONFLICT (id) DO UPDATE SET value = bots_haltepoch.value + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER bots_halt_counts_the_epoch AFTER INSERT OR UPDATE ON bots_halt
    FOR EACH STATEMENT EXECUTE FUNCTION bots_haltepoch_counts();

CREATE FUNCTION bots_haltepoch_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.value <= OLD.value THEN
        RAISE EXCEPTION 'the halt epoch only counts up'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bots_haltepoch_only_grows BEFORE UPDATE OR DELETE ON bots_haltepoch
    FOR EACH ROW EXECUTE FUNCTION bots_haltepoch_only_grows();
CREATE TRIGGER bots_haltepoch_no_truncate BEFORE TRUNCATE ON bots_haltepoch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
