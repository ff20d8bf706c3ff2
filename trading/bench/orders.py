"""P3: orders per second through the four gates, durable; rows committed are what counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from django.db import connection

from accounts.domain.identity import new_id
from trading.bench import anchors, naive, wishes, world
from trading.bench.rounds import Row, Size, rates
from trading.bench.world import Seat, World
from trading.domain.policy import Policy
from trading.domain.requests import Claimed, OrderRequest
from trading.operations import act, claim, record
from trading.operations.act import never
from trading.operations.placing import ManualOrder
from trading.operations.submit import submit_manual
from trading.operations.together import Together
from trading.venues import venue

BATCH = 1_000
COPY = "gates in memory and a bare COPY"
MINUTE = timedelta(minutes=1)
_positions = count(1)
_minutes = (world.START + MINUTE * number for number in count(1))


@anchors.bare_table()
def claims(size: Size, policy: Policy) -> list[Row]:
    """Entries claimed in batches of a thousand, beside the ORM and beside the gates with a bare COPY."""
    place = world.build(bots=size.orders, parameters=[{}])
    wide = wishes.roomy(policy)

    def ours(number: int) -> int:
        asked, now = entries_now(place, place.seats)
        done = claim.claim(asked, policy=wide, now=now, kill_switch=False).orders
        return sum(order.state == "SENDING" for order in done)

    def orm(number: int) -> int:
        asked, now = entries_now(place, place.seats[: size.single])
        return naive.claim_one_by_one(asked, policy=wide, now=now)

    asked, now = entries_now(place, place.seats)
    best, mine, slow = rates(
        {COPY: anchors.gates_and_copy(asked, policy=wide, now=now), "claim in batches of 1,000": ours, "the ORM": orm}, rounds=size.rounds
    )
    told = {"unit": "orders/s", "ours": mine, "n": size.orders, "rounds": size.rounds}
    return [
        Row(name="P3 claim / an order per transaction through the ORM", reference=slow, **told),  # type: ignore[arg-type]
        Row(name=f"P3 claim / {COPY}", reference=best, **told),  # type: ignore[arg-type]
    ]


@anchors.bare_table()
def all_the_way(size: Size, policy: Policy) -> list[Row]:
    """Entries and exits from the wish to postings, lots, matches, trades and equity, beside the same path order by order."""
    place = world.build(bots=max(size.orders // 2, 1), parameters=[{}])
    wide = wishes.roomy(policy)
    few = place.seats[: max(size.single // 2, 1)]
    asked, now = entries_now(place, place.seats)
    best, batched, single = rates(
        {
            COPY: anchors.gates_and_copy(asked, policy=wide, now=now),
            "all the way in batches of 1,000": trips(place, place.seats, batch=BATCH, policy=wide),
            "all the way order by order": trips(place, few, batch=1, policy=wide),
        },
        rounds=size.rounds,
    )
    told = {"unit": "orders/s", "ours": batched, "n": 2 * len(place.seats), "rounds": size.rounds}
    return [
        Row(name="P3 all the way to lots / the same path order by order", reference=single, **told),  # type: ignore[arg-type]
        Row(name=f"P3 all the way to lots / {COPY}", reference=best, **told),  # type: ignore[arg-type]
    ]


@anchors.bare_table()
def singles(size: Size, policy: Policy) -> list[Row]:
    """Single orders from several submitters at once, through the gates to the commit of the claim, as the ORM does from as many and
    as the anchor does; and whole submissions, each also looked up, quoted, sent and answered, beside empty round trips too."""
    place = world.build(bots=max(size.single, size.submitters), parameters=[{}])
    wide = wishes.roomy(policy)

    def orm(asked: OrderRequest, now: datetime) -> None:
        naive.claim_one_by_one([asked], policy=wide, now=now)

    def orm_at_once(number: int) -> int:
        asked, now = entries_now(place, place.seats)
        return _at_once([(orm, one, now) for one in asked], submitters=size.submitters)

    def submissions(number: int) -> int:
        now = next(_minutes)
        record_price(place, now=now)
        return _at_once([(_submit, place, seat, wide, now) for seat in place.seats], submitters=size.submitters)

    def claims_at_once(number: int) -> int:
        asked, now = entries_now(place, place.seats)
        shared = Together(partial(_claimed, policy=wide, now=now), fits=_any, most=claim.BATCH)
        return _at_once([(shared.ask, one) for one in asked], submitters=size.submitters)

    asked, now = entries_now(place, place.seats)
    best, gated, mine, slow, empty = rates(
        {
            COPY: anchors.gates_and_copy(asked, policy=wide, now=now), "single claims": claims_at_once, "whole submissions": submissions,
            "the ORM from as many submitters": orm_at_once,
            "empty round trips of one client": anchors.round_trips(20 * size.single),
        },
        rounds=size.rounds,
    )  # fmt: skip
    who = f"from {size.submitters} submitters"
    told = {"unit": "orders/s", "ours": mine, "n": len(place.seats), "rounds": size.rounds}
    return [
        Row(name=f"P3 single claims {who} / the ORM {who}", reference=slow, **told | {"ours": gated}),  # type: ignore[arg-type]
        Row(name=f"P3 single claims {who} / {COPY}", reference=best, **told | {"ours": gated}),  # type: ignore[arg-type]
        Row(name=f"P3 submissions {who} / the ORM {who}", reference=slow, **told),  # type: ignore[arg-type]
        Row(name=f"P3 submissions {who} / {COPY}", reference=best, **told),  # type: ignore[arg-type]
        Row(name=f"P3 submissions {who} / empty round trips", reference=empty, **told),  # type: ignore[arg-type]
    ]


def _claimed(asked: Sequence[OrderRequest], *, policy: Policy, now: datetime) -> list[Claimed]:
    done = claim.claim(asked, policy=policy, now=now, kill_switch=False).orders
    assert all(order.state == "SENDING" for order in done)
    return done


def _any(one: OrderRequest, other: OrderRequest) -> bool:
    """Any two entries of different bots share a claim."""
    return True


def _submit(place: World, seat: Seat, policy: Policy, now: datetime) -> None:
    body = ManualOrder(
        venue=world.VENUE, symbol=place.market.symbol, side="BUY", quantity=wishes.QUANTITY, bot_id=seat.bot,
        expected_edge_bps=wishes.EDGE,
    )  # fmt: skip
    order = submit_manual(
        owner=seat.owner, body=body, key=new_id().hex, actor=world.ACTOR, request_id="", now=now, policy=policy, kill_switch=never,
    )  # fmt: skip
    assert order.state == "OPEN", order.verdicts


def record_price(place: World, *, now: datetime) -> None:
    """The minute that closes now, from which the venue quotes."""
    world.store_minutes(place.market.id, [wishes.PRICE], since=now - MINUTE)


def entries_now(place: World, seats: Sequence[Seat]) -> tuple[list[OrderRequest], datetime]:
    at = next(_minutes)
    return wishes.entries(place, seats, position=next(_positions), at=at), at + MINUTE


def trips(place: World, seats: Sequence[Seat], *, batch: int, policy: Policy) -> Callable[[int], int]:
    """Buy and sell with each bot; answers the number of orders that are filled and booked."""

    def act_once(number: int) -> int:
        position = next(_positions)
        done = 0
        for wish in (wishes.entries, wishes.exits):
            at = next(_minutes)
            asked = wish(place, seats, position=position, at=at)
            done += sum(_through(place, part, now=at + MINUTE, policy=policy) for part in _parts(asked, batch))
        return done

    return act_once


def _through(place: World, asked: Sequence[OrderRequest], *, now: datetime, policy: Policy) -> int:
    """Claim, send, match against the next candle and book."""
    orders = claim.claim(asked, policy=policy, now=now, kill_switch=False).orders
    act.send(orders, market=place.market, now=now)
    reports = venue(world.VENUE).reports(market=place.market, working=wishes.working(orders, at=now), candle=wishes.candle(now))
    return record.book_reports(reports, market=place.market, marks={place.market.id: (wishes.PRICE, now + MINUTE)}, now=now + MINUTE).fills


def _parts(asked: Sequence[OrderRequest], batch: int) -> Iterator[Sequence[OrderRequest]]:
    return (asked[start : start + batch] for start in range(0, len(asked), batch))


def _at_once(tasks: Sequence[tuple[Any, ...]], *, submitters: int) -> int:
    """Do the tasks (function, arguments) from so many threads, each with its own connection; how many were done."""

    def work(mine: Sequence[tuple[Any, ...]]) -> int:
        try:
            for act_on, *arguments in mine:
                act_on(*arguments)
            return len(mine)
        finally:
            connection.close()

    connection.close()  # this thread waits; the pool is for the submitters
    with ThreadPoolExecutor(submitters) as pool:
        return sum(pool.map(work, [tasks[number::submitters] for number in range(submitters)]))
