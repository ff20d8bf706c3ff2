"""The environment: every value documented, nonsense refused, and what each switch of the installation does."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from environs import EnvValidationError

from amarktai import config
from amarktai.launcher.places import PROJECT
from trading.domain.policy import Policy

DEFAULTS = [name.upper() for name in Policy.__slots__]
DOCUMENT = PROJECT / "deploy" / "env.example"


def environment_of(**changes):
    """The environment of a stranger's shell with these changes, in the data folder of this run."""
    return {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "AMARKTAI_DATA"}} | changes


def loaded(**environment):
    """What a fresh process makes of an environment: (return code, words)."""
    words = "import json; from amarktai import settings as s; print(json.dumps([s.TLS, s.SECURE_HSTS_SECONDS, str(s.POLICY.max_slippage_bps)]))"
    done = subprocess.run(
        [sys.executable, "-c", words], cwd=PROJECT, env=environment_of(**environment), capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def complaint(**environment):
    """What the reader says to the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        env = config.Reader()
        config.read_policy(env)
        try:
            env.seal()
        except EnvValidationError as error:
            return config.complaint(error)
    return ""


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("MAX_DRAWDOWN_PERCENT", "20", "0.20"),
        ("MAX_DRAWDOWN_PERCENT", "0", "0.20"),
        ("MAX_DRAWDOWN_PERCENT", "NaN", "0.20"),
        ("MAX_DAILY_LOSS_PERCENT", "-0.1", "0.20"),
        ("DAILY_STOP_PNL_PCT", "3", "-3.0"),
        ("MAX_TOTAL_AT_RISK_PCT", "150", "15.0"),
        ("MAX_SLIPPAGE_BPS", "-1", "basis points"),
        ("MIN_TRADE_NOTIONAL_USD", "Infinity", "fifteen dollars"),
        ("MIN_TRADE_NOTIONAL_USD", "-1", "amount"),
        ("BOOTSTRAP_TRADES", "0", "at least 1"),
        ("BOOTSTRAP_TRADES", "many", "whole number"),
        ("ENABLE_TRADING", "perhaps", "boolean"),
        ("PAPER_SUPPORTED_EXCHANGES", "luno,mtgox", "mtgox"),
        ("USE_ORDER_PIPELINE", "false", "ENABLE_TRADING=false"),
    ],
)
def test_nonsense_is_refused_with_a_hint(name, value, hint):
    said = complaint(**{name: value})
    assert name in said
    assert hint in said


FRACTIONS = ("MAX_DRAWDOWN_PERCENT", "MAX_DAILY_LOSS_PERCENT", "CONSERVATIVE_MAX_DRAWDOWN_PERCENT", "BOOTSTRAP_FRACTION")
PERCENTS = ("MAX_TOTAL_AT_RISK_PCT", "MAX_POSITION_SIZE_PCT")
LOSSES = ("DAILY_STOP_PNL_PCT", "WEEKLY_STOP_PNL_PCT")
POINTS = ("MIN_EDGE_BPS", "SAFETY_MARGIN_BPS", "SLIPPAGE_BUFFER_BPS", "MAX_SLIPPAGE_BPS")
COUNTS = (
    "MAX_TRADES_PER_BOT_DAILY", "MAX_TRADES_PER_USER_DAILY", "BURST_LIMIT_ORDERS_PER_EXCHANGE", "BURST_LIMIT_WINDOW_SECONDS",
    "MAX_CONSECUTIVE_LOSSES", "MAX_ERRORS_PER_HOUR", "MAX_QUOTE_AGE_SECONDS", "BOOTSTRAP_TRADES",
)  # fmt: skip
NO_NUMBERS = ("NaN", "-NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1e-400", "", " ", "0x10", "1_000", "1,5", "20%", "none", "9" * 400)
LIMITS = (
    (FRACTIONS, "twenty percent", ("0", "-0.1", "1.0001", "20")),
    (PERCENTS, "fifteen percent", ("0", "-15", "0.15", "0.05", "100.1", "1500")),
    (LOSSES, "three percent", ("0", "3", "-0.03", "-100.1", "-300")),
    (POINTS, "basis points", ("-1", "10000.1", "1000000")),
    (("MIN_TRADE_NOTIONAL_USD",), "fifteen dollars", ("-1", "-0.01", "1000000001")),
    (COUNTS, "whole number", ("0", "-1", "2.5", "1000000001")),
)


@pytest.mark.parametrize(
    ("name", "unit", "value"),
    [(name, unit, value) for names, unit, wrong in LIMITS for name in names for value in (*NO_NUMBERS, *wrong)],
)
def test_every_limit_refuses_the_wrong_unit_sign_and_what_is_no_number_with_its_unit(name, unit, value):
    said = complaint(**{name: value})
    assert said.count("\n") == 1, "one line for the one bad value"
    assert name in said
    assert unit in said


def test_every_limit_of_the_environment_is_among_those_tried():
    read = {name for name in DEFAULTS if re.search(r"_(PERCENT|PCT|BPS|USD)$|^MAX_|^BURST_|^BOOTSTRAP_", name)}
    assert read == {name for names, _, _ in LIMITS for name in names}


def test_limits_of_nonsense_stop_the_start_and_are_all_told_at_once():
    wrong = {name: "NaN" for names, _, _ in LIMITS for name in names}
    assert complaint(**wrong).count("\n") == len(wrong)
    code, words = loaded(**wrong)
    assert code != 0
    assert all(name in words for name in wrong)


@pytest.mark.parametrize(("name", "value"), [("MAX_DRAWDOWN_PERCENT", "1"), ("MAX_TOTAL_AT_RISK_PCT", "1"), ("DAILY_STOP_PNL_PCT", "-1"), ("MIN_EDGE_BPS", "0")])
def test_the_ends_of_a_range_are_taken(name, value):
    assert complaint(**{name: value}) == ""


def test_all_bad_values_are_reported_at_once():
    said = complaint(MAX_DRAWDOWN_PERCENT="20", BOOTSTRAP_TRADES="many", MIN_EDGE_BPS="x")
    assert said.count("\n") == 3


def test_a_value_can_come_from_a_file(tmp_path):
    file = tmp_path / "bps"
    file.write_text("25\n")
    assert '"25"' in loaded(MAX_SLIPPAGE_BPS_FILE=str(file))[1]
    code, words = loaded(MAX_SLIPPAGE_BPS_FILE=str(tmp_path / "none"))
    assert code != 0
    assert "MAX_SLIPPAGE_BPS_FILE" in words


def test_whoever_is_reachable_from_outside_is_reached_through_tls_only():
    assert json.loads(loaded()[1])[:2] == [False, 0]
    assert json.loads(loaded(ALLOWED_HOSTS="amarktai.example")[1])[:2] == [True, 31_536_000]


@pytest.mark.parametrize(
    ("environment", "hint"),
    [
        ({"ADMIN_REQUIRE_2FA": "false", "ALLOWED_HOSTS": "amarktai.example"}, "ADMIN_REQUIRE_2FA"),
        ({"AMARKTAI_CLOCK_OFFSET": "60", "ENABLE_LIVE_TRADING": "true"}, "AMARKTAI_CLOCK_OFFSET"),
        ({"ENCRYPTION_KEYS": "k1:tooshort"}, "ENCRYPTION_KEYS"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
    ],
)
def test_unsafe_combinations_stop_the_start(environment, hint):
    code, words = loaded(**environment)
    assert code != 0
    assert hint in words


def test_check_deploy_is_clean_in_production_and_fails_with_debug():
    def check(**more):
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "AMARKTAI_DATA"}}
        return subprocess.run(
            [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
            cwd=PROJECT,
            env=kept | {"ALLOWED_HOSTS": "amarktai.example", "DJANGO_SETTINGS_MODULE": "amarktai.settings"} | more,
            capture_output=True,
            text=True,
            check=False,
        )

    done = check()
    assert done.returncode == 0, done.stderr
    assert check(DEBUG="1").returncode == 1


def test_every_value_the_settings_read_is_documented_and_no_other():
    documented = set(re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=", DOCUMENT.read_text(), re.MULTILINE))
    outside_django = {"AMARKTAI_DATA", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"}
    assert documented == set(settings.ENVIRONMENT_NAMES) | outside_django


def test_generated_secrets_are_for_the_owners_eyes():
    files = [path for path in settings.PLACES.secrets.iterdir() if path.is_file()]
    assert files
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
