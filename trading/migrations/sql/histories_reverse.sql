DROP TRIGGER trip_is_only_reset ON trading_breakertrip;
DROP FUNCTION trading_trip_is_only_reset();
DROP TRIGGER order_history_only_grows ON trading_order;
DROP FUNCTION trading_refuse_other_history();
