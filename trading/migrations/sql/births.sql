-- An order begins where the table of states begins, before anything of it can have filled: else one that says FILLED needs no gate, no
-- money held and no fill. After the row, not before it, so that COPY still writes rows in batches; the condition costs no call.
CREATE FUNCTION trading_refuse_birth() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order % cannot be born %, with % filled', NEW.id, NEW.state, NEW.filled_quantity
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE TRIGGER order_born_unfilled AFTER INSERT ON trading_order FOR EACH ROW
    WHEN (NEW.state NOT IN ('PENDING', 'SENDING', 'REFUSED') OR NEW.filled_quantity <> 0 OR NEW.filled_value <> 0 OR NEW.fees <> 0)
    EXECUTE FUNCTION trading_refuse_birth();
