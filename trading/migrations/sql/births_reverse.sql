DROP TRIGGER order_born_unfilled ON trading_order;
DROP FUNCTION trading_refuse_birth();
