"""The table of layouts and the cells of sheets: each header is of one layout, and what is read is what was written, or nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.decimals import plain
from accounts.domain.formulas import guarded, unguarded
from accounts.domain.refusals import Malformed
from ledger.domain import told
from ledger.domain.layouts import LAYOUTS, cells, outcomes, recognised
from ledger.domain.layouts.layout import Layout, Row, Sheet
from ledger.domain.numbers import CONTEXT, ZERO, scale

NOW = datetime(2026, 11, 20, tzinfo=UTC)
AMOUNTS = st.decimals("0.00000001", "99999999", places=8)
CODES = st.from_regex(r"[A-Z0-9]{1,6}", fullmatch=True)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_each_header_is_known_with_and_without_what_may_stand_there(layout: Layout):
    for least in (0, -1):
        names = [need.split("|")[least] for need in layout.needs]
        assert recognised(names).layout is layout
        assert recognised([*names, *layout.may]).layout is layout
        assert recognised([*names, *layout.may][::-1]).layout is layout


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_no_header_is_known_that_lacks_one_column_or_has_one_more(layout: Layout):
    """One column less can be an older form of the same export, which then is in the table by its own name."""
    names = [need.split("|")[0] for need in layout.needs]
    for name in names:
        rest = [other for other in names if other != name]
        older = [other for other in LAYOUTS if not other.lacks(rest) and not other.ignores(rest)]
        if older:
            assert [other.venue for other in older] == [layout.venue]
            assert recognised(rest).layout is older[0] is not layout
        else:
            with pytest.raises(Malformed, match=r"COLUMN_UNKNOWN|COLUMN_MISSING"):
                recognised(rest)
    with pytest.raises(Malformed):
        recognised([*names, "Something new"])


ODD = st.sampled_from([
    "", " ", "-", "0", "1", "-1", "1,234", "1.5", "1e9", "NaN", "9" * 200, "9" * 5000, "0." + "1" * 60, "€5", "BUY", "sell", "Buy", "FILL",
    "Advanced Trade Sell", "BTC", "BTCUSDT", "BTC-USDT", "BTC/USDT", "0.1BTC", "2USDT", "XBTZAR", "Trading fee", "1772442000000",
    "Bought 0.01 BTC/ZAR @ 850,000", "Sold BTC 0 for £0", "Bought BTC 1 for $ 5", "Bought 1 BTC for 5 EUR on BTC-EUR at 5 EUR/BTC",
    "2026-03-02 09:00:00", "2026-03-02T09:00:00Z", "2026-13-40 99:99:99 UTC", "26-03-02 09:00", "9999-12-31T23:59:59-14:00", "\x00", "\u0661",
    "No matching records found.", "=1+1",
])  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@given(data=st.data())
def test_whatever_stands_in_a_sheet_is_a_fill_or_something_else_or_refused(layout: Layout, data):
    """Each row ends as one of the three, or is told with another; nothing breaks, whatever is written where."""
    names = [need.split("|")[0] for need in layout.needs] + [name for name in layout.may if data.draw(st.booleans())]
    odd = data.draw(st.lists(st.lists(ODD, min_size=len(names), max_size=len(names)), min_size=1, max_size=5))
    rows = [Row(n, dict(zip(names, cells_of_row, strict=True))) for n, cells_of_row in enumerate(odd, start=2)]
    sheet = Sheet(venue=layout.venue or "sim", mode="PAPER", zone=data.draw(st.sampled_from([None, "+02:00"])))
    seen = []
    for outcome in outcomes(layout, rows, sheet):
        seen.append(outcome.line)
        if outcome.fields is not None:
            with suppress(Malformed):
                assert told.read({**outcome.fields, "trade_id": "1"}, line=outcome.line, now=NOW).quantity > 0
        else:
            assert bool(outcome.kind) is not (outcome.refusal is not None)
    assert len(seen) == len(set(seen)) <= len(rows)


@given(value=AMOUNTS, minus=st.booleans())
def test_a_number_is_read_as_it_was_written_with_or_without_separators(value, minus):
    sign = "-" if minus else ""
    text = sign + format(value, "f")
    assert cells.number("x", text) == CONTEXT.multiply(value, -1 if minus else 1)
    grouped = sign + format(value, ",f")
    assert cells.number("x", grouped) == cells.number("x", text)
    assert cells.money("x", sign + "€" + grouped.removeprefix("-")) == cells.number("x", text)


@pytest.mark.parametrize(
    ("text", "read"),
    [("1,234,567", "1234567"), ("1,234.5", "1234.5"), ("12,345,678.9", "12345678.9"), ("0.123", "0.123"), ("1234.567", "1234.567"),
     ("007", "7")],
)  # fmt: skip
def test_separators_that_can_be_nothing_else(text: str, read: str):
    assert plain(cells.number("x", text, semicolons=True)) == read


@pytest.mark.parametrize("text", ["1,234", "12,345", "999,999"])
def test_one_comma_before_three_digits_is_refused_unless_the_layout_is_known_to_group(text: str):
    with pytest.raises(Malformed, match="can be read in two ways"):
        cells.number("x", text)
    assert cells.number("x", text, grouped=True) == int(text.replace(",", ""))


@pytest.mark.parametrize("text", ["", " ", "1 234", "1.234,5", "0,5", "1,23,456", "0,123", "1e5", "NaN", "--1", "+1", "1.", "\u0661", "0x1", "1" * 81])
def test_what_is_no_number_is_refused(text: str):
    with pytest.raises(Malformed):
        cells.number("x", text)


@given(base=CODES, quote=CODES, quantity=AMOUNTS, total=AMOUNTS)
def test_glued_amounts_are_parted_as_they_were_glued_or_refused(base, quote, quantity, total):
    executed, amount = plain(quantity), plain(total)
    if base[0].isalpha() and quote[0].isalpha():
        assert cells.split_glued(base + quote, executed + base, amount + quote) == (base, executed, quote, amount)
        return
    with suppress(Malformed):  # codes that begin with digits may be parted in two ways, and are never parted wrongly
        assert cells.split_glued(base + quote, executed + base, amount + quote) == (base, executed, quote, amount)


@given(quantity=AMOUNTS, total=AMOUNTS)
def test_a_reckoned_price_fits_the_ledger_and_gives_back_what_was_paid(quantity, total):
    price = cells.price_of(quantity, total)
    assert scale(cells.stripped(price)) + scale(cells.stripped(quantity)) <= 24
    slack = CONTEXT.multiply(quantity, CONTEXT.scaleb(1, -15))
    assert abs(CONTEXT.subtract(CONTEXT.multiply(quantity, price), total)) <= slack
    cells.check_total(quantity, price, total)


def test_a_total_may_miss_by_the_digits_that_were_cut_and_by_no_more():
    """0.3 at 333.33 are 99.999; 100.00 is it but for what was cut, 100.02 is not."""
    quantity, price, total = (cells.number("x", text) for text in ("0.3", "333.33", "100.00"))
    cells.check_total(quantity, price, total)
    with pytest.raises(Malformed, match=r"its total says 100\.02"):
        cells.check_total(quantity, price, cells.number("x", "100.02"))


@pytest.mark.parametrize(
    ("text", "offset"),
    [("UTC", "+00:00"), ("UTC+8", "+08:00"), ("UTC+08:00", "+08:00"), ("UTC-3", "-03:00"), ("+12:45", "+12:45"), ("-0330", "-03:30")],
)
def test_zones_are_distances_from_utc(text: str, offset: str):
    assert cells.zone(text) == offset


@pytest.mark.parametrize("text", ["CET", "Africa/Johannesburg", "+15:00", "+02:60", "2", "", "UTC+", "+2 hours"])
def test_names_of_places_are_no_zones(text: str):
    """They move twice a year, and a sheet does not say when."""
    with pytest.raises(Malformed, match="no distance from UTC"):
        cells.zone(text)


@given(st.text(alphabet="'=+-@\t\uff1dab1 ", max_size=6))
def test_what_is_guarded_from_a_spreadsheet_comes_back_as_it_was(text: str):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\uff1d"))


def test_nothing_of_a_quantity_of_zero_has_a_price():
    with pytest.raises(Malformed, match="greater than zero"):
        cells.price_of(ZERO, ZERO)
