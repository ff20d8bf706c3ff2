"""`import_fills` as tests run it: a file is written, the command runs, its answer is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.domain.decimals import plain
from ledger.models import Fill, Wallet
from ledger.operations import verify

HEADER = "symbol,side,quantity,price,fee,fee_asset,executed_at,trade_id"
BOUGHT = "BTC/USDT,buy,0.1,20000,2,USDT,2026-03-02T09:00:00Z,1"
SOLD = "BTC/USDT,SELL,0.04,21000,0.84,USDT,2026-03-02T09:05:00Z,2"
OVERSOLD = "BTC/USDT,SELL,0.5,22000,0,,2026-03-03T09:05:00Z,3"

Captured = pytest.CaptureFixture[str]


def told(folder: Path, *lines: str, header: str = HEADER, name: str = "fills.csv") -> str:
    path = folder / name
    path.write_text("\n".join([header, *lines]) + "\n")
    return str(path)


def ran(capsys: Captured, path: str, *more: str, user: str = "alice", venue: str = "binance", code: int = 0) -> dict[str, Any]:
    """The JSON answer of the command, which ends with this exit code; under "said" the last line on standard error, under "all said" all."""
    capsys.readouterr()
    if code:
        with pytest.raises(SystemExit) as stopped:
            call_command("import_fills", path, "--user", user, "--venue", venue, "--json", *more)
        assert stopped.value.code == code
    else:
        call_command("import_fills", path, "--user", user, "--venue", venue, "--json", *more)
    out, said = capsys.readouterr()
    return {**(json.loads(out) if out else {}), "said": said.strip().splitlines()[-1], "all said": said}


def proven() -> None:
    connection.check_constraints()
    verdict = verify.verify()
    assert verdict.ok, verdict.first_difference


def counts(answer: dict[str, Any]) -> tuple[int, ...]:
    return tuple(answer[name] for name in ("read", "booked", "duplicates", "conflicts", "unexplained", "fee_pending"))


def fills_of(owner: str = "alice") -> list[tuple[str, str, str, str, str | None, str | None, str]]:
    """The booked fills, oldest first: symbol, side, quantity, price, fee, its asset, time."""
    rows = Fill.objects.filter(wallet__owner__username=owner).order_by("executed_at", "symbol", "trade_id")
    return [
        (
            row.symbol, row.side, plain(row.quantity), plain(row.price), None if row.fee is None else plain(row.fee), row.fee_asset_id,
            f"{row.executed_at:%Y-%m-%d %H:%M:%S}",
        )
        for row in rows
    ]  # fmt: skip


def refused(capsys: Captured, path: str, *more: str, venue: str) -> str:
    """What the command says when it books nothing of the file, and that it did not."""
    said = ran(capsys, path, *more, venue=venue, code=2)["said"]
    assert not Fill.objects.exists()
    assert not Wallet.objects.exists()
    return str(said)
