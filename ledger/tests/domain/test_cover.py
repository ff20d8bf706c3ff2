"""What must have been there before: by hand, and against the fold for thousands of histories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, localcontext
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.cover import missing
from ledger.domain.currencies import CURRENCIES
from ledger.domain.entries import ADJUSTMENT, Entry, FillFacts, legs_found, legs_of_fill
from ledger.domain.fold import Fold, replay
from ledger.domain.numbers import CONTEXT

BOOK, WALLET, MARKET = uuid4(), uuid4(), uuid4()
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PRICES = {"BTC/USDT": "20000", "BTC/EUR": "18000", "ETH/BTC": "0.05", "ETH/USDT": "1000", "BNB/USDT": "300"}
UNIT = Decimal(1).scaleb(-8)
SMALLEST = Decimal(1).scaleb(-24)

histories = st.lists(
    st.tuples(
        st.sampled_from(sorted(PRICES)),
        st.sampled_from(["BUY", "SELL"]),
        st.integers(1, 10**9),
        st.sampled_from(["base", "quote", "BNB", None]),
        st.integers(-3, 20),
        st.integers(0, 6),
    ),
    min_size=1,
    max_size=25,
)


def fill(symbol: str, side: str, quantity: str, price: str, *, fee: str = "0", fee_asset: str | None = None, minute: int = 0, trade: str = "1") -> Entry:
    base, quote = symbol.split("/")
    at = NINE + timedelta(minutes=minute)
    facts = FillFacts(
        MARKET, symbol, base, quote, trade, side, Decimal(quantity), Decimal(price), Decimal(fee), fee_asset, Decimal(2) if fee_asset == "BNB" else None, at
    )
    return Entry(uuid4(), WALLET, "FILL", at, "", "test", "", legs_of_fill(BOOK, facts), facts, BOOK, "sim")


def opening(asset: str, amount: Decimal) -> Entry:
    return Entry(
        uuid4(), WALLET, ADJUSTMENT, NINE - timedelta(days=1), f"opening:{asset}", "test", "", legs_found(BOOK, asset, amount), None, BOOK, "sim"
    )


def entries_of(drawn: list[tuple]) -> list[Entry]:
    """Trades of three coins in three currencies, crypto-quoted ones among them, several in one minute, fees in all kinds of assets."""
    made = []
    for number, (symbol, side, steps, fee_in, permille, minute) in enumerate(drawn):
        base, quote = symbol.split("/")
        asset = {"base": base, "quote": quote, "BNB": "BNB", None: None}[fee_in]
        quantity = Decimal(steps).scaleb(-8)
        worth = quantity if asset == base else quantity * Decimal(PRICES[symbol])
        fee = str((worth * permille / 1000).quantize(UNIT)) if asset else "0"
        made.append(fill(symbol, side, str(quantity), PRICES[symbol], fee=fee, fee_asset=asset, minute=minute, trade=str(number)))
    return made


def unexplained(state: Fold, asset: str) -> Decimal:
    return sum((row.quantity for row in state.uncovered if row.asset == asset), Decimal(0))


def test_a_sale_before_its_purchase_lacks_what_was_sold_and_a_later_purchase_does_not_help():
    """Sell 1 at 09:00, buy 5 at 09:01, sell 4.5 at 09:02: 1 BTC must have been there; after that 0.5 + 1 are enough. Of the 100,000 for
    the five, 20,000 came from the one."""
    story = [
        fill("BTC/USDT", "SELL", "1", "20000"),
        fill("BTC/USDT", "BUY", "5", "20000", minute=1),
        fill("BTC/USDT", "SELL", "4.5", "20000", minute=2),
    ]
    assert missing(story, book=BOOK) == {"BTC": Decimal(1), "USDT": Decimal(80000)}


def test_the_deepest_instant_counts_not_the_end():
    """Of coins 1 - 1.5 - 0.25 = -0.75, though 9 come; of money -20,000 + 30,000 + 5,000 - 180,000 = -165,000."""
    story = [
        fill("BTC/USDT", "BUY", "1", "20000"),
        fill("BTC/USDT", "SELL", "1.5", "20000", minute=1),
        fill("BTC/USDT", "SELL", "0.25", "20000", minute=2),
        fill("BTC/USDT", "BUY", "9", "20000", minute=3),
    ]
    assert missing(story, book=BOOK) == {"BTC": Decimal("0.75"), "USDT": Decimal(165000)}


def test_what_a_crypto_quoted_trade_pays_with_and_fees_in_a_third_coin_must_have_been_there_too():
    """2 ETH at 0.05 BTC take 0.1 BTC; the fee takes 0.3 BNB; the purchase takes 1,000 USDT."""
    story = [
        fill("ETH/BTC", "BUY", "2", "0.05", fee="0.3", fee_asset="BNB"),
        fill("ETH/USDT", "BUY", "1", "1000", minute=1, trade="2"),
    ]
    assert missing(story, book=BOOK) == {"BNB": Decimal("0.3"), "BTC": Decimal("0.1"), "USDT": Decimal(1000)}


def test_another_book_neither_lends_nor_borrows():
    assert missing([fill("BTC/USDT", "SELL", "1", "20000")], book=UUID(int=7)) == {}


@given(histories)
@settings(max_examples=300, deadline=None, print_blob=True)
def test_with_exactly_the_missing_balance_nothing_is_unexplained_and_with_one_unit_less_something_is(drawn: list[tuple]):
    story = entries_of(drawn)
    lacking = {asset: amount for asset, amount in missing(story, book=BOOK).items() if asset not in CURRENCIES}
    assert {row.asset for row in replay(story).uncovered} == lacking.keys()
    enough = [opening(asset, amount) for asset, amount in lacking.items()]
    assert replay(story + enough).uncovered == []
    for asset, amount in lacking.items():
        others = [opening(name, most) for name, most in lacking.items() if name != asset]
        less = [opening(asset, Context(prec=120).subtract(amount, SMALLEST))] if amount > SMALLEST else []
        assert unexplained(replay(story + others + less), asset) == SMALLEST


@given(histories)
@settings(max_examples=200, deadline=None, print_blob=True)
def test_with_the_missing_balance_no_asset_is_below_zero_at_any_instant_and_each_comes_down_to_it(drawn: list[tuple]):
    story = entries_of(drawn)
    lacking = missing(story, book=BOOK)
    for asset in ("BTC", "ETH", "BNB", "USDT", "EUR"):
        held = lowest = Context(prec=120).plus(lacking.get(asset, Decimal(0)))
        for entry in sorted(story, key=lambda entry: entry.key):
            for leg in entry.legs:
                if (leg.account, leg.asset) == ("CASH", asset):
                    held = CONTEXT.add(held, leg.amount)
                    lowest = min(lowest, held)
        assert lowest == 0 if asset in lacking else lowest >= 0


@given(histories)
@settings(max_examples=200, deadline=None, print_blob=True)
def test_units_and_money_of_each_asset_add_up_whatever_was_traded_for_what(drawn: list[tuple]):
    """Coins in the postings = open lots - uncovered. In each currency: what came from the world + realised - what open lots
    cost + what uncovered units brought = the money and, for coins, the units of that asset that are lots or gone in itself."""
    story = entries_of(drawn)
    state = replay(story)
    with localcontext(CONTEXT):  # the thread's own has 28 digits, fewer than these sums
        adds_up(story, state)


def adds_up(story: list[Entry], state: Fold) -> None:
    for asset in ("BTC", "ETH", "BNB"):
        cash = sum((leg.amount for entry in story for leg in entry.legs if (leg.account, leg.asset) == ("CASH", asset)), Decimal(0))
        lots = sum((lot.remaining for lot in state.opened if lot.asset == asset), Decimal(0))
        assert cash == lots - unexplained(state, asset)
    for money in ("USDT", "EUR"):
        cash = sum((leg.amount for entry in story for leg in entry.legs if (leg.account, leg.asset) == ("CASH", money)), Decimal(0))
        world = sum((leg.amount for entry in story for leg in entry.legs if (leg.account, leg.asset) == ("WORLD", money)), Decimal(0))
        net = sum((match.net for match in state.matches if match.currency == money), Decimal(0))
        spent = sum((lot.cost_left + lot.fee_left for lot in state.opened if lot.currency == money), Decimal(0))
        brought = sum((row.proceeds - row.fee for row in state.uncovered if row.currency == money), Decimal(0))
        assert cash == net - spent + brought - world
