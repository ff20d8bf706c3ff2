"""Strategies over HTTP: what there is, and bots of each family made and refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.web import clock
from ledger.models import Wallet
from trading import venues
from trading.tests.doors import builders

FAMILIES = {
    "ema_cross": {"fast": 12, "slow": 26, "volatility": 60},
    "rsi_reversion": {"period": 14, "oversold": 30, "exit": 55, "volatility": 60},
    "donchian_breakout": {"entry": 20, "exit": 10, "volatility": 60},
}


@pytest.fixture(autouse=True)
def sim(alice_wallet: Wallet) -> None:
    venues.venue("sim").ensure_markets(now=clock.now())


def wish(family: str, **parameters: Any) -> dict[str, Any]:
    return {"name": family, "symbol": "BTC/USDT", "strategy": family, "parameters": parameters, "capital": "200"}


def test_every_family_states_its_edge_and_its_parameters_with_bounds_and_a_sentence(alice_api: APIClient) -> None:
    found = {each["family"]: each for each in alice_api.get("/api/strategies").json()}
    assert set(FAMILIES) <= set(found)
    for family, defaults in FAMILIES.items():
        told = found[family]
        assert "edge = " in told["description"]
        assert {one["name"]: int(one["default"]) for one in told["parameters"]} == defaults
        for one in told["parameters"]:
            assert Decimal(one["low"]) <= Decimal(one["default"]) <= Decimal(one["high"])
            assert one["unit"] in ("candles", "points")
            assert one["sentence"].endswith(".")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_bot_of_each_family_is_made_with_the_defaults_and_has_a_chart(family: str, alice_api: APIClient) -> None:
    made = alice_api.post("/api/bots", wish(family), format="json")
    assert made.status_code == 201, made.json()
    assert made.json()["parameters"] == FAMILIES[family]
    path = f"/api/bots/{made.json()['id']}"
    assert alice_api.post(f"{path}/start").json()["status"] == "RUNNING"
    assert alice_api.get(f"{path}/candles?limit=10").status_code == 200


@pytest.mark.parametrize(
    ("family", "parameters", "named", "low", "high"),
    [
        ("rsi_reversion", {"period": 1}, "period", "2", "500"),
        ("rsi_reversion", {"period": "NaN"}, "period", "2", "500"),
        ("rsi_reversion", {"oversold": 51}, "oversold", "1", "50"),
        ("rsi_reversion", {"oversold": 40, "exit": 40}, "oversold", "1", "39"),
        ("rsi_reversion", {"exit": "55.5"}, "exit", "2", "99"),
        ("donchian_breakout", {"entry": 1}, "entry", "2", "2000"),
        ("donchian_breakout", {"exit": 2001}, "exit", "2", "2000"),
        ("donchian_breakout", {"volatility": None}, "volatility", "2", "2000"),
    ],
)
def test_a_parameter_out_of_bounds_is_422_and_names_them(
    family: str, parameters: dict[str, Any], named: str, low: str, high: str, alice_api: APIClient
) -> None:
    before = builders.rows()
    answer = alice_api.post("/api/bots", wish(family, **parameters), format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "BAD_PARAMETER")
    told = answer.json()["details"]
    assert (told["parameter"], told["low"], told["high"]) == (named, low, high)
    assert builders.rows() == before


def test_a_parameter_of_another_family_is_422(alice_api: APIClient) -> None:
    answer = alice_api.post("/api/bots", wish("donchian_breakout", period=14), format="json")
    assert (answer.status_code, answer.json()["details"]["known"]) == (422, ["entry", "exit", "volatility"])


def test_the_chart_of_a_breakout_shows_its_channels(alice: User, alice_api: APIClient) -> None:
    """Sixty minutes that rise by 1.00 from 100.00: the highest of three is the last one, the lowest of two the one before."""
    bot = builders.bot(alice, strategy="donchian_breakout", parameters={"entry": 3, "exit": 2, "volatility": 2})
    builders.rising(bot.market, minutes=60)
    chart = alice_api.get(f"/api/bots/{bot.id}/candles?limit=3").json()
    drawn = {series["name"]: [point["v"] for point in series["points"]] for series in chart["series"]}
    assert drawn == {"HIGH 3": [157.0, 158.0, 159.0], "LOW 2": [156.0, 157.0, 158.0]}
