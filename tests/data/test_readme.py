from __future__ import annotations

import json
import re

import pytest

from data.commands.cli import main
from data.lake_files.manifest import Facts, Manifest
from data.paths import ROOT
from data.schema import KEYS, TABLES, Table

README = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
SIMULATION = (ROOT / "docs" / "simulation.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """Return the text under a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"data/README.md has no heading {title!r}"
    return found.group(1)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: str(table.name))
def test_every_column_is_described_with_its_type_and_categories(table: Table) -> None:
    text = section(table.name)
    described = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| `")}
    assert list(described) == [f"`{column.name}`" for column in table.values]
    for column in table.values:
        line = described[f"`{column.name}`"]
        arrow_type = "float64" if str(column.type) == "double" else str(column.type)
        assert arrow_type in line
        assert ("nullable" in line) == column.nullable
        assert ", ".join(column.categories) in line


def test_the_keys_are_described() -> None:
    assert all(f"| `{key}` |" in section("Clocks, keys and types") for key in KEYS)


def test_every_key_of_the_manifest_is_described(facts: Facts) -> None:
    text = section("The manifest")
    assert all(f"| `{key}` |" in text for key in json.loads(Manifest(facts).to_json()))


def test_every_command_and_option_is_described() -> None:
    for name, command in main.commands.items():
        assert f"python -m data {name}" in README
        page = SIMULATION if name == "simulate" else README
        for option in (option for parameter in command.params for option in parameter.opts):
            assert not option.startswith("--") or f"`{option}`" in page, option
