"""What the environment may say, typed. Holds the policy that is handed down to the floors below, and the reader that collects
every bad value before it speaks. It must not import Django: settings are built from it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from environs import EnvValidationError, FileAwareEnv, ValidationError

from trading.domain.policy import Policy

VENUES = ("luno", "binance", "kucoin", "coinbase", "sim", "recorded")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
SIM_CANDLES = (1, 2, 5, 10, 30)
PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
LARGEST = 10**9
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Reader(FileAwareEnv):
    """Reads NAME, or the file that NAME_FILE names; collects every problem until `seal()`."""

    def __init__(self) -> None:
        super().__init__(eager=False, strip_whitespace=True)
        self.seen: list[str] = []

    def _get_value(self, env_key: str, default: Any) -> Any:
        self.seen.append(env_key)
        try:
            return super()._get_value(env_key, default)
        except ValueError as error:
            self._errors[env_key].append(f"{error} Correct {env_key}_FILE or set {env_key} itself.")
            return default

    def refuse(self, name: str, words: str) -> None:
        """Note a problem that only several values together make."""
        self._errors[name].append(words)

    def key_ring(self, name: str) -> dict[str, bytes]:
        """`id:base64,...` as keys of 32 bytes; the first one encrypts, all of them open. Empty when nothing is set."""
        text = self.str(name, default="")
        try:
            return dict(map(one_key, text.split(","))) if text else {}
        except ValueError:
            self.refuse(name, "each key is id:base64 of 32 bytes, separated by commas.")
            return {}

    def fraction(self, name: str, default: str) -> Decimal:
        """A part of a whole, in (0, 1]."""
        return self._number(name, default, check_fraction)

    def percent(self, name: str, default: str) -> Decimal:
        """A positive percentage, in (0, 100]."""
        return self._number(name, default, check_percent)

    def loss_percent(self, name: str, default: str) -> Decimal:
        """A percentage below zero, in [-100, 0)."""
        return self._number(name, default, check_loss_percent)

    def bps(self, name: str, default: str) -> Decimal:
        """Hundredths of a percent, in [0, 10000]."""
        return self._number(name, default, check_bps)

    def amount(self, name: str, default: str) -> Decimal:
        """An amount of money, zero or more."""
        return self._number(name, default, check_amount)

    def count(self, name: str, default: int) -> int:
        """A whole number of at least one."""
        return int(self._number(name, str(default), check_count))

    def _number(self, name: str, default: str, check: Callable[[Decimal], None]) -> Decimal:
        """The number that the environment states, judged by `check`; what is none at all is told the same unit."""
        text = str(self.str(name, default=default))
        try:
            value = Decimal(text) if PLAIN_NUMBER.fullmatch(text) else Decimal("NaN")
            check(value)
        except ValidationError as error:
            said = " ".join(map(str, error.messages))
            self.refuse(name, f"{text[:40]!r} {said}")
            return Decimal(default)
        return value


def check_fraction(value: Decimal) -> None:
    if not (value.is_finite() and 0 < value <= 1):
        raise ValidationError("is not a fraction in (0, 1]. Write 0.20 for twenty percent.")


def check_percent(value: Decimal) -> None:
    """Under one percent is refused: no such limit is meant, but a fraction that was written where percent are asked for."""
    if not (value.is_finite() and 1 <= value <= 100):
        raise ValidationError("is not a percentage in [1, 100]. Write 15.0 for fifteen percent.")


def check_loss_percent(value: Decimal) -> None:
    """The same: a stop at less than one percent is a fraction in the wrong place."""
    if not (value.is_finite() and -100 <= value <= -1):
        raise ValidationError("is not a loss in percent, in [-100, -1]. Write -3.0 for a loss of three percent.")


def check_bps(value: Decimal) -> None:
    if not (value.is_finite() and 0 <= value <= 10_000):
        raise ValidationError("is not in [0, 10000] basis points. Write 10 for a tenth of a percent.")


def check_amount(value: Decimal) -> None:
    if not (value.is_finite() and 0 <= value <= LARGEST):
        raise ValidationError("is not an amount of zero or more. Write 15 for fifteen dollars.")


def check_count(value: Decimal) -> None:
    if not (value.is_finite() and value == value.to_integral_value() and 1 <= value <= LARGEST):
        raise ValidationError("is not a whole number of at least 1. Write 5 for five.")


def check_log_level(value: str | None) -> None:
    if value not in LOG_LEVELS:
        raise ValidationError(f"{value} is not one of {', '.join(LOG_LEVELS)}.")


def check_sim_candle(value: int | None) -> None:
    if value not in SIM_CANDLES:
        raise ValidationError(f"{value} does not divide a minute well. Choose from {', '.join(map(str, SIM_CANDLES))}.")


def check_venues(value: list[str] | None) -> None:
    unknown = sorted(set(value or ()) - set(VENUES))
    if unknown:
        raise ValidationError(f"{', '.join(unknown)}: unknown. Choose from {', '.join(VENUES)}.")


def check_pipeline(value: bool | None) -> None:
    if value is False:
        raise ValidationError("there is no second way for an order past the gates. To stop new orders set ENABLE_TRADING=false.")


def read_policy(env: Reader) -> Policy:
    """The policy as the environment states it; problems are collected in the reader."""
    env.bool("USE_ORDER_PIPELINE", default=True, validate=check_pipeline)
    return Policy(
        enable_trading=env.bool("ENABLE_TRADING", default=True),
        enable_paper_trading=env.bool("ENABLE_PAPER_TRADING", default=True),
        enable_live_trading=env.bool("ENABLE_LIVE_TRADING", default=False),
        exchange_read_only=env.bool("EXCHANGE_READ_ONLY", default=True),
        enable_realtime=env.bool("ENABLE_REALTIME", default=True),
        enable_self_healing=env.bool("ENABLE_SELF_HEALING", default=True),
        paper_supported_exchanges=tuple(
            env.list("PAPER_SUPPORTED_EXCHANGES", default=list(VENUES), validate=check_venues) or ()
        ),
        bootstrap_trades=env.count("BOOTSTRAP_TRADES", 5),
        bootstrap_fraction=env.fraction("BOOTSTRAP_FRACTION", "0.01"),
        max_quote_age_seconds=env.count("MAX_QUOTE_AGE_SECONDS", 30),
        min_edge_bps=env.bps("MIN_EDGE_BPS", "10"),
        safety_margin_bps=env.bps("SAFETY_MARGIN_BPS", "5"),
        slippage_buffer_bps=env.bps("SLIPPAGE_BUFFER_BPS", "10"),
        max_slippage_bps=env.bps("MAX_SLIPPAGE_BPS", "50"),
        max_trades_per_bot_daily=env.count("MAX_TRADES_PER_BOT_DAILY", 50),
        max_trades_per_user_daily=env.count("MAX_TRADES_PER_USER_DAILY", 500),
        burst_limit_orders_per_exchange=env.count("BURST_LIMIT_ORDERS_PER_EXCHANGE", 10),
        burst_limit_window_seconds=env.count("BURST_LIMIT_WINDOW_SECONDS", 10),
        max_drawdown_percent=env.fraction("MAX_DRAWDOWN_PERCENT", "0.20"),
        max_daily_loss_percent=env.fraction("MAX_DAILY_LOSS_PERCENT", "0.10"),
        max_consecutive_losses=env.count("MAX_CONSECUTIVE_LOSSES", 5),
        max_errors_per_hour=env.count("MAX_ERRORS_PER_HOUR", 10),
        daily_stop_pnl_pct=env.loss_percent("DAILY_STOP_PNL_PCT", "-3.0"),
        weekly_stop_pnl_pct=env.loss_percent("WEEKLY_STOP_PNL_PCT", "-7.0"),
        conservative_max_drawdown_percent=env.fraction("CONSERVATIVE_MAX_DRAWDOWN_PERCENT", "0.10"),
        max_total_at_risk_pct=env.percent("MAX_TOTAL_AT_RISK_PCT", "15.0"),
        max_position_size_pct=env.percent("MAX_POSITION_SIZE_PCT", "5.0"),
        min_trade_notional_usd=env.amount("MIN_TRADE_NOTIONAL_USD", "15"),
        pending_order_ttl_hours=env.count("PENDING_ORDER_TTL_HOURS", 24),
    )


def complaint(error: EnvValidationError) -> str:
    """Every bad value in one text, one a line."""
    found = cast("Mapping[str, list[str]]", error.error_messages)
    lines = [f"  {name}: {' '.join(map(str, words))}" for name, words in sorted(found.items())]
    return "These settings cannot be used, please correct them:\n" + "\n".join(lines)


def kept_secret(folder: Path, name: str) -> str:
    """A secret of this installation: made once, kept in the data folder for the owner's eyes only."""
    path = folder / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = folder / f"{name}.{os.getpid()}.new"
    if not path.exists():
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(b64encode(secrets.token_bytes(48)).decode())
        try:
            os.link(half, path)  # the first of two processes wins, both then read the same
        except FileExistsError:
            pass
        half.unlink()
    return path.read_text().strip()


def kept_key(folder: Path, name: str) -> dict[str, bytes]:
    """A key ring of one generated key."""
    return {"k1": hashlib.sha256(kept_secret(folder, name).encode()).digest()}


def one_key(text: str) -> tuple[str, bytes]:
    """`id:base64` of 32 bytes, or ValueError."""
    name, _, encoded = text.strip().partition(":")
    key = b64decode(encoded, validate=True)
    if not name or len(key) != 32:
        raise ValueError(text)
    return name, key
