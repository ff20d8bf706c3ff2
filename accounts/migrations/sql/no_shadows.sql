-- A temporary table is found before the real one of the same name, also by the functions of the guards: whoever may make one
-- can show them a journal of his own. Nobody but the database's owner makes any.
DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$;
