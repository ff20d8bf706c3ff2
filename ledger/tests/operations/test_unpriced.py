"""What is held and has no price is booked and not valued: its owner hears of it once, in words, and not again once it has one."""

from __future__ import annotations

import pytest

from accounts.models import Alert, User
from ledger.models import Book, EquityPoint, Market
from ledger.operations import equity, verify
from ledger.queries import portfolio
from ledger.tests import builders as b

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(alice: User, btc: Market) -> Book:
    """1 BTC for 20,000 USDT, 0.1 of it for 2 ETH; a price of BTC is known, none of ETH in BTC."""
    b.market("ETH/BTC")
    b.mark(btc, "20000")
    made = b.book(b.fund(alice, "50000"), "50000")
    b.filled(made, "BUY", "1", "20000")
    b.filled(made, "BUY", "2", "0.05", symbol="ETH/BTC", fee_asset="BTC", at=b.MONDAY + b.minutes(1))
    return made


def valued(book: Book, *, minute: int) -> list[tuple[str, str]]:
    """(currency, reason) of each scope that got no point then."""
    unknown = equity.snapshot(wallets=[book.wallet_id], books=[book.id], now=b.MONDAY + b.minutes(minute))
    return [(one.currency, one.reason) for one in unknown]


def test_its_owner_is_told_once_a_day_what_has_no_price_in_what(book: Book, alice: User) -> None:
    """The wallet and its book miss the same price, hour after hour: one alert; the next day another."""
    for minute in (2, 62, 1400):
        assert valued(book, minute=minute) == [("BTC", "NO_MARK")] * 2
    alert = Alert.objects.get()
    assert (alert.code, alert.severity, alert.person_id) == ("NOT_VALUED", "WARNING", alice.id)
    assert alert.sentence == (
        "You hold ETH that was bought with BTC, and no price of ETH in BTC is known: what you are worth is told without it until there is one."
    )
    assert valued(book, minute=1500) == [("BTC", "NO_MARK")] * 2
    assert Alert.objects.count() == 2


def test_the_trade_is_booked_and_what_has_a_price_is_valued(book: Book, alice: User) -> None:
    """0.9 BTC at 20,000 and 30,000 USDT are 48,000; the 2 ETH are named as not valued, and all of it verifies."""
    valued(book, minute=2)
    told = portfolio.summary(owner=alice.id, now=b.MONDAY + b.minutes(2))
    assert (told.equity, told.complete, told.unvalued) == (48_000, False, ("ETH/BTC",))
    assert not EquityPoint.objects.filter(currency="BTC").exists()
    assert verify.verify().ok


def test_with_a_price_it_is_valued_and_nothing_more_is_told(book: Book) -> None:
    """2 ETH at 0.06 are 0.12 BTC, of which 0.1 were realised when the coins were paid and 0.02 are not."""
    b.mark(Market.objects.get(symbol="ETH/BTC"), "0.06")
    assert valued(book, minute=2) == []
    assert not Alert.objects.exists()
    for point in EquityPoint.objects.filter(currency="BTC"):
        assert [str(figure.normalize()) for figure in (point.equity, point.realised, point.unrealised)] == ["0.12", "0.1", "0.02"]
    assert verify.verify().ok
