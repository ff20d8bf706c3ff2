"""Lists of bots stay short enough for a phone, however many bots somebody has: fifty at a time, and ways to the others."""

import re
from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import User
from accounts.tests.builders import person
from amarktai.dashboard.tests.builders import window
from trading.tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def many(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """Somebody with 121 bots, named by number: made once, as nobody here writes to them."""
    with django_db_blocker.unblock(), transaction.atomic():
        owner = person("many")
        builders.fund(owner, "200000")
        for number in range(121):
            builders.bot(owner, name=f"Bot {number:03d}", capital="1000")
        yield owner
        transaction.set_rollback(True)


def shown(user: User, path: str) -> tuple[list[str], str]:
    """The numbers of the bots on a page, and what is said of which part it is."""
    page = window(user).get(path).content.decode()
    said = re.search(r"<span>([0-9,]+ to [0-9,]+ of [0-9,]+)</span>", page)
    return re.findall(r'<a (?:class="name" )?href="/bots/[^"]+">(?:<b>)?Bot (\d+)<', page), said.group(1) if said else ""


@pytest.mark.parametrize("path", ["/risk/?order=name", "/stages/?stage=TRAINING", "/bots/?q=bot&sort=name"])
def test_a_long_list_comes_in_parts_of_fifty_that_lead_to_each_other(many, path):
    first, second, third = (shown(many, f"{path}&page={number}") for number in (1, 2, 3))

    assert [len(names) for names, _ in (first, second, third)] == [50, 50, 21]
    assert [*first[0], *second[0], *third[0]] == [f"{number:03d}" for number in range(121)]
    assert [said for _, said in (first, second, third)] == ["1 to 50 of 121", "51 to 100 of 121", "101 to 121 of 121"]
    assert shown(many, path) == first
    kept = path.split("?")[1].replace("&", "&amp;")
    page = window(many).get(f"{path}&page=2").content.decode()
    assert f'href="?{kept}&amp;page=1" rel="prev"' in page
    assert f'href="?{kept}&amp;page=3" rel="next"' in page
    assert 'rel="next"' not in window(many).get(f"{path}&page=3").content.decode()


@pytest.mark.parametrize(("given", "part"), [("0", 1), ("-1", 1), ("x", 1), ("%C2%B2", 1), ("9" * 30, 1), ("999", 3), ("", 1)])
def test_a_page_number_that_means_nothing_is_the_first_and_one_too_far_the_last(many, given, part):
    assert shown(many, f"/risk/?order=name&page={given}") == shown(many, f"/risk/?order=name&page={part}")


def test_a_short_list_says_nothing_of_pages(alice):
    builders.fund(alice)
    builders.bot(alice, name="Bot 000")

    assert shown(alice, "/risk/") == (["000"], "")
    assert shown(alice, "/stages/") == (["000"], "")


def test_bots_beyond_two_hundred_are_counted_and_reached(alice):
    """The list used to end at 200 without a word, and its sums with it: 201 bots have 20,100 USDT of capital."""
    builders.fund(alice, "30000")
    for number in range(201):
        builders.bot(alice, name=f"Bot {number:03d}", capital="100")

    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", window(alice).get("/bots/").content.decode()))

    assert "201 of 201 bots" in page
    assert re.search(r"Capital\s+20,100\.00 USDT", page)
    assert shown(alice, "/bots/?page=5") == (["200"], "201 to 201 of 201")
