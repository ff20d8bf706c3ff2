"""One bot, six candles, an entry and a stop loss: every posting, fee, lot, match, trade, balance and equity point by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bots.domain.exits import Exits
from ledger.models import Lot, LotMatch, Posting, ProfitBucket, Reservation
from ledger.operations import verify
from trading.models import Order, Trade
from trading.tests import builders
from trading.tests.builders import NOON, flat

pytestmark = pytest.mark.django_db
D = Decimal


def postings(book):
    return {
        (row.leg_account, row.asset_id, row.amount)
        for row in Posting.objects.filter(book=book, entry__kind="FILL")
    }  # fmt: skip


def minutes(number):
    return NOON + timedelta(minutes=number)


def test_from_a_signal_to_a_stop_loss_to_the_last_digit(alice):
    """Three flat minutes at 20,000, then one that closes at 22,000: 2/3 over 2 crosses up, expected 57.15 bps, needed 48.

    One percent of 10,000 is 100; bound 22,000 x 1.005 = 22,110; a step of 0.001 costs at most 22.11 x 1.001 = 22.13211:
    4 steps. Held 88.44 x 1.001 = 88.52844. Filled at the next open, 22,000 x 1.00015 = 22,003.30; fee 0.0880132.
    A stop of 2 % lies at 21,563.234; that candle's low is 21,500. Sold at the next open, 21,450 x 0.99985 = 21,446.7825,
    down to the tick: 21,446.78; fee 0.08578712. Gross -2.22608, net -2.39988032.
    """
    builders.fund(alice)
    bot = builders.bot(alice, exits=Exits(stop_loss=D("0.02")))
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3))
    assert not Order.objects.exists()

    tape.tick((20_000, 22_000, 20_000, 22_000))
    entry = Order.objects.get()
    assert (entry.state, entry.leg, entry.side, entry.type, entry.time_in_force) == ("OPEN", "ENTRY", "BUY", "LIMIT", "IOC")
    assert (entry.quantity, entry.price, entry.decision_price) == (D("0.004"), D(22_110), D(22_000))
    assert (entry.expected_edge_bps, entry.edge_source, entry.bootstrap) == (D("57.15"), "STATED", True)
    assert [each["gate"] for each in entry.verdicts] == ["clamp", "data", "A", "B", "C", "D", "cover"]
    assert builders.balance(bot) == (D("9911.47156"), D("88.52844"), 0)

    tape.tick((22_000, 22_000, 21_500, 21_500))
    entry.refresh_from_db()
    assert (entry.state, entry.filled_quantity, entry.filled_value, entry.fees) == ("FILLED", D("0.004"), D("88.0132"), D("0.0880132"))
    assert [step[0] for step in entry.history] == ["SENDING", "OPEN", "FILLED"]
    assert postings(bot.book_id) == {
        ("CASH", "BTC", D("0.004")), ("TRADE", "BTC", D("-0.004")),
        ("CASH", "USDT", D("-88.1012132")), ("TRADE", "USDT", D("88.0132")), ("FEES", "USDT", D("0.0880132")),
    }  # fmt: skip
    lot = Lot.objects.get(book=bot.book_id)
    assert (lot.remaining, lot.cost_left, lot.fee_left, lot.opened_at) == (D("0.004"), D("88.0132"), D("0.0880132"), minutes(4))
    assert builders.balance(bot) == (D("9911.8987868"), 0, 0)
    point = builders.last_point(bot)
    assert (point.cash, point.equity, point.unrealised) == (D("9911.8987868"), D("9997.8987868"), D("-2.1012132"))

    leaving = Order.objects.get(leg="EXIT")
    assert (leaving.reason, leaving.type, leaving.price, leaving.quantity, leaving.state) == ("STOP_LOSS", "MARKET", None, D("0.004"), "OPEN")
    assert builders.balance(bot, "BTC") == (0, D("0.004"), 0)

    tape.tick((21_450, 21_500, 21_400, 21_500))
    leaving.refresh_from_db()
    assert (leaving.state, leaving.filled_value, leaving.fees) == ("FILLED", D("85.78712"), D("0.08578712"))
    match = LotMatch.objects.get()
    assert (match.cost, match.proceeds, match.entry_fee, match.exit_fee, match.net) == (
        D("88.0132"), D("85.78712"), D("0.0880132"), D("0.08578712"), D("-2.39988032"),
    )  # fmt: skip
    trade = Trade.objects.get()
    assert (trade.entry_price, trade.exit_price, trade.amount, trade.reason) == (D("22003.30"), D("21446.78"), D("0.004"), "STOP_LOSS")
    assert (trade.gross, trade.fees, trade.profit_loss, trade.bootstrap) == (D("-2.22608"), D("0.17380032"), D("-2.39988032"), True)
    # -2.22608 / 88.0132 = -252.926 bps
    assert (trade.gross_edge_bps, trade.opened_at, trade.closed_at) == (D("-252.93"), minutes(4), minutes(5))
    assert builders.balance(bot) == (D("9997.60011968"), 0, 0)
    assert builders.balance(bot, "BTC") == (0, 0, 0)
    point = builders.last_point(bot)
    assert (point.cash, point.equity, point.realised, point.unrealised) == (D("9997.60011968"), D("9997.60011968"), D("-2.39988032"), 0)
    bucket = ProfitBucket.objects.get(book=bot.book_id)
    assert (bucket.day, bucket.gross, bucket.fees, bucket.net, bucket.matches) == (
        NOON.date(), D("-2.22608"), D("0.17380032"), D("-2.39988032"), 1,
    )  # fmt: skip
    assert not Reservation.objects.filter(live=True).exists()
    verdict = verify.verify()
    assert verdict.ok, verdict.first_difference
    assert verdict.fills == 2


def test_a_target_and_a_trailing_stop_leave_at_the_market_too(alice):
    """Bought at 22,003.30: a target of 1 % lies at 22,223.333. Another bot trails 1 % under the peak of candles before."""
    builders.fund(alice)
    aims = builders.bot(alice, name="aims", exits=Exits(take_profit=D("0.01")))
    trails = builders.bot(alice, name="trails", exits=Exits(trailing=D("0.01")), born=1)
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3), (20_000, 22_000, 20_000, 22_000))
    tape.tick((22_000, 22_223, 22_000, 22_200))
    assert not Order.objects.filter(leg="EXIT").exists()
    tape.tick((22_200, 22_224, 22_050, 22_200))
    assert Order.objects.get(leg="EXIT").bot_id == aims.id
    assert Order.objects.get(leg="EXIT").reason == "TAKE_PROFIT"
    tape.tick((22_200, 22_200, 22_001, 22_150))  # the peak before is 22,224: 1 % under it is 22,001.76
    assert Order.objects.get(leg="EXIT", bot=trails).reason == "TRAILING"


def test_a_holding_time_of_two_minutes_ends_at_its_close(alice):
    """Filled at 12:04; the candle that closes at 12:06 is the first to end two minutes later."""
    builders.fund(alice)
    builders.bot(alice, exits=Exits(max_holding=120))
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3), (20_000, 22_000, 20_000, 22_000), *flat(22_000))
    assert not Order.objects.filter(leg="EXIT").exists()
    tape.tick(*flat(22_000))
    assert Order.objects.get(leg="EXIT").reason == "MAX_HOLDING"
