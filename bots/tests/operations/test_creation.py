"""A bot gets its book, its money and its row together, or none of them."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import AuditRow
from bots.domain.exits import Exits
from bots.models import Bot
from bots.operations import creation
from bots.tests import builders
from bots.tests.threads import at_once
from ledger.models import Allocation, Balance, Book

pytestmark = pytest.mark.django_db


def cash(book):
    return Balance.objects.get(book=book, asset="USDT").cash


def test_a_new_bot_is_paused_and_holds_its_capital_in_its_own_book(alice):
    wallet = builders.funded(alice, amount="1000")
    bot = builders.bot(alice, capital=Decimal("200"))
    bot.refresh_from_db()
    assert (bot.status, bot.pause_reason, bot.stage, bot.mode) == ("PAUSED", "NEW", "TRAINING", "PAPER")
    assert bot.parameters == {"fast": 12, "slow": 26, "volatility": 60}
    assert bot.book.kind == "BOT"
    assert bot.book.wallet_id == wallet.id
    assert cash(bot.book) == 200
    assert cash(Book.objects.get(wallet=wallet, kind="FREE")) == 800
    assert Allocation.objects.get(book=bot.book).amount == 200


def test_creation_is_told_in_the_audit_trail(alice):
    builders.funded(alice)
    bot = builders.bot(alice, exits=Exits(stop_loss=Decimal("0.02")))
    row = AuditRow.objects.get(act="bot.create")
    assert row.subject == f"bot:{bot.id}"
    assert row.actor == f"user:{alice.id}"
    assert row.request_id == "r-1"
    assert row.after["capital"] == "200"
    assert row.after["stop_loss"] == "0.02"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "BAD_NAME"),
        ({"name": "x" * 81}, "BAD_NAME"),
        ({"name": "a\x00b"}, "BAD_NAME"),
        ({"venue": "mtgox"}, "UNKNOWN_VENUE"),
        ({"symbol": "DOGE/USDT"}, "UNKNOWN_SYMBOL"),
        ({"timeframe": "7x"}, "BAD_TIMEFRAME"),
        ({"strategy": "magic"}, "UNKNOWN_STRATEGY"),
        ({"parameters": {"fast": 0}}, "BAD_PARAMETER"),
        ({"exits": Exits(stop_loss=Decimal(2))}, "BAD_EXIT"),
        ({"mode": "LIVE"}, "LIVE_NOT_ALLOWED"),
        ({"mode": "DREAM"}, "BAD_MODE"),
        ({"capital": Decimal("1000.01")}, "INSUFFICIENT_FREE_FUNDS"),
        ({"capital": Decimal(0)}, "AMOUNT_NOT_POSITIVE"),
        ({"capital": Decimal(-5)}, "AMOUNT_NOT_POSITIVE"),
    ],
)
def test_a_wish_that_makes_no_sense_leaves_nothing_behind(alice, changes, code):
    builders.funded(alice, amount="1000")
    books = Book.objects.count()
    with pytest.raises(Refusal) as refused:
        builders.bot(alice, **changes)
    assert refused.value.code == code
    assert (Bot.objects.count(), Book.objects.count(), Allocation.objects.count()) == (0, books, 0)
    assert not AuditRow.objects.filter(act="bot.create").exists()


def test_who_has_no_wallet_is_told_what_is_missing(bob):
    with pytest.raises(Refusal) as refused:
        builders.bot(bob)
    assert refused.value.code == "INSUFFICIENT_FREE_FUNDS"
    assert refused.value.numbers == {"asset": "USDT", "free": "0", "asked": "200"}


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_at_once_on_funds_for_five_exactly_five_are_made(alice):
    wallet = builders.funded(alice, amount="1000")
    builders.market()
    answers = at_once(16, lambda number: creation.create(**builders.wish(alice, name=f"Bot {number}")))
    made = [answer for answer in answers if isinstance(answer, Bot)]
    refused = [answer for answer in answers if not isinstance(answer, Bot)]
    assert len(made) == 5, answers
    assert {getattr(answer, "code", answer) for answer in refused} == {"INSUFFICIENT_FREE_FUNDS"}
    assert cash(Book.objects.get(wallet=wallet, kind="FREE")) == 0
    assert [cash(bot.book) for bot in made] == [200] * 5
    assert Book.objects.filter(kind="BOT").count() == 5


@pytest.mark.parametrize("wrong", ["owner", "mode", "venue", "kind"])
def test_sql_refuses_a_bot_whose_book_is_not_its_own(alice, bob, wrong):
    builders.funded(alice)
    made = builders.bot(alice)
    fresh = Book.objects.create(
        wallet=made.book.wallet, kind="EXTERNAL" if wrong == "kind" else "BOT", label="x", created_at=builders.NOON
    )
    other = Bot(
        owner=bob if wrong == "owner" else alice,
        name="x",
        book=fresh,
        market=builders.market(venue="recorded") if wrong == "venue" else made.market,
        strategy="ema_cross",
        parameters={},
        mode="LIVE" if wrong == "mode" else "PAPER",
        created_at=builders.NOON,
    )
    with pytest.raises(DatabaseError, match="the book of a bot is of kind BOT"), transaction.atomic():
        other.save(force_insert=True)


def test_a_key_makes_one_bot_of_each_person(alice, bob):
    builders.funded(alice)
    builders.funded(bob)
    first, other, his = (builders.bot(user, key=key) for user, key in ((alice, "one"), (alice, "two"), (bob, "one")))
    with pytest.raises(Conflict) as refused:
        builders.bot(alice, key="one", name="With another name")
    assert (refused.value.code, refused.value.numbers) == ("ALREADY_DONE", {"bot_id": first.id})
    assert set(Bot.objects.all()) == {first, other, his}
    assert Book.objects.filter(kind="BOT").count() == 3


def test_a_refused_bot_may_be_asked_for_again_by_the_same_key(alice):
    builders.funded(alice, amount="100")
    with pytest.raises(Refusal):
        builders.bot(alice, key="one")
    builders.funded(alice, amount="100")
    assert builders.bot(alice, key="one").name


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_at_once_with_one_key_one_is_made_and_paid_for(alice):
    wallet = builders.funded(alice, amount="1000")
    builders.market()
    answers = at_once(16, lambda _: creation.create(**builders.wish(alice, key="one")))
    assert len([answer for answer in answers if isinstance(answer, Bot)]) == 1, answers
    assert {getattr(answer, "code", answer) for answer in answers if not isinstance(answer, Bot)} == {"ALREADY_DONE"}
    assert cash(Book.objects.get(wallet=wallet, kind="FREE")) == 800
