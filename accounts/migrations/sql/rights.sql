-- The application role keeps the rights that its code uses, and no more. Who is an operator, what an operator may, which tables there
-- are and which backup codes count is written by the owner; alerts and the audit trail stay, people too.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        REVOKE DELETE ON accounts_user, accounts_alert, accounts_auditchain FROM app;
        REVOKE UPDATE, DELETE ON accounts_auditrow, django_admin_log FROM app;
        REVOKE INSERT, UPDATE, DELETE ON accounts_user_groups, accounts_user_user_permissions, auth_group, auth_group_permissions,
            auth_permission, django_content_type, otp_static_staticdevice, otp_static_statictoken FROM app;
    END IF;
END $$;
