DROP TRIGGER accounts_auditchain_no_truncate ON accounts_auditchain;
DROP TRIGGER accounts_auditchain_only_grows ON accounts_auditchain;
DROP FUNCTION accounts_auditchain_only_grows();
DROP TRIGGER accounts_auditrow_no_truncate ON accounts_auditrow;
DROP TRIGGER accounts_auditrow_append_only ON accounts_auditrow;
DROP FUNCTION refuse_change();
