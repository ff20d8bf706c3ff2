"""What a trader finds in the generated market: four weeks of minutes of a large coin and of two wild ones, judged by figures that
real markets have too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from django.conf import settings

from bots.domain.candles import Window
from ledger.models import Market
from trading.domain import hygiene
from trading.domain.matcher import Candle, Working
from trading.gates import fee_coverage
from trading.venues import venue
from trading.venues.simulated import LISTINGS, SimVenue

SIM = SimVenue(base_seconds=5)
DAYS, END = 28, 1_795_132_800  # to 2026-11-20
MINUTES_A_DAY = 1_440
SYMBOLS = ("BTC/USDT", "SOL/USDT", "LINK/USDT")
JUMP = 12  # so many times the middle move of a minute


@dataclass(frozen=True)
class Month:
    symbol: str
    candles: Window

    @property
    def moves(self) -> np.ndarray:
        """From close to close, in bps."""
        return np.diff(np.log(self.candles.closes())) * 10_000

    @property
    def hours(self) -> np.ndarray:
        """Of each candle after the busiest hour of its market, 0 to 23."""
        return (self.candles.times // 3_600 - LISTINGS[self.symbol].busiest) % 24

    @property
    def jumps(self) -> list[int]:
        """Places of great moves with an hour before and three after them."""
        size = np.abs(self.moves)
        places = np.flatnonzero(size > JUMP * np.median(size))
        return [place for place in places.tolist() if 60 < place < len(size) - 180]


@pytest.fixture(scope="module", params=SYMBOLS)
def month(request: pytest.FixtureRequest) -> Month:
    count = DAYS * MINUTES_A_DAY
    return Month(request.param, SIM.candles(symbol=request.param, seconds=60, first=END // 60 - count, count=count))


def test_candles_are_well_formed_and_nearly_all_traded(month: Month) -> None:
    found = month.candles
    assert (found.low > 0).all()
    assert (found.low <= np.minimum(found.open, found.close)).all()
    assert (found.high >= np.maximum(found.open, found.close)).all()
    assert (found.volume > 0).mean() > 0.999


def test_a_day_moves_more_than_an_hour_and_that_more_than_a_minute(month: Month) -> None:
    """A minute moves 5 to 15 bps times the market's liveliness; a random walk moves 7.7 times as much in an hour."""
    closes = np.log(month.candles.closes())
    minute, hour, day = (float(np.diff(closes[::step]).std() * 10_000) for step in (1, 60, MINUTES_A_DAY))
    lively = LISTINGS[month.symbol].liveliness
    assert 5 * lively < minute < 15 * lively
    assert 3 * minute < hour < 12 * minute
    assert 2 * hour < day < 10 * hour
    assert 1 < day / 100 < 16  # percent


def test_wild_minutes_come_in_flocks(month: Month) -> None:
    """The size of a move tells that of the next one, of that after fifteen minutes and a little of that after an hour."""
    size = np.abs(month.moves)
    found = {lag: float(np.corrcoef(size[:-lag], size[lag:])[0, 1]) for lag in (1, 5, 15, 60)}
    assert found[1] > 0.2
    assert found[5] > 0.15
    assert found[15] > 0.1
    assert found[60] > 0.04


def test_the_direction_of_a_minute_tells_little_of_the_next_one(month: Month) -> None:
    assert abs(float(np.corrcoef(month.moves[:-1], month.moves[1:])[0, 1])) < 0.25


def test_great_moves_are_far_more_common_than_chance_would_have_them(month: Month) -> None:
    """A bell curve has a kurtosis of 3; minutes of real coins have 10 to 100."""
    away = month.moves - month.moves.mean()
    assert 8 < float((away**4).mean() / (away**2).mean() ** 2) < 150


def test_nights_are_quiet_and_thin(month: Month) -> None:
    """Four hours around the market's busiest one, and twelve hours later."""
    spans = (month.candles.high - month.candles.low) / month.candles.open
    day, night = np.isin(month.hours, (22, 23, 0, 1)), np.isin(month.hours, (10, 11, 12, 13))
    assert spans[night].mean() < 0.75 * spans[day].mean()
    assert month.candles.volume[night].mean() < 0.5 * month.candles.volume[day].mean()


def test_volume_comes_with_moves(month: Month) -> None:
    """The minutes that moved most, one in ten, traded at least twice the average."""
    size, volume = np.abs(month.moves), month.candles.volume[1:]
    assert volume[size > np.percentile(size, 90)].mean() > 2 * volume.mean()
    assert np.corrcoef(size, volume)[0, 1] > 0.3


def test_jumps_come_a_few_times_a_day_at_most_and_leave_an_aftermath(month: Month) -> None:
    """In the ten minutes after one the market moves at least three times as much as usual and trades at least five times as much;
    two hours later it is much calmer."""
    size, volume = np.abs(month.moves), month.candles.volume[1:]
    usual = float(np.median(size))
    after = float(np.median([size[at + 1 : at + 11].mean() for at in month.jumps])) / usual
    later = float(np.median([size[at + 120 : at + 180].mean() for at in month.jumps])) / usual
    assert 8 < len(month.jumps) / (DAYS / 7) < 30
    assert after > 3
    assert later < after / 2
    assert np.median([volume[at + 1 : at + 11].mean() for at in month.jumps]) > 5 * np.median(volume)


