"""Three real weeks with a bank panic, fifty bots, the whole pipeline: twice, and counted again from the fills alone."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from trading.tests import recorded
from trading.tests.recorded import needs_recorded

BOTS = 50
MINUTES = 30_240

pytestmark = [pytest.mark.django_db(transaction=True), needs_recorded]


def replay(name: str) -> dict[str, Any]:
    out = StringIO()
    call_command("replay", recorded.MINUTES, symbol="BTC/USDT", bots=BOTS, run=name, json=True, stdout=out, stderr=StringIO())
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def counted_again(owner: User) -> dict[str, Any]:
    """Cash, units, cost and profit from the deposit and the fills alone, in fractions, written from MONEY's rules and not from
    the ledger's code: first in first out per book, entry fees shared by units, fees in the quote asset."""
    fills = rows(
        "SELECT f.book_id, f.side, f.quantity, f.price, f.fee, f.executed_at FROM ledger_fill f JOIN ledger_wallet w ON w.id = f.wallet_id "
        "WHERE w.owner_id = %s ORDER BY f.executed_at, f.trade_id",
        owner.id,
    )
    cash = Fraction(10_000 * BOTS)
    lots: dict[Any, deque[list[Fraction]]] = defaultdict(deque)
    net: dict[Any, Fraction] = defaultdict(Fraction)
    by_day: dict[Any, Fraction] = defaultdict(Fraction)
    for book, side, quantity, price, fee, at in fills:
        units, value, cost = Fraction(quantity), Fraction(quantity) * Fraction(price), Fraction(fee)
        if side == "BUY":
            cash -= value + cost
            lots[book].append([units, value, cost])
            continue
        cash += value - cost
        left = units
        while left:
            lot = lots[book][0]
            take = min(left, lot[0])
            part = take / lot[0]
            profit = value * take / units - cost * take / units - (lot[1] + lot[2]) * part
            net[book] += profit
            by_day[at.date()] += profit
            lot[0], lot[1], lot[2] = lot[0] - take, lot[1] * (1 - part), lot[2] * (1 - part)
            left -= take
            if not lot[0]:
                lots[book].popleft()
    return {
        "cash": cash, "units": sum((lot[0] for book in lots.values() for lot in book), Fraction()),
        "cost": sum((lot[1] + lot[2] for book in lots.values() for lot in book), Fraction()), "net": net,
        "by_day": {day: profit for day, profit in by_day.items() if profit},
        "fees": sum((Fraction(fee) for *_, fee, _ in fills), Fraction()), "fills": len(fills),
    }


def test_fifty_bots_trade_three_real_weeks_and_the_books_are_right_to_the_last_digit() -> None:
    first = replay("first")
    owner = User.objects.get(username="replay-first")
    print(json.dumps(first, indent=1))

    assert first["ticks"] == MINUTES
    assert first["bots"] == BOTS
    assert first["fills"] >= 300
    assert first["limits"]["max_consecutive_losses"] == "5", "the limits in force are the defaults, and are printed"
    assert all(first["refusals"][gate] > 0 for gate in "ABCD"), first["refusals"]
    assert all(first["exits"][reason] > 0 for reason in ("STOP_LOSS", "TAKE_PROFIT", "TRAILING", "SIGNAL")), first["exits"]
    assert first["ledger_ok"]

    again = counted_again(owner)
    [(cash, reserved, deficit)] = rows(
        "SELECT sum(cash), sum(reserved), sum(deficit) FROM ledger_balance b JOIN ledger_book k ON k.id = b.book_id "
        "JOIN ledger_wallet w ON w.id = k.wallet_id WHERE w.owner_id = %s AND b.asset_id = 'USDT'",
        owner.id,
    )
    assert Fraction(cash + reserved) == again["cash"]
    assert deficit == 0
    [(units, cost)] = rows(
        "SELECT coalesce(sum(remaining), 0), coalesce(sum(cost_left + fee_left), 0) FROM ledger_lot l "
        "JOIN ledger_book k ON k.id = l.book_id JOIN ledger_wallet w ON w.id = k.wallet_id WHERE w.owner_id = %s",
        owner.id,
    )
    assert Fraction(units) == again["units"]
    assert Fraction(cost) == again["cost"]
    per_book = rows(
        "SELECT m.book_id, sum(m.net) FROM ledger_lotmatch m JOIN ledger_book k ON k.id = m.book_id JOIN ledger_wallet w "
        "ON w.id = k.wallet_id WHERE w.owner_id = %s GROUP BY 1",
        owner.id,
    )
    assert {book: Fraction(profit) for book, profit in per_book} == dict(again["net"])
    per_day = rows(
        "SELECT p.day, sum(p.net) FROM ledger_profitbucket p JOIN ledger_book k ON k.id = p.book_id JOIN ledger_wallet w "
        "ON w.id = k.wallet_id WHERE w.owner_id = %s GROUP BY 1 HAVING sum(p.net) <> 0",
        owner.id,
    )
    assert {day: Fraction(profit) for day, profit in per_day} == again["by_day"]
    trades = rows("SELECT coalesce(sum(profit_loss), 0) FROM trading_trade WHERE owner_id = %s", owner.id)
    assert Fraction(trades[0][0]) == sum(again["net"].values())
    assert Fraction(Decimal(first["fees"])) == again["fees"]
    assert first["fills"] == again["fills"]

    second = replay("second")
    assert second["ledger_digest"] == first["ledger_digest"]
    assert {key: second[key] for key in second if key not in ("run", "seconds")} == {
        key: first[key] for key in first if key not in ("run", "seconds")
    }
