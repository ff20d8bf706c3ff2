"""Is trading alive and allowed? Ticks, market data, halts."""

from __future__ import annotations

from django.conf import settings

from amarktai.health import checks
from amarktai.smoke import asking
from amarktai.smoke.check import Check, Failed, Target
from amarktai.smoke.pages import STATUS
from amarktai.smoke.servers import state, young
from trading.operations import kill_switch


def tick_age(target: Target) -> str:
    return young(*checks.ticks(state(target)))


def market_data_age(target: Target) -> str:
    return young(*checks.market_data(state(target)))


def halts(target: Target) -> str:
    """Nothing halts the whole platform, and the pages say the same as the database."""
    if kill_switch.exists(settings.DATA_DIR):
        raise Failed(f"The kill-switch file lies in {settings.DATA_DIR}: nothing trades.")
    found = state(target)
    if found.halted:
        since = next(halt.raised_at for halt in found.halts if halt.scope == "GLOBAL" and halt.level == "HALTED")
        raise Failed(f"An emergency stop is in force since {since:%Y-%m-%d %H:%M:%S} UTC: nothing trades.")
    if asking.json_object(asking.get(target, STATUS), path=STATUS).get("halted") is not False:
        raise Failed(f"{target.url} says that it is halted, and this database says that it is not: do they belong together?")
    return f"{len(found.halts)} in force, none over everything"


CHECKS = (
    Check("tick age", tick_age),
    Check("market data age", market_data_age),
    Check("halts", halts),
)
