"""Whatever orders meet whatever candle: nobody gets more than is there, more than was asked, or a better price than the candle
allows, and who claimed first never has less for those who came after."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trading.domain import fees, matcher
from trading.domain.matcher import Candle, Working
from trading.tests.market_builders import NOON, rules

D = Decimal
FIRST = int(NOON.timestamp())
PRICES = st.integers(1_990_000, 2_010_000)


@st.composite
def candles(draw: st.DrawFn, *, number: int = 0) -> Candle:
    prices = [draw(PRICES) for _ in range(4)]
    opened, close = prices[0], prices[1]
    return Candle(FIRST + 60 * number, opened, max(prices), min(prices), close, draw(st.integers(0, 3_000)), 2, 3, 60)


@st.composite
def orders(draw: st.DrawFn, name: str) -> Working:
    kind, force = draw(st.sampled_from([
        ("MARKET", "GTC"), ("MARKET", "IOC"), ("MARKET", "FOK"), ("LIMIT", "GTC"), ("LIMIT", "GTD"), ("LIMIT", "IOC"), ("LIMIT", "FOK"),
        ("POST_ONLY", "GTC"), ("POST_ONLY", "GTD"),
    ]))  # fmt: skip
    return Working(
        name, draw(st.sampled_from(["BUY", "SELL"])), kind, force, None if kind == "MARKET" else draw(PRICES),  # type: ignore[arg-type]
        steps=draw(st.integers(1, 200)), after=FIRST + draw(st.integers(-60, 120)),
        until=FIRST + draw(st.integers(1, 300)) if force == "GTD" else None, entry=draw(st.booleans()),
    )  # fmt: skip


BOOKS = st.integers(1, 6).flatmap(lambda count: st.tuples(*[orders(f"o{number}") for number in range(count)]))
TAPES = st.tuples(*[candles(number=number) for number in range(4)])
COSTS = st.builds(
    rules, price_tick=st.sampled_from([D("0.01"), D("0.05"), D(1)]), quote_step=st.sampled_from([D("0.00000001"), D("0.01"), D(1)]),
    half_spread_bps=st.decimals("0", "50", places=2), slippage_bps=st.decimals("0", "50", places=4),
    maker_fee=st.sampled_from([D("0.001"), D("0.0005"), D(0), D("-0.0001")]),
)  # fmt: skip


def in_ticks(book: tuple[Working, ...], costs) -> list[Working]:
    """The orders with their limits as whole ticks of this market."""
    cents = int(costs.price_tick * 100)
    return [
        order if order.price_ticks is None else replace(order, price_ticks=order.price_ticks // cents or 1) for order in book
    ]


@given(book=BOOKS, tape=TAPES, costs=COSTS, taken=st.integers(0, 100))
def test_nobody_gets_more_than_is_there_or_a_better_price_than_the_candle_allows(book, tape, costs, taken):
    asked = {order.client_order_id: order for order in book}
    working, filled = in_ticks(book, costs), dict.fromkeys(asked, D(0))
    limits = {order.client_order_id: order.price_ticks for order in working}
    for candle in tape:
        reports = matcher.match(working=working, candle=candle, rules=costs, taken=taken, before=candle.time)
        fills = [report for report in reports if report.kind == "FILL"]
        assert all(report.code in matcher.ENDINGS for report in reports if report.kind == "EXPIRED")
        assert sum(fill.quantity for fill in fills) / costs.amount_step <= max(matcher.pool_steps(candle=candle, rules=costs) - taken, 0)
        assert len({fill.client_order_id for fill in fills}) == len(fills)
        for fill in fills:
            order, limit = asked[fill.client_order_id], limits[fill.client_order_id]
            buys, opened = order.side == "BUY", D(candle.open) / 100
            filled[order.client_order_id] += fill.quantity
            assert order.after <= candle.time
            assert min(candle.volume, fill.quantity) > 0
            assert order.until is None or candle.time < order.until
            assert fill.price % costs.price_tick == 0
            if limit is None or fill.price != limit * costs.price_tick:  # as a taker, at the open or worse
                assert fill.price >= opened if buys else fill.price <= opened
            elif buys:  # at its own price: the candle was there, or opened no higher
                assert fill.price > D(candle.low) / 100 or fill.price >= opened
            else:
                assert fill.price < D(candle.high) / 100 or fill.price <= opened
            if limit is not None:
                assert fill.price <= limit * costs.price_tick if buys else fill.price >= limit * costs.price_tick
        working = matcher.waiting_after(working, reports, step=costs.amount_step)
    assert all(filled[name] <= order.steps * costs.amount_step for name, order in asked.items())


@given(book=BOOKS, tape=TAPES, costs=COSTS)
def test_the_fees_of_an_order_never_exceed_those_of_one_fill_of_the_same_value_as_a_taker(book, tape, costs):
    working = in_ticks(book, costs)
    paid: dict[str, Decimal] = {}
    values: dict[str, Decimal] = {}
    for candle in tape:
        reports = matcher.match(working=working, candle=candle, rules=costs)
        for report in reports:
            paid[report.client_order_id] = paid.get(report.client_order_id, D(0)) + report.fee
            values[report.client_order_id] = values.get(report.client_order_id, D(0)) + report.price * report.quantity
        working = matcher.waiting_after(working, reports, step=costs.amount_step)
    for name, value in values.items():
        assert paid[name] <= fees.fee_of(price=value, quantity=D(1), rate=costs.taker_fee, step=costs.quote_step)


@given(book=BOOKS, candle=candles(), costs=COSTS)
def test_who_comes_later_takes_nothing_from_who_came_first(book, candle, costs):
    """With the last order taken away, nothing changes for the others."""
    working = in_ticks(book, costs)
    whole = matcher.match(working=working, candle=candle, rules=costs)
    without = matcher.match(working=working[:-1], candle=candle, rules=costs)
    last = working[-1].client_order_id
    assert [report for report in whole if report.client_order_id != last] == without


@given(
    opened=st.integers(1, 10**9), side=st.sampled_from(["BUY", "SELL"]), tick=st.sampled_from(["0.01", "0.05", "1", "0.0001"]),
    half_spread=st.decimals("0", "50", places=2), slippage=st.decimals("0", "50", places=4), steps=st.integers(1, 10**9),
)  # fmt: skip
def test_a_taker_never_fills_better_than_the_open_at_any_price(opened, side, tick, half_spread, slippage, steps):
    told = rules(price_tick=D(tick), half_spread_bps=half_spread, slippage_bps=slippage)
    candle = Candle(FIRST, opened, opened, opened, opened, 10**11, 2, 0, 60)
    order = Working("x", side, "MARKET", "GTC", None, steps=steps, after=FIRST)
    [report] = matcher.match(working=[order], candle=candle, rules=told)
    book = D(opened) / 100
    assert report.quantity == steps * told.amount_step
    assert report.price >= book if side == "BUY" else report.price <= max(book, told.price_tick)
    owed = report.price * report.quantity * told.taker_fee
    assert owed <= report.fee < owed + told.quote_step
