"""What docs/simulation.md says of the simulator is what the code does."""

from __future__ import annotations

from typing import Any

import click
import pytest

from data.commands.simulate import simulate
from data.paths import ROOT
from data.simulation.parameters import Campaigns
from data.simulation.resemblance import TARGETS, last_cohort, measure

# The fixture `default_base` is described in conftest.py.
Base = Any


@pytest.fixture(scope="module")
def page() -> str:
    """Return the simulator's page."""
    return (ROOT / "docs" / "simulation.md").read_text(encoding="utf-8")


def table(page: str) -> dict[str, list[str]]:
    rows = (line.strip("|").split("|") for line in page.splitlines() if line.startswith("| "))
    return {name.strip(): [cell.strip() for cell in cells] for name, *cells in rows}


def test_every_option_is_described(page: str) -> None:
    for option in simulate.params:
        assert isinstance(option, click.Option)
        assert f"`{option.opts[0]}`" in page


def test_every_offer_and_file_is_named(page: str) -> None:
    for offer in Campaigns().offers:
        assert f"`{offer}`" in page
        assert f"`effect_{offer}`" in page


def test_targets_are_those_of_the_code(page: str) -> None:
    rows = table(page)
    for name, target in TARGETS.items():
        assert rows[name][0] == f"{target.value:.4g} ± {target.tolerance:g}"


@pytest.mark.slow
def test_the_figures_reached_are_those_measured(page: str, default_base: Base) -> None:
    rows = table(page)
    for name, value in measure(last_cohort(default_base.lake)).items():
        assert float(rows[name][1]) == pytest.approx(value, abs=0.0015), name
