DROP TRIGGER accounts_user_operators_kept ON accounts_user;
DROP FUNCTION accounts_user_operators_kept();
