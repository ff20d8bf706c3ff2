DROP TRIGGER order_filled_by_fills ON trading_order;
DROP FUNCTION trading_filled_by_fills();
