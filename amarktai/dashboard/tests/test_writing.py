"""How numbers and times are written, by examples that can be checked by eye."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from amarktai.dashboard import writing
from amarktai.dashboard.pages import gates

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text", "tone"),
    [
        ("1234.5", "+1,234.50", "gain"), ("-31.074", "\u221231.07", "loss"), ("0", "0.00", ""), ("0.0004", "+0.0004", "gain"),
        ("-0.00001", "0.0000", ""), ("99999999999999999999999999999999.5", "+99,999,999,999,999,999,999,999,999,999,999.50", "gain"),
    ],
)  # fmt: skip
def test_profit_carries_its_sign_and_a_tone_but_nothing_rounded_to_zero_does(value, text, tone):
    figure = writing.money(Decimal(value), "USDT", signed=True)

    assert (figure.text, figure.tone) == (text, tone)


def test_the_exact_amount_stands_beside_the_rounded_one():
    assert writing.money(Decimal("10.123456789000"), "USDT").exact == "10.123456789 USDT"


def test_an_unknown_amount_is_a_dash_and_never_a_zero():
    assert writing.money(None, "USDT").text == "\u2013"


@pytest.mark.parametrize(
    ("value", "text"),
    [("67204.1", "67,204.10"), ("148.2", "148.20"), ("3.14159", "3.1416"), ("0.00001234", "0.00001234"), ("0.5", "0.50")],
)
def test_a_price_has_as_many_places_as_its_size_asks_for(value, text):
    assert writing.price(Decimal(value)) == text


def test_a_quantity_is_cut_to_eight_places_without_trailing_zeros():
    assert writing.quantity(Decimal("0.014820000000"), "BTC") == "0.01482 BTC"


def test_a_share_of_nothing_is_left_out():
    assert writing.share(Decimal(5), Decimal(0)).text == ""
    assert writing.spoken(writing.share(Decimal(5), Decimal(200))) == "+2.50 %"


def test_a_time_is_told_in_the_readers_zone_with_its_age():
    shown = writing.moment(NOON - timedelta(seconds=59), zone="Africa/Johannesburg", now=NOON, stale_after=30)

    assert (shown.text, shown.zone, shown.age) == ("2 Mar 13:59:01", "Africa/Johannesburg", "59 s ago")
    assert shown.iso == "2026-03-02T11:59:01.000000Z"
    assert shown.stale


@pytest.mark.parametrize(("seconds", "text"), [(0, "now"), (59, "59 s ago"), (3599, "59 min ago"), (7200, "2 h ago"), (172_800, "2 d ago")])
def test_ages_go_from_seconds_to_days(seconds, text):
    assert writing.age(timedelta(seconds=seconds)) == text


def test_a_limit_used_to_four_fifths_fills_four_fifths_of_its_bar():
    meter = writing.meter(label="Losses in a row", value=Decimal(4), limit=Decimal(5), fraction=False, state="WARNING")

    assert (meter.value, meter.limit, meter.percent, meter.state) == ("4", "5", 80, "warn")


def test_the_numbers_of_a_verdict_stand_with_their_unit_and_the_need_before_its_parts():
    told = {"fees_bps": "20", "edge_bps": "18.69", "needed_bps": "48", "edge_source": "STATED", "asset": "BTC", "burst_window_s": "10"}
    [line] = gates.lines([{"gate": "B", "verdict": "REFUSED", "code": "EDGE_UNDER_COST", "numbers": told}])

    assert line.numbers == (
        ("edge", "18.69 bps"), ("needed", "48 bps"), ("asset", "BTC"), ("burst window", "10 s"), ("edge source", "stated"),
        ("fees", "20 bps"),
    )  # fmt: skip


def test_a_holding_time_is_a_length_and_does_not_count_on():
    held = writing.held(NOON - timedelta(minutes=22, seconds=40), zone="UTC", now=NOON)

    assert (held.age, held.counts) == ("22 min", False)


@pytest.mark.parametrize(
    ("fraction", "text"), [("0.0123", "1.23 %"), ("0.00004", "under 0.01 %"), ("-0.00004", "under 0.01 %"), ("0", "0 %"), ("-0.0001", "\u22120.01 %")]
)  # fmt: skip
def test_a_share_that_rounds_to_nothing_says_so_and_nothing_is_nothing(fraction, text):
    assert writing.spoken(writing.percent(Decimal(fraction))) == text


def test_a_share_that_is_nothing_is_left_out():
    assert writing.share(Decimal(0), Decimal(200)).text == ""


@pytest.mark.parametrize(
    ("value", "text"), [("0.9596", "+0.96"), ("1.72", "+1.72"), ("0.0031", "+0.0031"), ("-0.1051", "\u22120.11"), ("0", "0.00")]
)  # fmt: skip
def test_sums_are_told_to_the_cent_unless_that_read_as_nothing(value, text):
    assert writing.total(Decimal(value), "USDT", signed=True).text == text


def test_figures_of_one_sum_have_the_places_that_let_it_add_up():
    """9,999.996 + 0.008 = 10,000.004: to the cent it would read 10,000.00 + 0.01 = 10,000.00."""
    parts = [Decimal("9999.996"), Decimal("0.008"), Decimal("10000.004")]
    places = writing.places_for([Decimal(1), Decimal(1), Decimal(2)], parts)
    shown = [writing.amount(one, "USDT", places=places).text for one in parts]

    assert shown == ["9,999.996", "0.008", "10,000.004"]
    assert writing.places_for([Decimal("1.501"), Decimal("2.003"), Decimal("3.504")]) == 2
    assert writing.places_for([Decimal("0.1234567890123"), Decimal(0), Decimal("0.2")]) == 8


@pytest.mark.parametrize(("count", "text"), [(0, "0 trades"), (1, "1 trade"), (1200, "1,200 trades")])
def test_things_are_counted_in_the_right_number(count, text):
    assert writing.counted(count, "trade") == text


def test_the_numbers_of_a_gate_have_their_thousands_apart():
    assert writing.number("12345.678900") == "12,345.6789"
