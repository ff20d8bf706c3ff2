"""Lots by hand: what a trader would work out on paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from ledger.domain.entries import Entry, FillFacts, Leg, legs_of_fill, moved
from ledger.domain.fold import linked, replay

BOOK, FREE, WALLET, MARKET = uuid4(), uuid4(), uuid4(), uuid4()
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def fill(
    side: str, quantity: str, price: str, *, minute: int = 0, fee: str | None = "0", fee_asset: str | None = "USDT",
    fee_price: str | None = None, trade: str = "", book: UUID = BOOK,
) -> Entry:  # fmt: skip
    at = NINE + timedelta(minutes=minute)
    facts = FillFacts(
        MARKET, "BTC/USDT", "BTC", "USDT", trade or f"t{minute:04d}", side, Decimal(quantity), Decimal(price),
        None if fee is None else Decimal(fee), fee_asset, None if fee_price is None else Decimal(fee_price), at, f"order-{minute}",
    )  # fmt: skip
    return Entry(uuid4(), WALLET, "FILL", at, "", "test", "", legs_of_fill(book, facts), facts, book, "sim")


def amounts(match: object, *names: str) -> list[Decimal]:
    return [getattr(match, name) for name in names]


def test_a_buy_with_a_fee_in_the_quote_carries_that_fee_into_its_sale():
    """0.1 BTC at 20,000 for 2 USDT fee; 0.04 sold at 21,000 for 0.84 fee: 840 - 800 - 0.80 - 0.84 = 38.36."""
    state = replay([fill("BUY", "0.1", "20000", fee="2"), fill("SELL", "0.04", "21000", minute=5, fee="0.84")])
    [match] = state.matches
    assert amounts(match, "cost", "proceeds", "entry_fee", "exit_fee", "net") == [
        Decimal(800), Decimal(840), Decimal("0.8"), Decimal("0.84"), Decimal("38.36"),
    ]  # fmt: skip
    [lot] = state.opened
    assert (lot.remaining, lot.cost_left, lot.fee_left) == (Decimal("0.06"), Decimal(1200), Decimal("1.2"))


def test_a_fee_in_the_base_asset_leaves_fewer_units_at_the_same_cost():
    """1 BTC at 20,000 with 0.001 BTC fee: 0.999 BTC cost 20,000; all sold at 21,000 brings 20,979: 979 net."""
    state = replay(
        [fill("BUY", "1", "20000", fee="0.001", fee_asset="BTC"), fill("SELL", "0.999", "21000", minute=1)]
    )
    [match] = state.matches
    assert amounts(match, "quantity", "cost", "entry_fee", "net") == [
        Decimal("0.999"), Decimal(20000), Decimal(0), Decimal(979),
    ]  # fmt: skip
    assert state.opened[0].remaining == 0


def test_the_oldest_lot_goes_first_and_the_last_slice_takes_what_is_left():
    """Three units bought for 10 in all; sold one by one: 3.333..., 3.333..., and the rest, together exactly 10."""
    state = replay(
        [
            fill("BUY", "3", "3.333333333333333333", fee="0"),
            fill("BUY", "1", "50", minute=1),
            *(fill("SELL", "1", "5", minute=2 + n) for n in range(3)),
        ]
    )
    costs = [match.cost for match in state.matches]
    assert sum(costs) == Decimal("9.999999999999999999")
    assert {match.lot for match in state.matches} == {state.opened[0].id}
    assert state.opened[1].remaining == 1


def test_one_sale_over_two_lots_splits_proceeds_and_exit_fee():
    """1 at 100 and 1 at 110; 1.5 sold at 120 with 1.50 fee: 120 - 100 - 1.00 = 19 and 60 - 55 - 0.50 = 4.50."""
    state = replay(
        [
            fill("BUY", "1", "100"),
            fill("BUY", "1", "110", minute=1),
            fill("SELL", "1.5", "120", minute=2, fee="1.5"),
        ]
    )
    assert [match.net for match in state.matches] == [Decimal(19), Decimal("4.5")]
    assert [match.exit_fee for match in state.matches] == [Decimal(1), Decimal("0.5")]
    assert [match.n for match in state.matches] == [1, 2]


def test_a_sale_without_cover_shows_no_profit_and_a_late_buy_explains_it():
    """0.5 sold with nothing bought: uncovered. The purchase at 90 an hour earlier arrives late: 50 - 45 = 5."""
    sale = fill("SELL", "0.5", "100", minute=60)
    alone = replay([sale])
    assert alone.matches == []
    assert [(row.quantity, row.proceeds) for row in alone.uncovered] == [(Decimal("0.5"), Decimal(50))]
    explained = replay([sale, fill("BUY", "0.5", "90")])
    assert explained.uncovered == []
    assert [match.net for match in explained.matches] == [Decimal(5)]


def test_a_sale_half_covered_matches_only_that_half():
    state = replay([fill("BUY", "1", "100"), fill("SELL", "2", "130", minute=1, fee="2")])
    [match] = state.matches
    assert amounts(match, "quantity", "proceeds", "exit_fee", "net") == [
        Decimal(1), Decimal(130), Decimal(1), Decimal(29),
    ]  # fmt: skip
    [missing] = state.uncovered
    assert (missing.quantity, missing.proceeds, missing.fee) == (Decimal(1), Decimal(130), Decimal(1))


def test_a_fee_in_a_third_coin_is_an_expense_and_a_disposal_of_that_coin():
    """2 BNB bought at 300. Then 1 BTC at 20,000 for 0.05 BNB at 320: fee 16 USDT, and 0.05 BNB sold for 16 that cost 15."""
    facts = FillFacts(
        MARKET, "BNB/USDT", "BNB", "USDT", "b1", "BUY", Decimal(2), Decimal(300), Decimal(0), "USDT", None, NINE, "",
    )  # fmt: skip
    bnb = Entry(uuid4(), WALLET, "FILL", NINE, "", "test", "", legs_of_fill(BOOK, facts), facts, BOOK, "sim")
    state = replay([bnb, fill("BUY", "1", "20000", minute=1, fee="0.05", fee_asset="BNB", fee_price="320")])
    [paid] = state.matches
    assert (paid.asset, paid.cost, paid.proceeds, paid.net, paid.client_order_id) == (
        "BNB", Decimal(15), Decimal(16), Decimal(1), "",
    )  # fmt: skip
    btc = next(lot for lot in state.opened if lot.asset == "BTC")
    assert (btc.cost_left, btc.fee_left) == (Decimal(20000), Decimal(16))


def test_a_rebate_keeps_its_sign():
    """A maker is paid 0.5 USDT: the entry fee is -0.5 and the sale at cost earns 0.5."""
    state = replay([fill("BUY", "1", "100", fee="-0.5"), fill("SELL", "1", "100", minute=1)])
    assert [match.net for match in state.matches] == [Decimal("0.5")]


def test_a_fee_told_later_takes_effect_at_its_fill():
    """Bought without a fee, sold for 110; then the venue says that buying cost 2: profit 10 becomes 8."""
    bought = fill("BUY", "1", "100", fee=None, fee_asset=None)
    sold = fill("SELL", "1", "110", minute=1)
    legs = (Leg("CASH", BOOK, "USDT", Decimal(-2)), Leg("FEES", BOOK, "USDT", Decimal(2)))
    fix = Entry(uuid4(), WALLET, "FEE_FIX", NINE + timedelta(hours=1), "", "test", "told late", legs, None, BOOK, "sim", bought.id)
    assert [match.net for match in replay([bought, sold]).matches] == [Decimal(10)]
    assert [match.net for match in replay([fix, sold, bought]).matches] == [Decimal(8)]


def test_a_reversed_fill_counts_nothing():
    wrong = fill("BUY", "1", "90", trade="wrong")
    legs = tuple(Leg(leg.account, leg.book, leg.asset, -leg.amount) for leg in wrong.legs)
    undone = Entry(uuid4(), WALLET, "REVERSAL", NINE + timedelta(hours=1), "", "test", "wrong", legs, None, BOOK, "sim", wrong.id)
    state = replay([wrong, fill("BUY", "1", "100", minute=1), fill("SELL", "1", "110", minute=2), undone])
    assert [match.cost for match in state.matches] == [Decimal(100)]


def test_coins_that_move_to_another_book_keep_cost_and_date():
    """2 bought for 100 + 120; 1.5 handed over: the first lot whole and half of the second, with their dates."""
    bought = [fill("BUY", "1", "100", fee="1"), fill("BUY", "1", "120", minute=1)]
    move = Entry(
        uuid4(), WALLET, "ALLOCATION", NINE + timedelta(minutes=5), "", "test", "", moved(BOOK, FREE, "BTC", Decimal("1.5")),
        None, BOOK, "sim",
    )  # fmt: skip
    state = replay([*bought, move])
    free = [lot for lot in state.opened if lot.book == FREE]
    assert [(lot.quantity, lot.cost_left, lot.fee_left, lot.opened_at) for lot in free] == [
        (Decimal(1), Decimal(100), Decimal(1), NINE),
        (Decimal("0.5"), Decimal(60), Decimal(0), NINE + timedelta(minutes=1)),
    ]
    assert state.coins_at_cost == {BOOK: Decimal(-161), FREE: Decimal(161)}


def test_fills_of_one_instant_go_by_trade_id_as_numbers():
    """Trades 9 and 10 in the same millisecond: 9 was first, although "10" sorts before "9" as text."""
    nine, ten = fill("BUY", "1", "100", trade="9"), fill("BUY", "1", "200", trade="10")
    state = replay([ten, fill("SELL", "1", "300", minute=1), nine])
    assert [match.cost for match in state.matches] == [Decimal(100)]


def test_books_are_linked_over_however_many_moves_and_others_are_not():
    """a moved coins to b, b to c; d and e had dealings of their own."""
    a, b, c, d, e = (uuid4() for _ in range(5))
    moves = [{b, c}, {d, e}, {a, b}]
    assert linked({a}, moves) == {a, b, c}
    assert linked({e}, moves) == {d, e}
    assert linked({a}, []) == {a}
    assert linked(set(), moves) == set()
