"""The facts a claim judges on, gathered with a constant number of statements under the claim's locks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.queries.sql import Asked, Asking
from trading.domain import nav as levels
from trading.domain.breaker import Numbers
from trading.domain.policy import Policy, profiles_of_person
from trading.domain.requests import Nav, OrderRequest
from trading.queries import careful, exposures
from trading.queries.exposures import Exposures

ONE = Decimal(1)
FLAT = Nav(ONE, ONE, ONE, ONE)

_COUNTS = """
SELECT owner_id, bot_id, entries FROM trading_entrycount
WHERE owner_id = ANY(%s) AND day = %s AND (bot_id IS NULL OR bot_id = ANY(%s))
"""
_ATTEMPTS = """
SELECT intent, max(attempt), bool_or(ending IS NULL) FROM trading_order WHERE intent = ANY(%s) AND attempt > 0 GROUP BY intent
"""
_OF_WALLET = """
SELECT w.id,
    (SELECT count(*) FROM trading_order o
     WHERE o.owner_id = w.owner_id AND o.created_at > %s AND o.wallet_id = w.id AND o.leg = 'ENTRY' AND o.state <> 'REFUSED'),
    EXISTS (SELECT 1 FROM ledger_book k JOIN ledger_balance b ON b.book_id = k.id WHERE k.wallet_id = w.id AND b.deficit > 0)
FROM ledger_wallet w WHERE w.id = ANY(%s::uuid[])
"""
_BREAKERS = f"""
SELECT owner_id, mode, bot_id, nav, peak, day_nav, week_nav, errors, day,
    bot_id IS NULL AND EXISTS (SELECT FROM bots_bot b WHERE b.owner_id = s.owner_id AND b.mode = s.mode AND {careful.MAKES_STRICT})
FROM trading_breakerstate s WHERE owner_id = ANY(%s) AND (bot_id IS NULL OR bot_id = ANY(%s))
"""  # noqa: S608 - a constant, and no value

BreakerKey = tuple[int, str, int | None]  # person, mode, bot (None: the person's own breaker)


@dataclass(frozen=True, slots=True)
class BreakerRow:
    """Levels and error times. careful: of a person one of whose running bots is conservative."""

    nav: Nav
    errors: tuple[str, ...]
    careful: bool = False


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """Numbers per bot, person, wallet and intent as they stand before the batch, keyed by the number of the id
    (`UUID.int`): comparing ids costs Python more than the gates do."""

    entries_of_bot: dict[int, int]
    entries_of_user: dict[int, int]
    burst: dict[int, int]
    attempts: dict[int, int]
    in_flight: frozenset[int]
    wallets_in_deficit: frozenset[int]
    loss_streaks: dict[int, int]
    breakers: dict[BreakerKey, BreakerRow]
    errors_since: str
    exposures: Exposures = field(default_factory=Exposures)

    def profiles(self, key: BreakerKey, *, of_order: str) -> frozenset[str]:
        """Profiles that this breaker is judged by: a bot's own, which its order brings; a person's by the strictest they run."""
        row = self.breakers.get(key)
        if key[2] is not None:
            return frozenset({of_order})
        return profiles_of_person(careful=row is not None and row.careful)

    def breaker_numbers(self, key: BreakerKey, *, nav: Nav | None) -> Numbers | None:
        """Breaker numbers of a bot (with the tick's nav when given) or of a person (bot None); None when there are none yet."""
        row = self.breakers.get(key)
        bot = key[2]
        if row is None and nav is None and bot not in self.loss_streaks:
            return None
        errors = sum(at >= self.errors_since for at in row.errors) if row else 0
        streak = self.loss_streaks.get(bot, 0) if bot is not None else 0
        return Numbers(nav=nav or (row.nav if row else FLAT), loss_streak=streak, errors_last_hour=errors)


def gathering(requests: Sequence[OrderRequest], *, policy: Policy, now: datetime) -> Asking[ClaimFacts]:
    """Facts for these requests. `now` is tick time: days and windows are counted by it."""
    owners = list({r.owner for r in requests})
    bots = list({r.bot for r in requests if r.bot is not None})
    window = now - timedelta(seconds=policy.burst_limit_window_seconds)
    counts, attempts, of_wallet, streaks, breakers = yield [
        Asked(_COUNTS, (owners, now.date(), bots)),
        Asked(_ATTEMPTS, ([r.intent for r in requests],)),
        Asked(_OF_WALLET, (window, list({r.wallet for r in requests}))),
        Asked("SELECT bot_id, loss_streak FROM trading_trackrecord WHERE bot_id = ANY(%s)", (bots,)),
        Asked(_BREAKERS, (owners, bots)),
    ]
    return ClaimFacts(
        entries_of_bot={bot.int: n for _, bot, n in counts if bot is not None},
        entries_of_user={owner.int: n for owner, bot, n in counts if bot is None},
        burst={wallet.int: n for wallet, n, _ in of_wallet},
        attempts={intent.int: number for intent, number, _ in attempts},
        in_flight=frozenset(intent.int for intent, _, working in attempts if working),
        wallets_in_deficit=frozenset(wallet.int for wallet, _, owes in of_wallet if owes),
        loss_streaks={bot.int: streak for bot, streak in streaks},
        breakers=_breakers(breakers, today=now.date()),
        errors_since=(now - timedelta(hours=1)).isoformat(),
        exposures=_exposures(requests, policy=policy, now=now),
    )


def _exposures(requests: Sequence[OrderRequest], *, policy: Policy, now: datetime) -> Exposures:
    """What people have at risk; asked for only where an entry of a profile that limits it is in the batch."""
    limited = {profile for profile in {r.profile for r in requests} if policy.position_limits(profile) is not None}
    owners = {r.owner for r in requests if r.profile in limited and not r.reducing} if limited else set()
    if not owners:
        return Exposures()
    return exposures.of_people(
        owners=owners, prices={r.rules.market: r.decision_price for r in requests}, quotes={r.rules.quote for r in requests},
        replayed=bool(requests[0].run), now=now,
    )  # fmt: skip


def _breakers(rows: Sequence[tuple[Any, ...]], *, today: date) -> dict[BreakerKey, BreakerRow]:
    found: dict[BreakerKey, BreakerRow] = {}
    for owner, mode, bot, nav, peak, day_nav, week_nav, errors, day, strict in rows:
        standing = levels.as_of(Nav(nav, peak, day_nav, week_nav), day=day, today=today)
        found[owner.int, mode, bot.int if bot else None] = BreakerRow(standing, tuple(_parsed(errors)), strict)
    return found


def _parsed(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else json.loads(value)


def bot_statuses(bots: list[UUID]) -> Asking[dict[int, str]]:
    """Status of each bot, to be read fresh (after the gate lock)."""
    [rows] = yield [Asked("SELECT id, status FROM bots_bot WHERE id = ANY(%s)", (bots,))]
    return {bot.int: status for bot, status in rows}
