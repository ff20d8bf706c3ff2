"""The door of the realtime wire: who may listen, and what is sent to whom. The wire itself lies in `accounts.realtime`."""
