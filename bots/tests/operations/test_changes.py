"""What may still be changed of a bot, and what it costs."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from accounts.domain.refusals import Conflict, Missing, Refusal
from accounts.models import AuditRow
from bots.domain.exits import Exits
from bots.operations import changes, lifecycle
from bots.operations.changes import Changes
from bots.tests import builders
from bots.tests.builders import NOON
from ledger.models import Allocation, Balance, Book

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"actor": "user:a", "request_id": "r-3", "now": NOON}


@pytest.fixture
def bot(alice):
    builders.funded(alice, amount="1000")
    return builders.bot(alice, capital=Decimal(200))


def free_of(bot):
    return Balance.objects.get(book=Book.objects.get(wallet=bot.book.wallet_id, kind="FREE"), asset="USDT").cash


def test_name_exits_and_parameters_change_with_what_was_before_in_the_audit(bot):
    wanted = Changes(name=" Slow ", parameters={"fast": 60, "slow": 600}, exits=Exits(stop_loss=Decimal("0.02")))
    changes.amend(bot_id=bot.id, changes=wanted, **BY)
    bot.refresh_from_db()
    assert (bot.name, bot.parameters["slow"], bot.stop_loss) == ("Slow", 600, Decimal("0.02"))
    row = AuditRow.objects.get(act="bot.change")
    assert (row.before["name"], row.after["name"]) == ("Trend", "Slow")
    assert row.before["parameters"]["slow"] == 26


def test_a_running_bot_keeps_its_parameters_but_may_change_its_exits(bot):
    lifecycle.start(bot_id=bot.id, **BY)
    with pytest.raises(Conflict, match="BOT_RUNNING"):
        changes.amend(bot_id=bot.id, changes=Changes(parameters={"slow": 90}), **BY)
    for judged_by in (Changes(profile="conservative"), Changes(order_type="POST_ONLY")):
        with pytest.raises(Conflict, match="BOT_RUNNING"):
            changes.amend(bot_id=bot.id, changes=judged_by, **BY)
    changes.amend(bot_id=bot.id, changes=Changes(exits=Exits(take_profit=Decimal("0.03"))), **BY)
    bot.refresh_from_db()
    assert (bot.parameters["slow"], bot.take_profit) == (26, Decimal("0.03"))


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Changes(name=""), "BAD_NAME"),
        (Changes(parameters={"fast": 30}), "BAD_PARAMETER"),
        (Changes(name="x", exits=Exits(stop_loss=Decimal(3))), "BAD_EXIT"),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(bot, wanted, code):
    with pytest.raises(Refusal) as refused:
        changes.amend(bot_id=bot.id, changes=wanted, **BY)
    assert refused.value.code == code
    bot.refresh_from_db()
    assert bot.name == "Trend"


def test_capital_moves_between_the_free_money_and_the_bot(bot):
    changes.set_capital(bot_id=bot.id, amount=Decimal(500), **BY)
    assert (Allocation.objects.get(book=bot.book).amount, free_of(bot)) == (500, 500)
    changes.set_capital(bot_id=bot.id, amount=Decimal(50), **BY)
    assert (Allocation.objects.get(book=bot.book).amount, free_of(bot)) == (50, 950)
    with pytest.raises(Refusal, match="INSUFFICIENT_FREE_FUNDS"):
        changes.set_capital(bot_id=bot.id, amount=Decimal("1000.01"), **BY)
    assert free_of(bot) == 950


def test_a_stopping_bot_is_not_changed_and_an_unknown_one_is_missing(bot, alice):
    lifecycle.ask_stop(bot_id=bot.id, position="close", **BY)
    with pytest.raises(Conflict, match="BOT_STOPPED"):
        changes.set_capital(bot_id=bot.id, amount=Decimal(1), **BY)
    with pytest.raises(Missing, match="BOT_NOT_FOUND"):
        changes.amend(bot_id=alice.id, changes=Changes(name="x"), **BY)


@pytest.mark.django_db(transaction=True)
def test_who_changes_or_moves_a_bot_holds_up_nobody_who_only_names_it(bot, app_connection):
    """A claim holds the bot's money while it counts the first entry of the day, in a row that names the bot. Whoever has locked the
    bot to move its capital wants that money: if the count had to wait for the bot, both would wait for ever."""
    app_connection.execute("SET lock_timeout = '10s'")
    naming_it = "SELECT 1 FROM bots_bot WHERE id = %s FOR KEY SHARE"  # what a foreign key asks for
    with transaction.atomic():
        changes.amend(bot_id=bot.id, changes=Changes(name="held"), **BY)
        app_connection.execute(naming_it, [bot.id])
    with transaction.atomic():
        lifecycle.start(bot_id=bot.id, **BY)
        app_connection.execute(naming_it, [bot.id])
