"""Every value of the environment: its documented default is the real one, and its effect is proven, or none is claimed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, expect

from accounts.models import User
from accounts.realtime import wire
from accounts.tests import builders as people
from amarktai.dashboard.tests.builders import window
from amarktai.dashboard.tests.conftest import browser, site
from amarktai.launcher.places import PROJECT
from amarktai.tests.test_settings import DOCUMENT, environment_of
from ledger.models import Wallet
from trading.domain.costs import Top
from trading.market import quotes, store
from trading.models import Order
from trading.operations import submit
from trading.operations.placing import ManualOrder
from trading.tests import builders as trades
from trading.tests.builders import NOON

__all__ = ["browser", "site"]
pytestmark = pytest.mark.django_db

HERE = "amarktai/tests/test_switches.py"
SETTINGS = "amarktai/tests/test_settings.py"
UP = "amarktai/tests/launcher/test_up.py"
GATES = "trading/tests/domain/test_gates.py"
BREAKER = "trading/tests/domain/test_breaker_rules.py"
POSITIONS = "trading/tests/operations/test_position_limits.py"
DEMO = "trading/tests/doors/test_system_doors.py"
# Where the effect of a value is proven; the file names it, as the environment or the policy writes it.
PROOFS = {
    "ADMIN_REQUIRE_2FA": SETTINGS, "ALLOWED_HOSTS": SETTINGS, "AMARKTAI_CLOCK_OFFSET": SETTINGS, "USE_ORDER_PIPELINE": SETTINGS,
    "AMARKTAI_DATA": "amarktai/tests/launcher/conftest.py", "DATABASE_URL": UP, "REDIS_URL": UP,
    "DATABASE_OWNER_URL": HERE, "DATABASE_POOL_SIZE": HERE, "CSRF_TRUSTED_ORIGINS": HERE, "BEHIND_PROXY": HERE, "DEBUG": SETTINGS,
    "LOG_LEVEL": HERE, "SECRET_KEY": HERE, "ANCHOR_KEY": "ledger/tests/operations/test_anchors.py", "ENCRYPTION_KEYS": HERE, "SIM_CANDLE_SECONDS": HERE,
    "AMARKTAI_DEMO_PASSWORD": DEMO, "AMARKTAI_DEMO_OTP_SECRET": DEMO, "AMARKTAI_SMOKE_TOKEN": HERE,
    "ENABLE_TRADING": HERE, "ENABLE_PAPER_TRADING": HERE, "ENABLE_REALTIME": HERE, "PAPER_SUPPORTED_EXCHANGES": HERE,
    "BOOTSTRAP_TRADES": "trading/tests/domain/test_sizing.py", "BOOTSTRAP_FRACTION": "trading/tests/domain/test_sizing.py",
    "MAX_QUOTE_AGE_SECONDS": HERE,
    "MIN_EDGE_BPS": GATES, "SAFETY_MARGIN_BPS": GATES, "SLIPPAGE_BUFFER_BPS": GATES, "MAX_SLIPPAGE_BPS": HERE,
    "MAX_TRADES_PER_BOT_DAILY": GATES, "MAX_TRADES_PER_USER_DAILY": GATES, "BURST_LIMIT_ORDERS_PER_EXCHANGE": GATES,
    "BURST_LIMIT_WINDOW_SECONDS": GATES,
    "MAX_DRAWDOWN_PERCENT": BREAKER, "MAX_DAILY_LOSS_PERCENT": BREAKER, "MAX_CONSECUTIVE_LOSSES": BREAKER,
    "MAX_ERRORS_PER_HOUR": BREAKER, "DAILY_STOP_PNL_PCT": BREAKER, "WEEKLY_STOP_PNL_PCT": BREAKER,
    "CONSERVATIVE_MAX_DRAWDOWN_PERCENT": BREAKER, "MIN_TRADE_NOTIONAL_USD": POSITIONS,
    "MAX_TOTAL_AT_RISK_PCT": HERE, "MAX_POSITION_SIZE_PCT": HERE,
}  # fmt: skip
NO_EFFECT_YET = {"ENABLE_LIVE_TRADING", "ENABLE_SELF_HEALING", "EXCHANGE_READ_ONLY", "PENDING_ORDER_TTL_HOURS"}
LINE = re.compile(r"^# ([A-Z][A-Z0-9_]+)=(.*)$")


def documented() -> dict[str, tuple[str, str]]:
    """Each value of env.example: its default, and the words above it."""
    found: dict[str, tuple[str, str]] = {}
    words: list[str] = []
    after_value = False
    for line in DOCUMENT.read_text().splitlines():
        if match := LINE.match(line):
            found[match[1]] = (match[2], " ".join(words))
            after_value = True
            continue
        words = [] if after_value or not line.startswith("# ") else words
        after_value = False
        words = [*words, line.removeprefix("# ")] if line.startswith("# ") else words
    return found


def test_the_effect_of_every_value_is_proven_or_none_is_claimed() -> None:
    assert set(documented()) == set(PROOFS) | NO_EFFECT_YET
    assert set(PROOFS) & NO_EFFECT_YET == set()
    for name, (_, words) in documented().items():
        assert ("No effect yet" in words) == (name in NO_EFFECT_YET), name


@pytest.mark.parametrize("name", sorted(PROOFS))
def test_the_proof_names_the_value(name: str) -> None:
    text = (PROJECT / PROOFS[name]).read_text()
    text = text.split("LINE = re", 1)[1] if PROOFS[name] == HERE else text
    short = name.removeprefix("AMARKTAI_").removeprefix("CONSERVATIVE_")
    assert name in text or name.lower() in text or short in text or short.lower() in text


def seen(**environment: str) -> dict[str, Any]:
    """What a fresh process makes of an environment."""
    names = (
        "POLICY DEBUG ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS BEHIND_PROXY ADMIN_REQUIRE_2FA DATABASE_POOL_SIZE LOG_LEVEL SIM_CANDLE_SECONDS "
        "CLOCK_OFFSET_SECONDS DEMO_PASSWORD DEMO_OTP_SECRET SMOKE_TOKEN SECRET_KEY KEY_RING DATABASE_URL DATABASES"
    )
    code = (
        "import json; from amarktai import settings as s\n"
        f"told = {{name: repr(getattr(s, name)) for name in {names!r}.split()}}\n"
        "told['proxy'] = getattr(s, 'SECURE_PROXY_SSL_HEADER', None); told['owner'] = s.SERVICES.owner_url\n"
        "told['level'] = s.LOGGING['root']['level']\n"
        "from amarktai import beat; told['beat'] = sorted(beat.table(sim_candle_seconds=s.SIM_CANDLE_SECONDS))\n"
        "print(json.dumps(told))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=environment_of(**environment), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_each_documented_default_is_the_real_one() -> None:
    examples = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "AMARKTAI_DATA"}
    said = {name: value for name, (value, _) in documented().items() if value and name not in examples}
    assert len(said) > 30
    assert seen(**said) == seen()


RING = "a:" + 43 * "A" + "="


@pytest.mark.parametrize(
    ("name", "value", "effect"),
    [
        ("DATABASE_POOL_SIZE", "3", lambda told: "'max_size': 3" in told["DATABASES"]),
        ("CSRF_TRUSTED_ORIGINS", "https://a.example", lambda told: told["CSRF_TRUSTED_ORIGINS"] == "['https://a.example']"),
        ("BEHIND_PROXY", "true", lambda told: told["proxy"] == ["HTTP_X_FORWARDED_PROTO", "https"]),
        ("LOG_LEVEL", "ERROR", lambda told: told["level"] == "ERROR"),
        ("SECRET_KEY", "a word", lambda told: told["SECRET_KEY"] == "'a word'"),
        ("ENCRYPTION_KEYS", RING, lambda told: told["KEY_RING"] == repr({"a": bytes(32)})),
        ("AMARKTAI_SMOKE_TOKEN", "a token", lambda told: told["SMOKE_TOKEN"] == "'a token'"),
        ("SIM_CANDLE_SECONDS", "2", lambda told: "tick sim 2s" in told["beat"] and "tick sim 5s" not in told["beat"]),
        ("DATABASE_OWNER_URL", "postgresql://x@y/z", lambda told: told["owner"] == "postgresql://x@y/z"),
    ],
)
def test_a_value_and_the_file_that_holds_it_say_the_same(name: str, value: str, effect: Callable[[dict[str, Any]], bool], tmp_path: Any) -> None:
    file = tmp_path / "value"
    file.write_text(value + "\n")
    assert effect(seen(**{name: value}))
    assert effect(seen(**{f"{name}_FILE": str(file)}))
    assert not effect(seen())


def switched(patch: Any, **changes: Any) -> None:
    patch.POLICY = replace(settings.POLICY, **changes)


BUY = {"venue": "sim", "symbol": "BTC/USDT", "side": "BUY", "type": "MARKET", "quantity": "0.001", "mode": "PAPER"}


@pytest.mark.parametrize("switch", ["enable_trading", "enable_paper_trading"])
def test_without_the_switch_no_order_is_claimed_and_the_row_says_why(switch: str, alice_api: Any, alice_wallet: object, settings: Any) -> None:
    """ENABLE_TRADING=false and ENABLE_PAPER_TRADING=false."""
    switched(settings, **{switch: False})
    told = alice_api.post("/api/orders/submit", BUY, format="json", HTTP_IDEMPOTENCY_KEY="k-1")
    order = Order.objects.get()
    assert (told.status_code, order.state) == (422, "REFUSED")
    assert "TRADING_DISABLED" in {gate["code"] for gate in told.json()["details"]["gates"]} | {order.refusal}


@pytest.fixture
def quoted(alice: User) -> User:
    """Alice with 10,000 at `recorded`, where the last close is 20,000 at noon and the ask 20,001."""
    trades.fund(alice, "10000")
    market = trades.market()
    store.append(market_id=market.id, timeframe="1m", window=trades.window([(20_000, 20_000, 20_000, 20_000)], first=-1))
    quotes.remember(tops={market.id: Top(Decimal(19_999), Decimal(20_001), NOON)}, now=NOON)
    return alice


def bought(user: User, *, now: datetime = NOON, **changes: Any) -> Order:
    body = ManualOrder(venue="recorded", symbol="BTC/USDT", side="BUY", quantity=Decimal("0.01"))
    return submit.submit_manual(
        owner=user.id, body=body, key="k-1", actor=f"user:{user.id}", request_id="r", now=now, policy=trades.policy(**changes),
        kill_switch=lambda: False,
    )  # fmt: skip


@pytest.mark.parametrize(("most", "refusal"), [(30, "QUOTE_STALE"), (31, "")])
def test_a_quote_may_be_as_old_as_it_is_told(quoted: User, most: int, refusal: str) -> None:
    """MAX_QUOTE_AGE_SECONDS: the newest close is 31 seconds old."""
    assert bought(quoted, now=NOON + timedelta(seconds=31), max_quote_age_seconds=most).refusal == refusal


@pytest.mark.parametrize(("bps", "bound"), [(50, "20101.00"), (100, "20201.01")])
def test_an_entry_goes_out_at_the_slippage_that_is_allowed(quoted: User, bps: int, bound: str) -> None:
    """MAX_SLIPPAGE_BPS: 20,001 x 1.005 = 20,101.005 and 20,001 x 1.01 = 20,201.01, down to the tick of 0.01."""
    assert bought(quoted, max_slippage_bps=Decimal(bps)).price == Decimal(bound)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, "POSITION_SIZE"),
        ({"max_position_size_pct": Decimal(6)}, ""),
        ({"max_position_size_pct": Decimal(6), "max_total_at_risk_pct": Decimal("5.1")}, "TOTAL_AT_RISK"),
    ],
)
def test_a_careful_bot_may_hold_the_share_that_it_is_told(alice: User, changes: dict[str, Any], refusal: str) -> None:
    """MAX_POSITION_SIZE_PCT and MAX_TOTAL_AT_RISK_PCT: 0.026 BTC at 20,000 are 520, which is 5.2 % of 10,000."""
    trades.fund(alice, "10000")
    bot = trades.bot(alice, capital="2000", profile="conservative")
    [order] = trades.claimed(trades.request(bot, quantity="0.026", profile=bot.profile), now=NOON, **changes).orders
    assert order.refusal == refusal


def test_a_venue_that_is_not_supported_opens_neither_wallets_nor_bots(alice_api: Any, alice_wallet: Wallet, settings: Any) -> None:
    """PAPER_SUPPORTED_EXCHANGES=recorded."""
    wallet = {"venue": "sim", "mode": "PAPER"}
    bot = {"name": "A", "venue": "sim", "symbol": "BTC/USDT", "strategy": "ema_cross", "parameters": {}, "capital": "1000"}
    switched(settings, paper_supported_exchanges=("recorded",))
    for path, body in (("/api/wallets", wallet), ("/api/bots", bot)):
        told = alice_api.post(path, body, format="json")
        assert 400 <= told.status_code < 500, path
        assert "recorded" in told.content.decode() or "UNSUPPORTED" in told.content.decode(), told.content
    for page in ("/bots/new", "/orders/new", "/money/deposit"):
        assert window(alice_wallet.owner).get(page).status_code == 200, page
    switched(settings, paper_supported_exchanges=("sim", "recorded"))
    assert alice_api.post("/api/bots", bot, format="json").status_code == 201


@pytest.mark.parametrize(("on", "heard"), [(True, 1), (False, 0)])
def test_without_realtime_nothing_is_put_on_the_wire(on: bool, heard: int, settings: Any) -> None:
    """ENABLE_REALTIME=false."""
    switched(settings, enable_realtime=on)
    with redis.Redis.from_url(settings.REDIS_URL) as line, line.pubsub(ignore_subscribe_messages=True) as hearing:
        hearing.subscribe(wire.EVERYBODY)
        hearing.get_message(timeout=5)
        wire.broadcast(type="heartbeat", data={})
        line.publish(wire.EVERYBODY, "the end")
        messages = []
        while (message := hearing.get_message(timeout=5)) is None or message["data"] != b"the end":
            messages += [message] if message else []
    assert len(messages) == heard


@pytest.mark.browser
@pytest.mark.enable_socket
def test_without_realtime_a_page_opens_no_socket_and_asks_again_by_itself(browser: Browser, site: str, settings: Any) -> None:
    """ENABLE_REALTIME=false."""
    switched(settings, enable_realtime=False)
    person: User = people.person("tess")
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    context = browser.new_context()
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    page = context.new_page()
    sockets: list[str] = []
    page.on("websocket", lambda opened: sockets.append(opened.url))
    page.goto(site)
    expect(page.locator("#wire [data-word]")).to_have_text("polling", timeout=60_000)
    with page.expect_request(lambda asked: asked.headers.get("hx-request") == "true", timeout=60_000):
        pass
    assert sockets == []
    context.close()
