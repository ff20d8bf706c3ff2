"""Each bench runs with tiny numbers and does the work that it says; how fast is nobody's business here."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from bots.models import Bot
from ledger.models import EquityPoint, Fill, Lot, LotMatch
from ledger.operations.verify import verify
from trading.bench import BENCHES, addresses, bare, lists
from trading.bench.rounds import Row, Size
from trading.models import Order, Trade

TINY = Size(orders=20, single=8, bots=40, rounds=1, submitters=4, sockets=20, fills=240, wallets=4)


def run(name: str) -> list[Row]:
    return BENCHES[name](TINY, settings.POLICY)


@pytest.mark.django_db(transaction=True)
def test_claims_writes_as_many_orders_as_it_counts() -> None:
    rows = run("claims")
    # two rounds (one to warm up) of 20 claimed in a batch and of 8 by the ORM
    assert Order.objects.filter(state="SENDING").count() == 2 * 20 + 2 * 8
    assert [row.n for row in rows] == [20, 20]
    assert all(row.ours > 0 and row.reference > 0 for row in rows)


@pytest.mark.django_db(transaction=True)
def test_all_the_way_ends_in_a_ledger_that_verifies() -> None:
    run("all_the_way")
    # 10 bots in batches and 4 of them one by one, twice, each buying and selling
    assert Fill.objects.count() == 2 * (10 + 4) * 2
    assert Trade.objects.count() == 2 * (10 + 4)
    assert not Lot.objects.filter(remaining__gt=0).exists()
    verdict = verify()
    assert verdict.ok, verdict.first_difference


@pytest.mark.django_db(transaction=True)
def test_singles_answers_everybody() -> None:
    run("singles")
    assert Order.objects.filter(state="SENDING").count() == 2 * 8 + 2 * 8  # claimed by the ORM and by us
    assert Order.objects.filter(state="OPEN").count() == 2 * 8  # submitted


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["claims", "all_the_way", "singles"])
def test_a_bench_leaves_no_table_behind(name: str) -> None:
    before = connection.introspection.table_names()
    run(name)
    assert connection.introspection.table_names() == before


@pytest.mark.django_db(transaction=True)
def test_every_twentieth_bot_orders_in_each_tick() -> None:
    run("ticks")
    ordering = Bot.objects.filter(parameters__fast=3).count()
    assert ordering == 2
    assert Order.objects.count() == 3 * ordering
    assert Fill.objects.count() == 2 * ordering  # the orders of the last tick still wait


@pytest.mark.django_db(transaction=True)
def test_lists_asks_every_list_of_the_url_map_for_a_whole_page() -> None:
    rows = run("lists")
    assert Order.objects.count() == 2 * 2 * 50 + 50  # two round trips of fifty bots, and an entry of each in flight
    told = {row.name.split(",")[0].removeprefix("P6 GET "): int(row.name.split(",")[2].split()[0]) for row in rows}
    assert set(told) == set(addresses.lists()) - set(bare.NO_LISTS)
    few = {"/api/wallets", "/api/strategies", "/api/portfolio/summary", "/api/bots/{id}/why"}  # there are no more of them
    assert {path for path, count in told.items() if count < 50} == few
    assert all(row.ours > 0 and row.reference > 0 for row in rows)


@pytest.mark.django_db(transaction=True)
def test_a_list_of_fifty_takes_the_statements_of_a_list_of_two() -> None:
    few, many = lists.statements(policy=settings.POLICY, page=2), lists.statements(policy=settings.POLICY, page=50)
    assert many == few
    assert max(many.values()) <= 12


def test_each_list_of_the_url_map_has_a_bare_view_and_none_stands_for_a_list_that_is_gone() -> None:
    assert set(addresses.lists()) == bare.KNOWN


@pytest.mark.django_db(transaction=True)
def test_latency_claims_one_order_at_a_time() -> None:
    rows = run("latency")
    assert Order.objects.filter(state="SENDING").count() == 50 + 8  # warmed up and measured
    assert [(row.n, row.reference) for row in rows] == [(8, 5.0), (8, 5.0)]


@pytest.mark.django_db(transaction=True)
def test_sockets_opens_real_ones_and_each_hears_its_own_message() -> None:
    rows = run("sockets")
    assert [row.n for row in rows] == [20, 20]


def test_fold_and_its_peers_come_to_the_same_gains() -> None:
    """The bench asserts it in each round: to the last digit that they keep."""
    rows = run("fold")
    assert [row.name for row in rows] == ["P5 fold / beancount", "P5 fold / rp2"]
    assert all(row.n == 25 * 8 and row.ours > 0 and row.reference > 0 for row in rows)


@pytest.mark.django_db(transaction=True)
def test_verify_proves_the_fills_that_it_booked_and_counts_what_one_more_costs() -> None:
    rows = run("verify")
    booked = Fill.objects.count()
    assert booked == 8 * (125 + 1 + 1 + 1)  # a thousand fills by eight bots, and one minute each: alone, the rest, alone
    assert [row.n for row in rows] == [booked, booked, booked, 8, 8, 8]
    assert LotMatch.objects.count() > booked / 3
    assert EquityPoint.objects.count() == (4 + 8) * 4
    early_and_late = {row.unit: (row.reference, row.ours) for row in rows[3:]}
    assert all(early > 0 and late > 0 for early, late in early_and_late.values())


@pytest.mark.django_db(transaction=True)
def test_a_row_says_how_ours_compares() -> None:
    row = Row(name="claims", unit="orders/s", ours=15_000.0, reference=500.0, n=4_000, rounds=5)
    assert row.plain() == {
        "name": "claims", "unit": "orders/s", "ours": 15_000.0, "reference": 500.0, "ratio": 30.0, "n": 4_000, "rounds": 5,
    }  # fmt: skip
    assert json.loads(json.dumps([row.plain()]))


def test_an_unknown_bench_is_refused_by_name() -> None:
    with pytest.raises(CommandError, match="There is no bench 'speed'"):
        call_command("bench", "speed", stdout=StringIO())
