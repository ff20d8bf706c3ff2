"""What trading remembers. Fields and constraints only; writes go through `trading.operations`."""

from trading.models.market import CandleBlock, Quote, Stream
from trading.models.order import Decision, EntryCount, Order, State
from trading.models.record import BreakerState, BreakerTrip, Heartbeat, RejectedTrade, ReplayRun, TrackRecord, Trade

__all__ = [
    "BreakerState", "BreakerTrip", "CandleBlock", "Decision", "EntryCount", "Heartbeat", "Order", "Quote",
    "RejectedTrade", "ReplayRun", "State", "Stream", "TrackRecord", "Trade",
]
