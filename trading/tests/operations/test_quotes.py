"""Quotes and marks: the newest counts, whoever comes last."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.models import Mark
from trading.domain.costs import Top
from trading.market import quotes
from trading.models import Quote
from trading.tests.market_builders import NOON, market


@pytest.mark.django_db
def test_a_quote_is_kept_and_its_middle_becomes_the_mark():
    """Between 19,999 and 20,001 lies 20,000."""
    place = market()
    quotes.remember(tops={place.pk: Top(Decimal(19_999), Decimal(20_001), NOON)}, now=NOON)
    assert quotes.newest(markets=[place.pk]) == {place.pk: Top(Decimal(19_999), Decimal(20_001), NOON)}
    mark = Mark.objects.get(market=place)
    assert (mark.price, mark.as_of, mark.source) == (Decimal(20_000), NOON, "quote")


@pytest.mark.django_db
def test_an_older_quote_never_replaces_a_newer_one():
    place = market()
    quotes.remember(tops={place.pk: Top(Decimal(10), Decimal(12), NOON)}, now=NOON)
    earlier = Top(Decimal(20), Decimal(22), NOON - timedelta(seconds=1))
    quotes.remember(tops={place.pk: earlier}, now=NOON)
    assert Quote.objects.get().bid == Decimal(10)
    assert Mark.objects.get().price == Decimal(11)


@pytest.mark.django_db
def test_a_quote_from_a_clock_that_is_ahead_counts_as_seen_now():
    place = market()
    quotes.remember(tops={place.pk: Top(Decimal(10), Decimal(12), NOON + timedelta(hours=1))}, now=NOON)
    quotes.remember(tops={place.pk: Top(Decimal(20), Decimal(22), NOON + timedelta(seconds=1))}, now=NOON + timedelta(seconds=1))
    assert Quote.objects.get().bid == Decimal(20)


@pytest.mark.django_db
def test_two_statements_whatever_the_number_of_markets():
    places = [market(symbol=f"C{at}/USDT") for at in range(7)]
    tops = {place.pk: Top(Decimal(10), Decimal(12), NOON) for place in places}
    with CaptureQueriesContext(connection) as sent:
        quotes.remember(tops=tops, now=NOON)
    assert len([query for query in sent if "SAVEPOINT" not in query["sql"]]) == 2
    assert Quote.objects.count() == Mark.objects.count() == 7


@pytest.mark.django_db(transaction=True)
def test_the_application_role_cannot_store_a_bid_of_zero(app_connection):
    place = market()
    with pytest.raises(psycopg.errors.CheckViolation, match="quote_bid_positive"):
        app_connection.execute("INSERT INTO trading_quote (market_id, bid, ask, at) VALUES (%s, 0, 1, now())", [place.pk])
