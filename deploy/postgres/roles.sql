-- The two roles and their rights. One statement a line: the launcher feeds this file to a server without a client.
-- Own server: psql -d template1 -f deploy/postgres/roles.sql, give both roles a password, then CREATE DATABASE amarktai OWNER owner.
-- In template1, so that each database made later (the tests' too) has the same rights.
CREATE ROLE owner LOGIN CREATEDB;
CREATE ROLE app LOGIN;
ALTER SCHEMA public OWNER TO owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE, SELECT ON SEQUENCES TO app;
-- For the tests: they empty tables between tests past the guards. The owner can switch its tables' triggers off anyway.
GRANT SET ON PARAMETER session_replication_role TO owner;
