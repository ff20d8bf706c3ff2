"""The candle store: what is kept once stays, and every window is cut where it was asked for."""

from __future__ import annotations

import threading
from datetime import timedelta

import numpy as np
import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.domain.refusals import Malformed
from trading.market import blocks, store
from trading.market.blocks import Appended
from trading.models import CandleBlock
from trading.tests.market_builders import NOON, market, window

MINUTE = timedelta(minutes=1)


@pytest.mark.django_db
def test_candles_come_back_as_they_were_stored():
    place = market()
    told = store.append(market_id=place.pk, timeframe="1m", window=window(100, 101, 102))
    assert told == Appended(stored=3, duplicates=0, conflicts=0)
    found = store.window(market_id=place.pk, timeframe="1m", until=None, count=10)
    assert found.close.tolist() == [100, 101, 102]
    assert (found.price_places, found.volume_places, found.seconds) == (2, 3, 60)
    assert found.times.tolist() == [int((NOON + minute * MINUTE).timestamp()) for minute in range(3)]


@pytest.mark.django_db
def test_the_candle_that_just_follows_is_put_behind_its_block_without_fetching_it():
    """Lock and update; the block of 69 kB stays where it is."""
    place = market()
    store.append(market_id=place.pk, timeframe="1m", window=window(100, 101))
    with CaptureQueriesContext(connection) as sent:
        told = store.append(market_id=place.pk, timeframe="1m", window=window(102, start=NOON + 2 * MINUTE))
    assert told == Appended(stored=1, duplicates=0, conflicts=0)
    assert [query["sql"].split()[0] for query in sent if "SAVEPOINT" not in query["sql"]] == ["SELECT", "UPDATE"]
    assert store.window(market_id=place.pk, timeframe="1m", until=None, count=9).close.tolist() == [100, 101, 102]
    assert CandleBlock.objects.get().count == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("offered", "kept"),
    [
        (window(7, start=NOON + 3 * MINUTE), [100, 101, 7]),  # after a gap
        (window(7, start=NOON - MINUTE), [7, 100, 101]),  # before all
        (window(1_020, start=NOON + 2 * MINUTE, places=(3, 3)), [1_000, 1_010, 1_020]),  # finer prices
        (window(7, 8, start=NOON + 12 * 60 * MINUTE - MINUTE), [100, 101, 7, 8]),  # over midnight, into the next block
    ],
)
def test_what_does_not_just_follow_is_merged(offered, kept):
    place = market()
    store.append(market_id=place.pk, timeframe="1m", window=window(100, 101))
    assert store.append(market_id=place.pk, timeframe="1m", window=offered).stored == len(offered)
    assert store.window(market_id=place.pk, timeframe="1m", until=None, count=9).close.tolist() == kept


@pytest.mark.django_db
def test_the_same_candle_twice_is_a_duplicate_and_other_numbers_are_a_conflict_that_changes_nothing():
    place = market()
    store.append(market_id=place.pk, timeframe="1m", window=window(100, 101))
    told = store.append(market_id=place.pk, timeframe="1m", window=window(100, 999, 102))
    assert told == Appended(1, 1, 1, differing=(int(NOON.timestamp()) + 60,))
    assert store.window(market_id=place.pk, timeframe="1m", until=None, count=9).close.tolist() == [100, 101, 102]


@pytest.mark.django_db
def test_candles_of_several_days_lie_in_one_block_a_day_and_read_as_one():
    """3,000 minutes from noon: 720 in the first day, 1,440 in the second, 840 in the third."""
    place = market()
    store.append(market_id=place.pk, timeframe="1m", window=window(*range(1, 3_001)))
    assert list(CandleBlock.objects.order_by("start").values_list("count", flat=True)) == [720, 1_440, 840]
    assert store.window(market_id=place.pk, timeframe="1m", until=None, count=2_500).close.tolist() == list(range(501, 3_001))
    part = store.between(market_id=place.pk, timeframe="1m", since=NOON + 719 * MINUTE, until=NOON + 722 * MINUTE)
    assert part.close.tolist() == [720, 721, 722]


@pytest.mark.django_db
def test_until_is_the_last_open_time_that_belongs():
    place = market()
    store.append(market_id=place.pk, timeframe="1m", window=window(*range(1, 11)))
    found = store.window(market_id=place.pk, timeframe="1m", until=NOON + 4 * MINUTE, count=2)
    assert found.close.tolist() == [4, 5]
    assert len(store.window(market_id=place.pk, timeframe="1m", until=NOON - MINUTE, count=2)) == 0


@pytest.mark.django_db
def test_only_closed_candles_are_served_and_the_first_missed_come_first():
    """At 12:04:30 the candle of 12:03 has closed, that of 12:04 has not."""
    place = market()
    store.append(market_id=place.pk, timeframe="1m", window=window(*range(1, 11)))
    now = NOON + timedelta(minutes=4, seconds=30)
    closed = store.closed(market_id=place.pk, timeframe="1m", after=None, now=now, count=3)
    assert closed.close.tolist() == [2, 3, 4]
    missed = store.closed(market_id=place.pk, timeframe="1m", after=NOON, now=now, count=2)
    assert missed.close.tolist() == [2, 3]
    at_close = store.closed(market_id=place.pk, timeframe="1m", after=NOON + 3 * MINUTE, now=NOON + 5 * MINUTE, count=9)
    assert at_close.close.tolist() == [5]


