"""ANCHOR_KEY and the daily anchors: whoever owns the database can rewrite a chain so that it proves, but not what it was yesterday."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from accounts.domain.refusals import Missing
from accounts.tests.builders import person
from ledger import tasks
from ledger.domain.chain import GENESIS, digest
from ledger.models import Book, Wallet
from ledger.operations import anchors, verify
from ledger.queries import facts
from ledger.tests import builders as b

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "kept away from the database"


@pytest.fixture
def book() -> Book:
    """0.01 BTC bought at 20,000 and sold at 21,000."""
    b.market()
    made = b.book(b.fund(person("gina")), "1000")
    b.filled(made, "BUY", "0.01", "20000", fee="0.2", at=b.MONDAY)
    b.filled(made, "SELL", "0.01", "21000", fee="0.21", at=b.MONDAY + b.minutes(1))
    return made


def rewritten(wallet: UUID, *statements: str) -> None:
    """What somebody who owns the database does: past the triggers, change facts and make the chain anew, and what is derived with it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        head, seq = GENESIS, 0
        for seq, line in enumerate(list(facts.journal_of_wallet(wallet)), start=1):
            own = digest(head, line.entry)
            cursor.execute(
                "UPDATE ledger_journalentry SET seq = %s, prev_hash = %s, hash = %s WHERE id = %s", [seq, head, own, line.entry.id]
            )
            head = own
        cursor.execute("UPDATE ledger_wallet SET entries = %s, head = %s WHERE id = %s", [seq, head, wallet])
    verdict = verify.verify(rebuild=True, now=b.MONDAY)
    assert verdict.ok, verdict.first_difference


def cheaper(book: Book) -> tuple[str, ...]:
    """The purchase cost 19,000: 10 USDT that somebody else can take."""
    bought = f"(SELECT entry_id FROM ledger_fill WHERE side = 'BUY' AND book_id = '{book.id}')"
    return (
        f"UPDATE ledger_fill SET price = 19000 WHERE entry_id = {bought}",
        f"UPDATE ledger_posting SET amount = amount + 10 WHERE entry_id = {bought} AND asset_id = 'USDT' AND leg_account = 'CASH'",
        f"UPDATE ledger_posting SET amount = amount - 10 WHERE entry_id = {bought} AND asset_id = 'USDT' AND leg_account = 'TRADE'",
    )


def unlike(folder: Path, **asked: Any) -> Any:
    return anchors.first_unlike(folder=folder, key=KEY, **asked)


def test_a_chain_that_went_on_is_no_difference(book: Book, tmp_path: Path) -> None:
    anchors.write(folder=tmp_path, key=KEY, now=b.MONDAY)
    b.filled(book, "BUY", "0.01", "20000", at=b.MONDAY + b.minutes(2))
    anchors.write(folder=tmp_path, key=KEY, now=b.MONDAY + timedelta(days=1))
    assert unlike(tmp_path) is None
    assert sorted(one.name for one in tmp_path.iterdir()) == ["2026-03-02.anchor", "2026-03-03.anchor"]


def test_a_chain_that_was_made_anew_proves_but_is_not_the_anchored_one(book: Book, tmp_path: Path) -> None:
    anchors.write(folder=tmp_path, key=KEY, now=b.MONDAY)
    before = Wallet.objects.get()
    rewritten(book.wallet_id, *cheaper(book))
    found = unlike(tmp_path)
    assert (found.table, found.key) == ("ledger_journalentry", f"{book.wallet_id} {before.entries}")
    assert found.column == "hash at the anchor of 2026-03-02T09:00:00.000000Z"
    assert (found.stored, found.expected) == (bytes(Wallet.objects.get().head).hex(), bytes(before.head).hex())


