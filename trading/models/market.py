"""Market data as stored for everyone: blocks of candles and the streams that are ticked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.domain.identity import new_id
from accounts.models.numbers import all_numbers
from ledger.models import Market
from ledger.models.amount import amount_field


class CandleBlock(models.Model):
    """Candles of one market and timeframe in one aligned span of 1,440 candles (for 1m: one UTC day).

    `rows` is an array of little-endian int64 of shape (count, 6): open time in epoch seconds, open, high, low, close in
    units of 10**-price_places, volume in units of 10**-volume_places. Ascending, no duplicates.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+")
    timeframe = models.CharField(max_length=4)
    start = models.DateTimeField()
    price_places = models.SmallIntegerField()
    volume_places = models.SmallIntegerField()
    count = models.IntegerField()
    rows = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["market", "timeframe", "start"], name="candle_block_once"),
            models.CheckConstraint(condition=Q(count__gte=1, count__lte=1440), name="candle_block_count_in_range"),
        ]


class Quote(models.Model):
    """Newest top of book of a market."""

    market = models.OneToOneField(Market, on_delete=models.PROTECT, primary_key=True, related_name="quote_row")
    bid = amount_field()
    ask = amount_field()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(bid__gt=0), name="quote_bid_positive"),
            all_numbers("bid", "ask", name="quote_numbers"),
        ]


class Stream(models.Model):
    """An ordered run of candles of one market that is being ticked: the live one (run empty) or a replay's.

    `state` holds the indicator folds, `reading` the newest reading of every bot as one array (see trading.domain.reading).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+")
    timeframe = models.CharField(max_length=4)
    run = models.CharField(max_length=60, default="", blank=True)
    first_candle = models.DateTimeField(null=True)
    last_candle = models.DateTimeField(null=True)
    ticked_at = models.DateTimeField(null=True)
    backfill_from = models.DateTimeField(null=True, help_text="history that is traded before the stream goes live")
    backfill_until = models.DateTimeField(null=True, help_text="empty: live")
    state = models.JSONField(default=dict)
    reading = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["market", "timeframe", "run"], name="stream_once")]

    def __str__(self) -> str:
        return f"{self.timeframe} {self.run or 'live'}"
