"""Strategies of other packages: found by their entry point, held to the same contract, refused when a name is taken or nothing loads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from accounts.domain.refusals import Refusal
from bots import strategies
from bots.strategies import BUILT_IN, families, strategy
from bots.tests.domain import walks
from bots.tests.plug_ins import importable, install


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with importable(tmp_path):
        yield tmp_path


def refusal() -> Refusal:
    with pytest.raises(Refusal) as refused:
        families()
    return refused.value


def test_an_installed_strategy_stands_after_the_built_in_ones_and_judges_like_them(folder: Path) -> None:
    install(folder)

    assert list(families()) == [*(kind.family for kind in BUILT_IN), "riser"]
    found = strategy("riser")
    assert isinstance(found, strategies.Strategy)
    assert found.validate({}) == {"period": 5}
    with pytest.raises(Refusal) as refused:
        found.validate({"period": 51})
    assert (refused.value.code, refused.value.numbers["high"]) == ("BAD_PARAMETER", "50")
    said = walks.judged(found, walks.candles(7, 400), [found.genome({"period": 5}), found.genome({"period": 40})])
    assert set(np.unique(said.direction[-300:])) >= {-1, 1}


def test_without_the_package_its_family_is_unknown(folder: Path) -> None:
    assert "riser" not in families()
    install(folder)
    families.cache_clear()
    assert "riser" in families()


@pytest.mark.parametrize("family", [kind.family for kind in BUILT_IN])
def test_a_plug_in_with_the_name_of_a_built_in_family_is_refused_by_its_module(folder: Path, family: str) -> None:
    install(folder, family=family)

    said = refusal()
    assert (said.code, said.sentence) == ("STRATEGY_TWICE", f"Two strategies are called {family}: rename the one in acme_riser.")


def test_two_plug_ins_of_one_name_are_refused(folder: Path) -> None:
    install(folder)
    install(folder, package="acme_other")

    said = refusal()
    assert said.code == "STRATEGY_TWICE"
    assert said.sentence.startswith("Two strategies are called riser: rename the one in acme_")


@pytest.mark.parametrize(("target", "why"), [("Missing", "cannot be loaded"), ("np", "is no strategy"), ("Parameter", "is no strategy")])
def test_a_plug_in_that_is_no_strategy_is_refused_by_name(folder: Path, target: str, why: str) -> None:
    install(folder, target=target)

    said = refusal()
    assert said.code == "PLUG_IN_BROKEN"
    assert f"acme_riser:{target}" in said.sentence
    assert why in said.sentence


def test_a_plug_in_whose_module_is_gone_is_refused_by_name(folder: Path) -> None:
    install(folder)
    (folder / "acme_riser.py").unlink()

    assert "No module named 'acme_riser'" in refusal().sentence
