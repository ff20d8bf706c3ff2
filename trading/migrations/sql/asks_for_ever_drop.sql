-- A column that a trigger names cannot change its type while the trigger stands.
DROP TRIGGER order_asks_for_ever ON trading_order;
