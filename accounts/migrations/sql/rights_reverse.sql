DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        GRANT DELETE ON accounts_user, accounts_alert, accounts_auditchain TO app;
        GRANT UPDATE, DELETE ON accounts_auditrow, django_admin_log TO app;
        GRANT INSERT, UPDATE, DELETE ON accounts_user_groups, accounts_user_user_permissions, auth_group, auth_group_permissions,
            auth_permission, django_content_type, otp_static_staticdevice, otp_static_statictoken TO app;
    END IF;
END $$;
