-- Facts are never changed. Shared by every append-only table above this floor.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the table is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER accounts_auditrow_append_only BEFORE UPDATE OR DELETE ON accounts_auditrow
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER accounts_auditrow_no_truncate BEFORE TRUNCATE ON accounts_auditrow
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A chain's head only moves on, and a chain is never given away or dropped.
CREATE FUNCTION accounts_auditchain_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.head_seq <= OLD.head_seq OR NEW.id <> OLD.id
       OR NEW.person_id IS DISTINCT FROM OLD.person_id THEN
        RAISE EXCEPTION '% of an audit chain is refused: its head only moves on', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER accounts_auditchain_only_grows BEFORE UPDATE OR DELETE ON accounts_auditchain
    FOR EACH ROW EXECUTE FUNCTION accounts_auditchain_only_grows();
CREATE TRIGGER accounts_auditchain_no_truncate BEFORE TRUNCATE ON accounts_auditchain
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
