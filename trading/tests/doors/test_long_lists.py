"""Lists over a hundred thousand rows, half of them bob's: what a page reads does not grow with the table, nor do its statements with
the page; and the console's lists neither count nor sort everything.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Alert, AuditChain, AuditRow, User
from accounts.operations import alerts, audit
from accounts.tests.builders import NOON, fresh_code
from accounts.tests.doors.test_console import enter
from bots.models import Bot
from ledger.models import Fill, JournalEntry, Wallet
from ledger.tests import builders as money
from trading.models import BreakerTrip, Order, Trade
from trading.tests.doors import builders
from trading.tests.doors.crowds import AT, ID, ROWS, most_rows, multiply, statements

pytestmark = pytest.mark.django_db
READ_AT_MOST = 1_000  # rows of a page of fifty, with what belongs to them
IN_CONSOLE_AT_MOST = 10_001  # the newest, and one that tells that there are more


@pytest.fixture
def crowd(alice: User, bob: User, alice_wallet: Wallet) -> Bot:
    """Odd rows are alice's. Three of her orders were rejected, long ago; one is open."""
    builders.funded(bob)
    bot, other = builders.bot(alice, name="Alices own", now=money.MONDAY), builders.bot(bob)
    builders.trip(bot)
    trade = builders.trade(bot)
    money.filled(bot.book, "BUY", "0.01", "20000", fee="0.2", order="c" * 32)
    alerts.raise_alert(person=alice.id, severity="INFO", code="HELLO", sentence="Hello.", data={}, now=NOON)
    audit.record(
        person=bob.id, actor=f"user:{bob.id}", act="x", subject="y", before={}, after={}, reason="", request_id="", now=NOON
    )
    chains = {chain.person_id: chain.id for chain in AuditChain.objects.filter(person__in=[alice, bob])}
    places = {alice.id: bot.book.wallet_id, bob.id: other.book.wallet_id}

    def either(mine: UUID, theirs: UUID) -> str:
        return f"CASE n % 2 WHEN 1 THEN '{mine}'::uuid ELSE '{theirs}'::uuid END"

    owner, bots = either(alice.id, bob.id), either(bot.id, other.id)
    wallet, book = either(places[alice.id], places[bob.id]), either(bot.book_id, other.book_id)
    state = "CASE WHEN n IN (1, 3, 5) THEN 'REJECTED' WHEN n = 7 THEN 'OPEN' ELSE 'REFUSED' END"
    once = "lpad(to_hex(n), 32, '0')"
    multiply(Order, id=ID, client_order_id=once, intent=ID, owner_id=owner, bot_id=bots, created_at=AT, state=state, request_key="NULL")
    multiply(Trade, id=ID, order_id=ID, owner_id=owner, bot_id=bots, closed_at=AT, opened_at="timestamptz '2026-01-01'")
    multiply(Fill, entry_id=ID, wallet_id=wallet, book_id=book, trade_id="n::text", executed_at=AT, client_order_id=once)
    multiply(JournalEntry, id=ID, wallet_id=wallet, seq="n + 1000", event_time=AT, recorded_at=AT, external_id="''")
    multiply(AuditRow, id=ID, chain_id=either(chains[alice.id], chains[bob.id]), seq="n + 1000", at=AT)
    multiply(Alert, id=ID, person_id=owner, at=AT)
    multiply(BreakerTrip, id=ID, halt_id=ID, owner_id=owner, bot_id=bots, at=AT)
    with connection.cursor() as cursor:  # of the small tables beside them too: what an earlier test left of their figures misleads the planner
        cursor.execute("ANALYZE")
    assert Order.objects.count() == ROWS + 1 == Trade.objects.count()
    assert trade.owner_id == alice.id
    return bot


LISTS = [
    "orders", "orders?state=REJECTED", "orders?state=OPEN", "orders?state=REFUSED", "orders?bot={bot}", "orders/pending", "trades",
    "trades?bot={bot}", "ledger/fills", "ledger/fills?bot={bot}", "ledger/fills?venue=sim&mode=PAPER&side=BUY",
    "ledger/fills?to=2026-03-02T12:30:00Z", "ledger/audit-trail", "audit", "alerts", "circuit-breaker/history", "bots", "bots/stages",
    "bots/{bot}/why",
]  # fmt: skip
CONSOLE = [
    "trading/order", "trading/trade", "ledger/fill", "ledger/journalentry", "accounts/auditrow", "accounts/alert", "bots/bot",
    "trading/breakertrip",
]  # fmt: skip


def test_a_page_reads_a_page_however_long_the_table_is(crowd: Bot, alice_api: APIClient) -> None:
    read: dict[str, tuple[int, str]] = {}
    for path in LISTS:
        asked = "/api/" + path.format(bot=crowd.id)
        with statements() as first:
            answer = alice_api.get(asked)
        assert answer.status_code == 200, answer.content
        second: list[str] = []
        if cursor := answer.json().get("next"):
            with statements() as second:
                assert alice_api.get(asked + ("&" if "?" in asked else "?") + f"cursor={cursor}").status_code == 200
        read[path] = most_rows(first + second)
    assert {path: rows for path, (rows, _) in read.items() if rows > READ_AT_MOST} == {}, max(read.values())[1]
    _goes_far_down(alice_api)


def _goes_far_down(alice_api: APIClient) -> None:
    """Twenty-five pages down the list: a cursor skips nothing, so nothing is read to be skipped."""
    cursor, seen = "", set()
    for _ in range(25):
        with statements() as asked:
            page = alice_api.get("/api/orders", {"limit": 200} | ({"cursor": cursor} if cursor else {})).json()
        seen |= {row["id"] for row in page["results"]}
        cursor = page["next"]
    assert len(seen) == 25 * 200
    assert most_rows(asked)[0] <= READ_AT_MOST


def found(client: Client, path: str, **asked: str) -> tuple[str, list[str]]:
    with statements() as told:
        page: Any = client.get(f"/admin/{path}/", asked)
    assert page.status_code == 200, page.content
    return page.content.decode(), told


def test_the_console_neither_counts_nor_sorts_everything(crowd: Bot, olga: User, client: Client) -> None:
    """The newest rows, old ones by an index, and all of those that belong to one thing."""
    enter(client, "olga", fresh_code())
    oldest = f"{1:032x}"
    asked: list[tuple[str, dict[str, str]]] = [(path, {}) for path in CONSOLE]
    asked += [
        ("trading/order", {"q": oldest}), ("ledger/fill", {"q": oldest}), ("trading/trade", {"q": "Alices own"}),
        ("ledger/journalentry", {"q": "alice"}), ("accounts/auditrow", {"q": "y"}), ("bots/bot", {"q": "alice"}),
        ("trading/order", {"bot__id__exact": str(crowd.id)}), ("trading/trade", {"bot__id__exact": str(crowd.id)}),
        ("trading/order", {"mode__exact": "PAPER"}), ("trading/order", {"o": "9"}), ("trading/order", {"p": "100"}),
    ]  # fmt: skip
    read: dict[str, int] = {}
    for path, query in asked:
        body, told = found(client, path, **query)
        assert len(told) < 40, path
        assert body.count("<tr") > 1, (path, query)
        rows, sql = most_rows(told)
        read[f"{path} {query}: {sql}"] = rows
    assert [line for line, rows in read.items() if rows > IN_CONSOLE_AT_MOST] == []
    body, _ = found(client, "trading/order", q=oldest)
    assert str(UUID(oldest)) in body
