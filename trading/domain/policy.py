"""What the order path may do and how much of it: one frozen value, built from the environment and handed down."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from trading.domain.breaker import Limits
from trading.domain.exposure import PositionLimits


def profiles_of_person(*, careful: bool) -> frozenset[str]:
    """Profiles that a person's own breaker counts by in a mode; careful: one of their running bots there is conservative."""
    return frozenset({"standard", "conservative"} if careful else {"standard"})


@dataclass(frozen=True, slots=True)
class Policy:
    """What is allowed and how much of it. Names are those of the environment in lower case.

    `_percent` is a fraction in (0, 1], `_pct` is percent, `_bps` is hundredths of a percent.
    """

    # Switches. Unsafe ones are off by default.
    enable_trading: bool  # false: only claims that shrink a position
    enable_paper_trading: bool
    enable_live_trading: bool
    exchange_read_only: bool  # true: the door to the venues refuses to create orders, cancelling stays possible
    enable_realtime: bool  # false: pages poll
    enable_self_healing: bool
    paper_supported_exchanges: tuple[str, ...]

    # Size of the first trades of a bot.
    bootstrap_trades: int
    bootstrap_fraction: Decimal

    # Data hygiene and gate B.
    max_quote_age_seconds: int
    min_edge_bps: Decimal
    safety_margin_bps: Decimal
    slippage_buffer_bps: Decimal
    max_slippage_bps: Decimal

    # Gate C.
    max_trades_per_bot_daily: int
    max_trades_per_user_daily: int
    burst_limit_orders_per_exchange: int
    burst_limit_window_seconds: int

    # Gate D, profile `standard`.
    max_drawdown_percent: Decimal
    max_daily_loss_percent: Decimal
    max_consecutive_losses: int
    max_errors_per_hour: int

    # Gate D, profile `conservative`.
    daily_stop_pnl_pct: Decimal  # negative
    weekly_stop_pnl_pct: Decimal  # negative
    conservative_max_drawdown_percent: Decimal
    max_total_at_risk_pct: Decimal
    max_position_size_pct: Decimal
    min_trade_notional_usd: Decimal

    # The cached answer of an idempotent order; the key itself is kept for ever.
    pending_order_ttl_hours: int

    def strictest(self, profiles: Collection[str]) -> Limits:
        """Breaker limits where bots of these profiles meet: of each limit the strictest."""
        met = [self.limits(profile) for profile in sorted(profiles)] or [self.limits("standard")]
        weekly = [each.max_weekly_loss for each in met if each.max_weekly_loss is not None]
        return Limits(
            profile="+".join(each.profile for each in met),
            max_drawdown=min(each.max_drawdown for each in met),
            max_daily_loss=min(each.max_daily_loss for each in met),
            max_weekly_loss=min(weekly) if weekly else None,
            max_consecutive_losses=min(each.max_consecutive_losses for each in met),
            max_errors_per_hour=min(each.max_errors_per_hour for each in met),
        )

    def position_limits(self, profile: str) -> PositionLimits | None:
        """What a single order of this profile may put at risk; None: this profile has no such limits."""
        if profile != "conservative":
            return None
        return PositionLimits(
            position=self.max_position_size_pct / 100, total=self.max_total_at_risk_pct / 100, notional_usd=self.min_trade_notional_usd,
            slippage_bps=self.max_slippage_bps,
        )  # fmt: skip

    def limits(self, profile: str) -> Limits:
        """Breaker limits of a bot's profile, all as fractions."""
        if profile == "conservative":
            return Limits(
                profile=profile,
                max_drawdown=self.conservative_max_drawdown_percent,
                max_daily_loss=-self.daily_stop_pnl_pct / 100,
                max_weekly_loss=-self.weekly_stop_pnl_pct / 100,
                max_consecutive_losses=self.max_consecutive_losses,
                max_errors_per_hour=self.max_errors_per_hour,
            )
        return Limits(
            profile="standard",
            max_drawdown=self.max_drawdown_percent,
            max_daily_loss=self.max_daily_loss_percent,
            max_weekly_loss=None,
            max_consecutive_losses=self.max_consecutive_losses,
            max_errors_per_hour=self.max_errors_per_hour,
        )
