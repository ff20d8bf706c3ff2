"""Celery's doors of the trading floor: take the time once, one call, done. Lost tasks cost seconds, never a fact."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.conf import settings

from accounts.web import clock
from trading.operations import backfill as backfiller
from trading.operations import decisions, feed, ledger_proof
from trading.operations import heartbeat as heartbeats
from trading.operations import sweep as sweeper


@shared_task
def heartbeat() -> None:
    """Runs in a worker because beat sent it: it proves both."""
    heartbeats.beat(processes=("worker", "beat"), now=clock.now())


@shared_task
def backfill() -> None:
    """A chunk of history for each stream that has not gone live yet."""
    backfiller.work(policy=settings.POLICY, now=clock.now(), data_dir=settings.DATA_DIR)


@shared_task
def sweep() -> None:
    sweeper.sweep(data_dir=settings.DATA_DIR, policy=settings.POLICY, now=clock.now())


@shared_task
def prove_ledger() -> None:
    """The next wallets of a proof that goes over all of them and over again."""
    ledger_proof.advance(now=clock.now())


@shared_task
def forget_decisions() -> None:
    """The next batch of those that are older than 90 days."""
    decisions.forget(now=clock.now())


@shared_task
def tick(venue: str, timeframe: str) -> None:
    """One task per market: a slow market holds up nobody else."""
    for stream in feed.streams_of(venue_name=venue, timeframe=timeframe, now=clock.now()):
        tick_stream.apply_async(args=[str(stream)], expires=30)


@shared_task
def tick_stream(stream: str) -> None:
    feed.tick_stream(stream_id=UUID(stream), policy=settings.POLICY, now=clock.now(), data_dir=settings.DATA_DIR)
