-- The column goes, and its values with it.
SELECT 1;