@pytest.mark.django_db
def test_finer_candles_bring_the_whole_block_to_their_places():
    """100.00 and 1.000 as (2, 3) places are 10000.0 x 10 = 100000 in three places and 10000 in four."""
    place = market()
    store.append(market_id=place.pk, timeframe="1m", window=window(10_000))
    store.append(market_id=place.pk, timeframe="1m", window=window(100_005, start=NOON + MINUTE, places=(3, 4)))
    found = store.window(market_id=place.pk, timeframe="1m", until=None, count=2)
    assert (found.price_places, found.volume_places) == (3, 4)
    assert found.close.tolist() == [100_000, 100_005]
    assert found.volume.tolist() == [10_000, 1_000]


@pytest.mark.django_db
def test_candles_with_more_digits_than_fit_are_refused_and_nothing_is_stored():
    place = market()
    store.append(market_id=place.pk, timeframe="1m", window=window(2**60))
    with pytest.raises(Malformed) as no:
        store.append(market_id=place.pk, timeframe="1m", window=window(5, start=NOON + MINUTE, places=(6, 3)))
    assert no.value.code == "CANDLES_TOO_FINE"
    assert len(store.window(market_id=place.pk, timeframe="1m", until=None, count=9)) == 1


@pytest.mark.django_db
def test_a_window_costs_one_statement_and_storing_costs_three():
    """Lock, read, write (and a savepoint around them inside a test)."""
    place = market()
    store.append(market_id=place.pk, timeframe="1m", window=window(*range(1, 3_001)))
    with CaptureQueriesContext(
        connection,
    ) as reading:
        store.window(market_id=place.pk, timeframe="1m", until=NOON + 2_000 * MINUTE, count=1_440)
    assert len(reading) == 1
    with CaptureQueriesContext(connection) as writing:
        store.append(market_id=place.pk, timeframe="1m", window=window(*range(1, 3_002)))
    assert len([query for query in writing if "SAVEPOINT" not in query["sql"]]) == 3


@pytest.mark.django_db(transaction=True)
def test_eight_writers_of_one_day_lose_no_candle():
    place = market()

    def write(part: int) -> None:
        try:
            for at in range(part, 160, 8):
                store.append(market_id=place.pk, timeframe="1m", window=window(1_000 + at, start=NOON + at * MINUTE))
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(part,)) for part in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.window(market_id=place.pk, timeframe="1m", until=None, count=500)
    assert found.close.tolist() == list(range(1_000, 1_160))


@given(
    st.dictionaries(st.integers(0, 4_000), st.integers(1, 10**9), max_size=40),
    st.dictionaries(st.integers(0, 4_000), st.integers(1, 10**9), max_size=40),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_merging_keeps_what_is_there_and_adds_what_is_new(kept, offered):
    def table(candles: dict[int, int]) -> np.ndarray:
        return np.array([(at, *[price] * 4, 1) for at, price in sorted(candles.items())], dtype=np.int64).reshape(-1, 6)

    merged, told = blocks.merge(kept=table(kept), offered=table(offered))
    assert dict(merged[:, :2].tolist()) == {**offered, **kept}
    assert merged[:, 0].tolist() == sorted({*kept, *offered})
    assert told.stored == len(offered.keys() - kept.keys())
    assert told.duplicates == sum(kept.get(at) == price for at, price in offered.items())
    assert told.stored + told.duplicates + told.conflicts == len(offered)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("count", "name"), [(0, "candle_block_count_in_range"), (1_441, "candle_block_count_in_range")])
def test_the_application_role_cannot_store_a_block_of_a_wrong_size(app_connection, count, name):
    place = market()
    sql = (
        "INSERT INTO trading_candleblock (id, market_id, timeframe, start, price_places, volume_places, count, rows) "
        "VALUES (gen_random_uuid(), %s, '1m', %s, 2, 3, %s, '')"
    )
    with pytest.raises(psycopg.errors.CheckViolation, match=name):
        app_connection.execute(sql, [place.pk, NOON, count])
    app_connection.execute(sql, [place.pk, NOON, 1])
    with pytest.raises(psycopg.errors.UniqueViolation, match="candle_block_once"):
        app_connection.execute(sql, [place.pk, NOON, 1])


@pytest.mark.django_db
def test_the_newest_of_each_timeframe_is_the_last_that_closed_also_when_a_new_block_has_begun():
    """At 00:00:30 the minute that opened at midnight, the first of its day's block, has not closed: the one of 23:59 is newest."""
    place = market()
    midnight = NOON + timedelta(hours=12)
    day = window(*range(10_000, 10_721))  # 12:00 to 00:00
    store.append(market_id=place.pk, timeframe="1m", window=day)
    store.append(market_id=place.pk, timeframe="1h", window=window(30_000, seconds=3_600))
    assert CandleBlock.objects.filter(timeframe="1m").count() == 2

    def closes(now):
        with CaptureQueriesContext(connection) as sent:
            found = store.newest(market_id=place.pk, timeframes=("1m", "1h", "1d"), now=now)
        assert len(sent) == 1
        return sorted((one.seconds, one.close.tolist()) for one in found)

    assert closes(midnight + timedelta(seconds=30)) == [(60, [10_719]), (3_600, [30_000])]
    assert closes(midnight + MINUTE) == [(60, [10_720]), (3_600, [30_000])]
    assert closes(NOON + 30 * MINUTE) == [(60, [10_029])]
    assert closes(NOON) == []
