"""Lines are made while the server stores the first of them: whichever fails, nothing is stored and the connection goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, transaction

from accounts.domain.refusals import Refusal
from ledger.models import Asset
from ledger.operations import bulk

pytestmark = pytest.mark.django_db
MANY = 3 * bulk.AT_ONCE + 1


def coins(*, refused_at: int = MANY) -> Iterator[str]:
    for number in range(MANY):
        if number == refused_at:
            raise Refusal("TOO_MANY", "There are too many coins.")
        yield f"COIN{number}"


def stored() -> int:
    return Asset.objects.filter(code__startswith="COIN").count()


def test_all_lines_are_stored_also_those_after_the_last_full_part() -> None:
    bulk.copy("ledger_asset", ["code"], coins())
    assert stored() == MANY == 301


@pytest.mark.parametrize("number", [0, 1, bulk.AT_ONCE, MANY - 1])
def test_what_goes_wrong_while_lines_are_made_is_told_as_it_is_and_leaves_nothing(number: int) -> None:
    with pytest.raises(Refusal, match="too many coins"), transaction.atomic():
        bulk.copy("ledger_asset", ["code"], coins(refused_at=number))
    assert stored() == 0


def test_what_the_table_refuses_at_the_end_leaves_nothing_either() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.copy("ledger_asset", ["code"], [*coins(), "COIN0"])
    assert stored() == 0


def test_no_lines_are_no_statement() -> None:
    bulk.copy("no_such_table", ["code"], iter(()))