def test_a_chain_made_anew_behind_which_more_was_booked_is_found_too(book: Book, tmp_path: Path) -> None:
    anchors.write(folder=tmp_path, key=KEY, now=b.MONDAY)
    rewritten(book.wallet_id, *cheaper(book))
    b.filled(book, "BUY", "0.01", "20000", at=b.MONDAY + b.minutes(2))
    anchors.write(folder=tmp_path, key=KEY, now=b.MONDAY + timedelta(days=1))
    assert unlike(tmp_path).column == "hash at the anchor of 2026-03-02T09:00:00.000000Z"


def test_a_chain_whose_end_was_cut_off_is_shorter_than_anchored(book: Book, tmp_path: Path) -> None:
    anchors.write(folder=tmp_path, key=KEY, now=b.MONDAY)
    entries = Wallet.objects.get().entries
    sold = "(SELECT entry_id FROM ledger_fill WHERE side = 'SELL')"
    rewritten(
        book.wallet_id, f"DELETE FROM ledger_posting WHERE entry_id = {sold}", f"DELETE FROM ledger_journalentry WHERE id = {sold}",
        "DELETE FROM ledger_fill WHERE side = 'SELL'",
    )  # fmt: skip
    found = unlike(tmp_path)
    assert (found.key, found.stored, found.expected) == (str(book.wallet_id), str(entries - 1), f"at least {entries}")


def test_the_first_wallet_is_named_and_one_alone_can_be_asked_for(book: Book, tmp_path: Path) -> None:
    other = b.book(b.fund(person("hugo")), "1000")
    b.filled(other, "BUY", "0.01", "20000")
    anchors.write(folder=tmp_path, key=KEY, now=b.MONDAY)
    rewritten(other.wallet_id, *cheaper(other))
    assert unlike(tmp_path).key.split()[0] == str(other.wallet_id)
    assert unlike(tmp_path, wallet=book.wallet_id) is None


def test_an_anchor_that_was_changed_or_is_of_another_key_is_named(book: Book, tmp_path: Path) -> None:
    path = anchors.write(folder=tmp_path, key="of somebody else", now=b.MONDAY)
    assert (unlike(tmp_path).table, unlike(tmp_path).key) == ("anchor", "2026-03-02.anchor")
    path.unlink()
    text = anchors.write(folder=tmp_path, key=KEY, now=b.MONDAY).read_text()
    assert unlike(tmp_path) is None
    for forged in (text.replace(" 4 ", " 3 "), text + "more\n", text[: text.rindex("seal")], "", "\x00\xff"):
        assert forged != text
        path.write_text(forged)
        assert (unlike(tmp_path).table, unlike(tmp_path).column) == ("anchor", "seal")


def test_an_anchor_is_written_once_a_day_for_its_owner_alone(book: Book, tmp_path: Path) -> None:
    folder = tmp_path / "anchors"
    first = anchors.write(folder=folder, key=KEY, now=b.MONDAY)
    told = first.read_text()
    b.filled(book, "BUY", "0.01", "20000", at=b.MONDAY + b.minutes(2))
    assert anchors.write(folder=folder, key=KEY, now=b.MONDAY + timedelta(hours=14)) == first
    assert first.read_text() == told
    assert [stat.S_IMODE(one.stat().st_mode) for one in (folder, first)] == [0o700, 0o600]
    assert list(folder.iterdir()) == [first]


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_without_an_anchor_there_is_nothing_to_compare_with(tmp_path: Path, folder: str) -> None:
    with pytest.raises(Missing) as refused:
        unlike(tmp_path / folder)
    assert refused.value.code == "NO_ANCHORS"


def test_the_task_writes_the_anchor_of_the_day_with_the_key_of_the_installation(book: Book, tmp_path: Path, settings: Any) -> None:
    settings.ANCHORS, settings.ANCHOR_KEY = tmp_path / "anchors", KEY
    tasks.anchor()
    tasks.anchor()
    [path] = settings.ANCHORS.iterdir()
    assert unlike(settings.ANCHORS) is None
    assert f"\n{book.wallet_id} 4 {bytes(Wallet.objects.get().head).hex()}\n" in path.read_text()
