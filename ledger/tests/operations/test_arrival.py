"""The same facts in any order of arrival, in batches of any size, end in the same ledger, to the last digit."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from accounts.models import User
from accounts.tests.builders import person
from ledger.models import Balance, Book, Lot, LotMatch, ProfitBucket, Uncovered
from ledger.operations import capital, fills, verify
from ledger.tests import builders as b

pytestmark = pytest.mark.django_db


def story(seed: int) -> list[dict[str, Any]]:
    """Forty fills of two books within twelve minutes, many in one minute, over a day border, with fees in both assets."""
    chance = random.Random(seed)
    return [
        {
            "of": chance.randrange(2),
            "side": chance.choice(["BUY", "BUY", "SELL"]),
            "quantity": f"{chance.randrange(1, 10**8) / 10**8:.8f}",
            "price": f"{chance.randrange(100, 99999) / 100:.2f}",
            "fee": f"{chance.randrange(-10, 100) / 10**9:.9f}",
            "fee_asset": chance.choice(["USDT", "BTC"]),
            "at": b.MONDAY.replace(hour=23, minute=54) + b.minutes(chance.randrange(12)),
            "trade": str(number),
        }
        for number in range(40)
    ]


def told(owner: User, facts: list[dict[str, Any]], chance: random.Random) -> list[Book]:
    """The story told to a fresh wallet in batches of random size; both books give their first coins to FREE after it."""
    wallet = b.fund(owner, "1000000")
    books = [b.book(wallet, "400000", label=f"bot {n}") for n in range(2)]
    left = facts[:]
    while left:
        size = chance.randrange(1, 9)
        batch, left = left[:size], left[size:]
        reports = [
            b.report(
                books[fact["of"]], fact["side"], fact["quantity"], fact["price"], fee=fact["fee"], fee_asset=fact["fee_asset"],
                at=fact["at"], trade=fact["trade"],
            )
            for fact in batch
        ]  # fmt: skip
        assert {outcome.status for outcome in fills.record(reports, now=b.MONDAY)} == {"BOOKED"}
    return books


def content(owner: User) -> dict[str, list[tuple[Any, ...]]]:
    """Everything derived, without ids."""
    mine = {"book__wallet__owner": owner}
    label = "book__label"
    return {
        "balances": sorted(Balance.objects.filter(**mine).values_list(label, "asset", "cash", "reserved", "deficit")),
        "lots": sorted(Lot.objects.filter(**mine).values_list(label, "opened_at", "tie", "remaining", "cost_left", "fee_left")),
        "matches": sorted(LotMatch.objects.filter(**mine).values_list(label, "sold_at", "quantity", "cost", "proceeds", "net")),
        "buckets": sorted(ProfitBucket.objects.filter(**mine).values_list(label, "day", "gross", "fees", "net", "matches")),
        "uncovered": sorted(Uncovered.objects.filter(**mine).values_list(label, "quantity", "proceeds", "fee")),
    }


@pytest.mark.parametrize("seed", random.sample(range(10**6), 4))
def test_any_arrival_ends_in_the_same_ledger(seed: int):
    print(f"seed {seed}")
    b.market()
    chance = random.Random(seed)
    facts = story(seed)
    shuffled = facts[:]
    chance.shuffle(shuffled)
    early, late = person("early"), person("late")
    told(early, sorted(facts, key=lambda fact: (fact["at"], int(fact["trade"]))), chance)
    told(late, shuffled, chance)
    assert content(early) == content(late)
    verdict = verify.verify()
    assert verdict.ok, verdict.first_difference


def test_late_fills_around_a_handed_over_position_end_as_in_time(alice: User, bob: User):
    """Buy 1 at 100 (09:00), 1 at 120 (09:10); 1 BTC handed over at 09:20; buy 1 at 90 at 08:50 told last or first."""
    b.market()
    facts = [("100", 0), ("120", 10)]
    kept: list[list[tuple[Decimal, Decimal]]] = []
    for owner, first in ((alice, True), (bob, False)):
        book = b.book(b.fund(owner), "1000")
        if first:
            b.filled(book, "BUY", "1", "90", at=b.MONDAY - b.minutes(10))
        for price, minute in facts:
            b.filled(book, "BUY", "1", price, at=b.MONDAY + b.minutes(minute))
        capital.release(book=book.id, asset="BTC", amount=Decimal(1), actor="user:x", now=b.MONDAY + b.minutes(20))
        if not first:
            b.filled(book, "BUY", "1", "90", at=b.MONDAY - b.minutes(10))
        free = Book.objects.get(wallet=book.wallet, kind="FREE")
        kept.append([tuple(Lot.objects.filter(book=one).aggregate(Sum("remaining"), Sum("cost_left")).values()) for one in (book, free)])
    assert kept[0] == kept[1] == [[(Decimal(2), Decimal(220)), (Decimal(1), Decimal(90))]][0]
    assert verify.verify().ok
