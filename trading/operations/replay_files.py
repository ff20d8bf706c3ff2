"""A replay of candle files: they are imported, the bots shared out over them, the run traded and its ledger proved. How candles are
traded it must not know: that is `replay`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shlex import quote

from ledger.models import Market
from ledger.operations import verify
from trading.domain import replay_plans
from trading.domain.policy import Policy
from trading.operations import candle_files, replay
from trading.operations.candle_files import Gap, Imported
from trading.operations.replay_worker import Between, Manner
from trading.queries import replays


@dataclass(frozen=True, slots=True)
class Clip:
    """A candle file and the market it is of; without a timeframe the file tells."""

    path: Path
    symbol: str
    timeframe: str | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to replay and with whom: bots of all files together, of these strategies. limits: the breaker's and gate C's apply. A
    run of a known name is taken up again."""

    clips: Sequence[Clip]
    venue: str
    bots: int
    strategies: Sequence[str]
    limits: bool
    workers: int
    redeliver: int
    run: str


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What a run came to, all its sessions together; `redelivered` is of the last one. policy: the limits that it was traded under;
    gaps: symbol, timeframe and what its file lacks."""

    run: str
    policy: Policy
    ticks: int
    redelivered: int
    gaps: tuple[tuple[str, str, Gap], ...]
    summary: replays.Summary
    ledger: verify.Verdict


def replay_files(
    *, wanted: Wanted, policy: Policy, now: datetime, say: Callable[[str], None], progress: replay.Progress, between: Between
) -> Replayed:  # fmt: skip
    """Trade these files to their end. Refusals of `candle_files.import_file`, `replay_plans.deal`, `replay.open_run` and
    `replay.run`; what is wrong with the wish itself is refused before a file is read. `between` as for these two, also in reading."""

    def told(words: str) -> None:
        say(words)
        between()

    manner = Manner(policy=policy if wanted.limits else replay.unlimited(policy), workers=wanted.workers, redeliver=wanted.redeliver)
    manner.check()
    replay.check_name(wanted.run)
    _plans(wanted, [clip.symbol for clip in wanted.clips])
    say(f"This is the run {wanted.run}: the same command with --run {quote(wanted.run)} goes on with it, however it was ended.")
    found = [
        candle_files.import_file(
            path=clip.path, venue=wanted.venue, symbol=clip.symbol, timeframe=clip.timeframe, now=now, progress=told
        )
        for clip in wanted.clips
    ]
    run = replay.open_run(name=wanted.run, parts=_parts(wanted, found), wishes=_wishes(wanted, found), now=now, between=between)
    counts = replay.run(run=run, manner=manner, progress=progress, between=between)
    return Replayed(
        run=wanted.run, policy=manner.policy, ticks=run.candles(), redelivered=counts["redelivered"],
        gaps=tuple((clip.symbol, one.timeframe, gap) for clip, one in zip(wanted.clips, found, strict=True) for gap in one.gaps),
        summary=replays.summary(run=wanted.run, owner=run.owner.id), ledger=verify.verify(wallet=run.owner.wallets.get(mode="PAPER").id),
    )  # fmt: skip


def _plans(wanted: Wanted, files: Sequence[str]) -> list[list[replay_plans.Plan]]:
    return replay_plans.deal(bots=wanted.bots, strategies=wanted.strategies, files=files)


def _called(wanted: Wanted, found: Sequence[Imported]) -> list[str]:
    return [f"{clip.symbol} {one.timeframe}" for clip, one in zip(wanted.clips, found, strict=True)]


def _parts(wanted: Wanted, found: Sequence[Imported]) -> list[replay.Part]:
    symbols = [clip.symbol for clip in wanted.clips]
    markets = Market.objects.select_related("base", "quote").filter(venue=wanted.venue, symbol__in=symbols)
    known = {market.symbol: market for market in markets}
    shares = _plans(wanted, _called(wanted, found))
    return [
        replay.Part(market=known[symbol], timeframe=one.timeframe, first=one.first, last=one.last, plans=plans)
        for symbol, one, plans in zip(symbols, found, shares, strict=True)
    ]


def _wishes(wanted: Wanted, found: Sequence[Imported]) -> dict[str, object]:
    """What makes a run the same run when it is asked for again by its name."""
    return {
        "venue": wanted.venue, "bots": wanted.bots, "limits": "default" if wanted.limits else "off", "redeliver": wanted.redeliver,
        "strategies": list(wanted.strategies),
        "files": [
            [called, one.first.isoformat(), one.last.isoformat()] for called, one in zip(_called(wanted, found), found, strict=True)
        ],
    }  # fmt: skip
