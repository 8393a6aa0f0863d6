from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "benchmarks"
SCRIPTS = {path.name for path in FOLDER.glob("*.py")}
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("[!.]*/*.md")]


def test_every_script_is_listed_and_every_listed_script_is_there() -> None:
    listed = re.findall(r"^\| `(\w+\.py)` \|", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(SCRIPTS)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_script_that_is_named_for_a_figure_is_there(page: Path) -> None:
    assert set(re.findall(r"benchmarks/([a-z_]+\.py)", page.read_text())) <= SCRIPTS


def test_figures_stand_where_the_list_says() -> None:
    for line in (FOLDER / "README.md").read_text().splitlines():
        if found := re.match(r"\| `(\w+\.py)` \|.*\]\((\S+?\.md)", line):
            script, readme = found.groups()
            assert f"benchmarks/{script}" in (FOLDER / readme).read_text(), line
