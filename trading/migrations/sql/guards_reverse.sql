DROP TRIGGER trade_append_only ON trading_trade;
DROP TRIGGER order_never_deleted ON trading_order;
DROP TRIGGER order_moves_by_table ON trading_order;
DROP FUNCTION trading_guard_order();
DROP FUNCTION trading_order_moves();
