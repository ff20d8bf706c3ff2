"""`export_audit`: an outsider recomputes every chain from the export alone."""

from __future__ import annotations

import json
import stat
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import User
from accounts.operations import audit
from accounts.web import clock

pytestmark = pytest.mark.django_db

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def acts(alice: User, bob: User) -> None:
    for person in (alice.id, alice.id, bob.id, None):
        audit.record(
            person=person, actor="system:test", act="test.act", subject="wallet:1", before={}, after={"ä": ["0.1", None, True]},
            reason='quotes " and | bars\n', request_id="", now=clock.now(),
        )  # fmt: skip


def test_every_hash_can_be_recomputed_from_the_export_alone(acts: None, capsys: Captured):
    call_command("export_audit", "--json")
    chains = json.loads(capsys.readouterr().out)["chains"]
    assert {chain["person"] for chain in chains} >= {"alice", "bob", None}
    for chain in chains:
        before = "0" * 64
        for row in chain["rows"]:
            assert row.pop("prev_hash") == before
            stored = row.pop("hash")
            text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            before = sha256((before + text).encode()).hexdigest()
            assert stored == before
        assert (chain["head"], chain["head_seq"]) == (before, len(chain["rows"]))


def test_one_persons_trail_never_holds_anothers(acts: None, capsys: Captured):
    call_command("export_audit", "--user", "alice")
    [chain] = json.loads(capsys.readouterr().out)["chains"]
    assert chain["person"] == "alice"
    with pytest.raises(SystemExit) as stopped:
        call_command("export_audit", "--user", "zoe")
    assert stopped.value.code == 2


def test_a_file_is_for_its_owner_and_never_overwritten(acts: None, tmp_path: Path):
    out = tmp_path / "audit.json"
    call_command("export_audit", "--out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert json.loads(out.read_text())["chains"]
    with pytest.raises(SystemExit) as stopped:
        call_command("export_audit", "--out", str(out))
    assert stopped.value.code == 2