def test_there_are_trends_and_there_are_ranges(month: Month) -> None:
    """Eight hours at a time: in one of ten or more three quarters of the way were kept, in one of ten or more under a quarter."""
    count = 8 * 60
    parts = len(month.candles) // count
    tops, bottoms = month.candles.high.reshape(parts, count).max(axis=1), month.candles.low.reshape(parts, count).min(axis=1)
    kept = np.abs(month.candles.close[count - 1 :: count] - month.candles.open[::count]) / (tops - bottoms)
    assert (kept > 0.75).mean() >= 0.1
    assert (kept < 0.25).mean() >= 0.1


def test_some_candles_of_five_seconds_trade_nothing(month: Month) -> None:
    small = SIM.candles(symbol=month.symbol, seconds=5, first=END // 5 - 34_560, count=34_560)
    assert 0.0005 < (small.volume == 0).mean() < 0.03


def test_spreads_widen_at_night_and_right_after_a_jump(month: Month) -> None:
    """Right after the greatest jump at least ten times as wide as in the middle of the month, a quarter of an hour later at most a
    third of that."""
    minutes = month.candles.times
    half = np.array([half_spread(month.symbol, int(second)) for second in minutes[-7 * MINUTES_A_DAY :: 5]])
    hours = month.hours[-7 * MINUTES_A_DAY :: 5]
    assert np.median(half[np.isin(hours, (10, 11, 12, 13))]) > 1.5 * np.median(half[np.isin(hours, (22, 23, 0, 1))])
    jump = int(minutes[int(np.abs(month.moves).argmax()) + 1])
    at_once = max(half_spread(month.symbol, jump + second) for second in range(0, 120, 5))
    assert at_once > 10 * np.median(half)
    assert half_spread(month.symbol, jump + 1_020) < at_once / 3


def half_spread(symbol: str, second: int) -> float:
    at = datetime.fromtimestamp(second, tz=UTC)
    return float(SIM.costs(market=Market(venue="sim", symbol=symbol), at=at).half_spread_bps)


def widest(symbol: str) -> datetime:
    """The second of the widest spread of the four weeks."""
    path = SIM._paths[symbol]
    days = [path.half_spread(np.arange(END - day * 86_400, END - (day - 1) * 86_400, dtype=np.int64)) for day in range(1, DAYS + 1)]
    best = max(range(DAYS), key=lambda index: int(days[index].max()))
    return datetime.fromtimestamp(END - (best + 1) * 86_400 + int(days[best].argmax()), tz=UTC)


CALM = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_an_order_fills_and_pays_with_the_spread_of_its_second() -> None:
    """A buy pays the open plus half the spread and 1 bp of slippage; gate B asks for twice that, and for 45 bps of fees and
    margins."""
    place = venue("sim")
    place.ensure_markets(now=CALM)
    bitcoin = Market.objects.get(venue="sim", symbol="BTC/USDT")
    worst = widest("BTC/USDT")
    assert SIM.costs(market=bitcoin, at=CALM).half_spread_bps < 1
    assert SIM.costs(market=bitcoin, at=worst).half_spread_bps > 8
    for at in (CALM, worst):
        costs = SIM.costs(market=bitcoin, at=at)
        assert costs.half_spread_bps == round(costs.half_spread_bps, 2)
        opened = int(at.timestamp())
        candle = Candle(opened, 6_000_000, 6_000_000, 6_000_000, 6_000_000, 10**9, 2, 6, 60)
        order = Working("a1", "BUY", "MARKET", "GTC", None, steps=100, after=opened)
        [report] = SIM.reports(market=bitcoin, working=[order], candle=candle)
        exact = 60_000 * (1 + (costs.half_spread_bps + 1) / 10_000)
        assert exact <= report.price < exact + Decimal("0.01")
        needed, parts = fee_coverage.cost(SIM.rules(market=bitcoin, at=at), settings.POLICY)
        assert Decimal(parts["spread_bps"]) == 2 * (costs.half_spread_bps + 1)
        assert needed == 45 + Decimal(parts["spread_bps"])


def test_the_widest_books_of_a_wild_market_are_none_to_trade_in() -> None:
    """Half a spread of over 50 bps makes a book wider than one percent."""
    link = Market(venue="sim", symbol="LINK/USDT")
    found = {}
    for at in (CALM, widest("LINK/USDT")):
        found[at] = hygiene.judge_top(top=SIM.quote(market=link, now=at), now=at, max_age_seconds=30)
    calm, wide = found.values()
    assert calm.verdict == "PASS"
    assert (wide.verdict, wide.code) == ("REFUSED", "SPREAD_TOO_WIDE")


@pytest.mark.django_db
def test_prices_and_quotes_lie_on_the_tick_of_their_market() -> None:
    place = venue("sim")
    place.ensure_markets(now=CALM)
    for market in Market.objects.filter(venue="sim"):
        candles = SIM.candles(symbol=market.symbol, seconds=60, first=END // 60, count=3)
        assert market.price_tick == Decimal(1).scaleb(-candles.price_places)
        top = SIM.quote(market=market, now=CALM)
        assert not top.bid % market.price_tick
        assert not top.ask % market.price_tick
        assert 0 < top.bid < top.ask
