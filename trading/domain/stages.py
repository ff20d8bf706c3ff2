"""How far a bot is trusted, by stated evidence: into QUARANTINE on a record without an edge, out again on clean trades, days and a
positive bound. Facts in, step out; it must not look anything up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from trading.domain import sizing
from trading.domain.sizing import TRAINING_TRADES, Record

CLEAN_TRADES = 10  # closed by its own rules since it entered QUARANTINE
QUARANTINE_DAYS = 3
SPREAD_TRADES = 2  # from fewer nothing is known of how far results spread
DAY = timedelta(days=1)
BY_OTHERS = ("PERSON", "FLATTEN")  # reasons of closing orders that say nothing about the strategy

TRAINED, QUARANTINED = ("TRAINING", "ELIGIBLE"), "QUARANTINE"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a bot: its stage since when, its record over all trades, its clean trades since then, a standing trip."""

    stage: str
    mode: str
    since: datetime
    record: Record
    clean_trades: int
    tripped: bool


@dataclass(frozen=True, slots=True)
class Threshold:
    """One condition with what there is (None: not known yet) and what is needed: counts, days with a decimal, returns as fractions."""

    name: str
    value: Decimal | None
    needed: Decimal
    met: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Step:
    """A move of the stage, and the words for it."""

    move: str
    reason: str


def judge(evidence: Evidence, *, now: datetime) -> Step | None:
    """The step that the evidence asks for, if any. Live bots are led by other rules: without an edge their size is nothing."""
    if evidence.mode != "PAPER":
        return None
    record, bound = evidence.record, sizing.net_bound(evidence.record)
    said = f"the lower bound of its net return is {bound * 100:.3f} %"
    if evidence.stage in TRAINED and record.trades >= TRAINING_TRADES and not bound > 0:
        return Step("QUARANTINE", f"After {record.trades} trades {said}: no edge.")
    if evidence.stage == QUARANTINED and all(each.met for each in thresholds(evidence, now=now)):
        return Step("RELEASE", f"{evidence.clean_trades} clean trades, and {said}.")
    return None


def thresholds(evidence: Evidence, *, now: datetime) -> tuple[Threshold, ...]:
    """What a bot in TRAINING must show to be judged and to stay, and one in QUARANTINE to get out; none in other stages."""
    bound = net_bound(evidence.record)
    words = "Lower bound of the net return of a trade, over all trades, above zero."
    known = None if bound is None else Decimal(str(round(bound, 6)))
    edge = Threshold("NET_BOUND", known, Decimal(0), bound is not None and bound > 0, words)
    if evidence.stage == "TRAINING":
        return (_count("TRADES", evidence.record.trades, TRAINING_TRADES, "Trades before its record is judged."), edge)
    if evidence.stage != QUARANTINED:
        return ()
    return (
        _count("CLEAN_TRADES", evidence.clean_trades, CLEAN_TRADES, "Trades since it entered that its own rules closed."),
        _count("DAYS", days(evidence.since, now=now), QUARANTINE_DAYS, "Days since it entered."),
        edge,
        Threshold("NO_TRIP", Decimal(evidence.tripped), Decimal(0), not evidence.tripped, "No trip of its breaker, or of yours, stands."),
    )


def days(since: datetime, *, now: datetime) -> Decimal:
    """Days since then, to one decimal, rounded down."""
    tenths = max(now - since, timedelta()) // (DAY / 10)
    return Decimal(tenths) / 10


def sentence(evidence: Evidence, *, now: datetime) -> str:
    """Where it stands, for people."""
    asked = thresholds(evidence, now=now)
    missing = [each for each in asked if not each.met]
    if evidence.stage == "TRAINING":
        needed = TRAINING_TRADES - evidence.record.trades
        if needed > 0:
            return f"{needed} more trades until its record is judged; until then it trades at least at the bootstrap size."
        return "Its record shows an edge." if not missing else "Its record shows no edge: the next trade moves it to quarantine."
    if evidence.stage != QUARANTINED:
        return ""
    if not missing:
        return "It has shown what is asked: the next trade releases it."
    return "Still asked for: " + " ".join(each.sentence for each in missing)


def net_bound(record: Record) -> float | None:
    """The lower bound of the net return of a trade, as a fraction; None while too few trades tell nothing of their spread."""
    return sizing.net_bound(record) if record.trades >= SPREAD_TRADES else None


def uncertainty(record: Record) -> float | None:
    """How far the bound lies under the mean net return of a trade, as a fraction; None while there is no bound."""
    bound = net_bound(record)
    return None if bound is None else record.net_return_mean - bound


def _count(name: str, value: int | Decimal, needed: int, words: str) -> Threshold:
    return Threshold(name, Decimal(value), Decimal(needed), value >= needed, words)
