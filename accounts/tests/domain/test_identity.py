"""Ids sort by the time they were made and have the layout of version 7."""

import time

from accounts.domain.identity import new_id


def test_a_thousand_ids_differ_and_have_version_7() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {one.version for one in ids} == {7}


def test_an_id_made_two_milliseconds_later_sorts_later() -> None:
    first = new_id()
    time.sleep(0.002)
    assert str(first) < str(new_id())
