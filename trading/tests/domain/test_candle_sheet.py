"""Lines of a candle file: which become candles, exactly, and which are refused and why."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.refusals import Malformed
from trading.market import sheet
from trading.market.sheet import Sheet

HEADER = (0, 1, 2, 3, 4, 5)
GOOD = "1677628800000,23140.48,23150.77,23128.52,23142.31,2.131777"


def read(*lines: str) -> Sheet:
    found = Sheet()
    for line, text in enumerate(lines, start=2):
        sheet.read_line(sheet=found, line=line, fields=text.split(","), places=HEADER)
    return found


def why(*lines: str) -> list[tuple[int, str]]:
    return [(no.line, no.code) for no in read(*lines).refusals]


def test_a_line_becomes_exact_integers():
    """23140.48 with two places is 2314048; 2.131777 with six is 2131777."""
    window = sheet.window_of(sheet=read(GOOD), seconds=60)
    assert (window.price_places, window.volume_places) == (2, 6)
    row = [int(getattr(window, name)[0]) for name in ("times", "open", "high", "low", "close", "volume")]
    assert row == [1_677_628_800, 2_314_048, 2_315_077, 2_312_852, 2_314_231, 2_131_777]


def test_places_are_those_of_the_finest_number_and_zeros_at_the_end_are_none():
    window = sheet.window_of(sheet=read("60,1.50000000,2,1,1.25,0.0", "120,1,1,1,1,1e-06"), seconds=60)
    assert (window.price_places, window.volume_places) == (2, 6)
    assert window.open.tolist() == [150, 100]
    assert window.volume.tolist() == [0, 1]


@pytest.mark.parametrize(
    "text",
    ["1677628800", "1677628800000", "1677628800000000", "1677628800000000000", "2023-03-01T00:00:00Z", "2023-03-01 00:00:00"],
)
def test_times_may_be_seconds_milli_micro_or_nanoseconds_or_iso(text):
    assert read(f"{text},1,1,1,1,1").times.tolist() == [1_677_628_800]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("1677628800000,NaN,2,1,1,1", "NOT_A_NUMBER"),
        ("1677628800000,inf,2,1,1,1", "NOT_A_NUMBER"),
        ("1677628800000,,2,1,1,1", "NOT_A_NUMBER"),
        ("1677628800000,0x10,2,1,1,1", "NOT_A_NUMBER"),
        ("1677628800000,\u0661,2,1,1,1", "NOT_A_NUMBER"),
        ("1677628800000,1_0,20,1,1,1", "NOT_A_NUMBER"),
        ("1677628800000,-1,2,1,1,1", "NEGATIVE_NUMBER"),
        ("1677628800000,1,2,1,1,-1", "NEGATIVE_NUMBER"),
        ("1677628800000,0,2,0,1,1", "PRICE_NOT_POSITIVE"),
        ("1677628800000,1,1,2,1,1", "HIGH_UNDER_LOW"),
        ("1677628800000,3,2,1,1,1", "OUTSIDE_RANGE"),
        ("1677628800000,1,2,1,0.5,1", "OUTSIDE_RANGE"),
        ("1677628800000,1,2,1,1", "FIELDS_MISSING"),
        ("yesterday,1,2,1,1,1", "BAD_TIME"),
        ("1677628800001,1,2,1,1,1", "BAD_TIME"),
        ("9999999999999999999,1,2,1,1,1", "BAD_TIME"),
        ("1677628800000,1234567890123456789,1234567890123456789,1,1,1", "NOT_A_NUMBER"),
        ("1677628800000,1,1.1234567890123,1,1,1", "TOO_MANY_DIGITS"),
        ("1677628800000,1,1,1,1,1e-99", "TOO_MANY_DIGITS"),
    ],
)
def test_a_line_that_is_no_candle_is_refused_by_its_number(line, code):
    assert why(GOOD.replace("1677628800000", "1677628740000"), line) == [(3, code)]


def test_an_earlier_line_after_a_later_one_is_refused():
    assert why("120,1,1,1,1,1", "60,1,1,1,1,1") == [(3, "NOT_SORTED")]


def test_a_repeated_line_counts_as_a_duplicate_and_with_other_numbers_is_refused():
    assert read("60,1,1,1,1,1", "60,1.0,1,1,1,1").duplicates == 1
    assert why("60,1,1,1,1,1", "60,2,2,1,1,1") == [(3, "REPEATED_DIFFERENTLY")]


def test_a_line_off_the_grid_of_the_timeframe_is_refused():
    found = read("60,1,1,1,1,1", "121,1,1,1,1,1")
    sheet.window_of(sheet=found, seconds=60)
    assert [(no.line, no.code) for no in found.refusals] == [(3, "OFF_GRID")]


def test_numbers_that_do_not_fit_beside_each_other_are_refused():
    """123456789012345678 with the ten places of another line would need 28 digits."""
    found = read("60,1,1,1,1,0.0000000001", "120,1,1,1,1,123456789012345678")
    sheet.window_of(sheet=found, seconds=60)
    assert [(no.line, no.code) for no in found.refusals] == [(3, "TOO_MANY_DIGITS")]


def test_twenty_lines_are_named_and_all_are_counted():
    found = read(*["60,NaN,1,1,1,1"] * 50)
    assert (found.rejected, len(found.refusals)) == (50, 20)


def judged(times: list[int], *, seconds: int = 60, now: int = 2_000_000_000) -> list[tuple[int, str]]:
    """(line, code) of what is refused of candles at these times."""
    found = read(*[f"{time},1,1,1,1,1" for time in times])
    sheet.judge_times(sheet=found, seconds=seconds, others=[60, 300, 3_600], now=now)
    return [(no.line, no.code) for no in found.refusals]


def test_a_candle_that_has_not_closed_yet_is_refused():
    """The minute that opens at 1,700,000,040 closes at ...100: at ...099 it is still open."""
    assert judged([1_699_999_980, 1_700_000_040], now=1_700_000_100) == []
    assert judged([1_699_999_980, 1_700_000_040], now=1_700_000_099) == [(3, "FUTURE_CANDLE")]


def test_times_in_a_unit_that_nobody_meant_are_refused():
    """1,677,628 is March 2023 in kiloseconds, and 20 January 1970 in seconds. Nanoseconds of the year 2286 are in the future."""
    assert judged([1_677_628, 1_677_628_800]) == [(2, "TIME_TOO_EARLY")]
    assert judged([1_677_628_800, 9_999_999_960]) == [(3, "FUTURE_CANDLE")]
    assert judged([1_677_628_800, 99_999_999_960_000]) == [(3, "FUTURE_CANDLE")]


def test_ten_distances_of_another_timeframe_in_a_row_are_refused_and_nine_are_gaps():
    minutes = [1_677_628_800 + 60 * at for at in range(5)]
    fives = [minutes[-1] + 300 * at for at in range(1, 11)]
    assert judged([*minutes, *fives[:9]]) == []
    assert judged([*minutes, *fives]) == [(6, "OTHER_TIMEFRAME")]


def test_a_column_that_is_there_twice_is_refused():
    with pytest.raises(Malformed, match="COLUMN_TWICE"):
        sheet.columns_of(["timestamp", "open", "high", "low", "close", "volume", "Close"])


def test_columns_are_found_by_name_in_any_order():
    places, header = sheet.columns_of(["volume", "Close", "low", "HIGH", "open", "timestamp", "trades"])
    assert (places, header) == ((5, 4, 3, 2, 1, 0), True)


def test_a_public_file_of_binance_needs_no_header():
    first = ["1677628800000000", "1", "1", "1", "1", "1", "1677628859999999", "1", "1", "1", "1", "0"]
    assert sheet.columns_of(first) == ((0, 1, 2, 3, 4, 5), False)


@pytest.mark.parametrize("first", ["1677628800000,1,1,1,1,1", "timestamp,open,high,low,close", "a,b,c", "timestamp"])
def test_without_a_header_nothing_is_guessed(first):
    with pytest.raises(Malformed, match="HEADER_MISSING"):
        sheet.columns_of(first.split(","))


@given(st.decimals("0.00000001", "9999999", places=8))
def test_no_digit_is_lost_or_added(price):
    text = format(price, "f")
    window = sheet.window_of(sheet=read(f"60,{text},{text},{text},{text},{text}"), seconds=60)
    assert Decimal(int(window.close[0])).scaleb(-window.price_places) == price
    assert Decimal(int(window.volume[0])).scaleb(-window.volume_places) == price
