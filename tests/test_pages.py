"""The pages: every link leads somewhere, the first page is short, and what a page promises is in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("data", "feature_repo", "training", "serving")
MADE_BY_RUNS = (
    "data/lake/",
    "data/truth/",
    "data/.lake-swap/",
    "training/runs/",
    "serving/out/",
    "feature_repo/data/",
)
MOST_WORDS = 1_300
HEADINGS = {
    "README.md": (
        "A session to type along",
        "How good is it?",
        "Your own data",
        "Where to read on",
    ),
    "docs/api.md": ("Endpoints", "Errors", "Reasons", "What-if", "The model card", "The page"),
    "docs/campaigns.md": ("Planning a campaign", "Power", "Reading a campaign out", "Fairness", "Goals"),
    "docs/decisions.md": ("The decision", "Bands", "The playbook", "By lot", "Suppression"),
    "docs/evaluation.md": ("Both protocols", "Why published figures are higher", "On another processor"),
    "docs/operations.md": (
        "Settings",
        "Environment variables",
        "API keys",
        "Limits",
        "Logs",
        "Metrics",
        "Readiness",
        "Stopping",
        "Containers",
        "Redis",
    ),
    "docs/performance.md": ("The service", "Online reads", "Filling the online store", "Resampling"),
    "docs/registry.md": ("Promotion", "Challenger", "Roll-back", "Prune", "Export and import", "Following"),
}
TERMS = (
    "arm",
    "band",
    "base",
    "calibration",
    "campaign",
    "challenger",
    "champion",
    "cohort",
    "control group",
    "edition",
    "feature service",
    "feature view",
    "gap",
    "hold-out",
    "horizon",
    "lake",
    "materialize",
    "observation date",
    "point-in-time",
    "readout",
    "segment",
    "stay",
    "threshold",
    "time to live",
    "untouched part",
)


def pages() -> Iterator[Path]:
    for folder, subfolders, files in os.walk(ROOT):
        subfolders[:] = [
            name
            for name in subfolders
            if not name.startswith(".") and name not in ("build", "mutants", "runs")
        ]
        yield from (Path(folder) / name for name in files if name.endswith(".md"))


PAGES = sorted(page.relative_to(ROOT).as_posix() for page in pages())


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def headings(page: Path) -> list[str]:
    return re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them; of two equal headings the second is numbered."""
    found: list[str] = []
    for heading in headings(page):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        count = sum(re.fullmatch(rf"{re.escape(slug)}(-\d+)?", known) is not None for known in found)
        found.append(f"{slug}-{count}" if count else slug)
    return set(found)


def links(page: Path) -> list[str]:
    """Targets inside the project, those of images too."""
    found = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", prose(page)))
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def broken(page: Path) -> list[str]:
    wrong = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    return wrong


@pytest.mark.parametrize("page", PAGES)
def test_every_link_and_anchor_leads_somewhere(page: str) -> None:
    assert broken(ROOT / page) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A heading: one, two\n\n## Twice\n\n## Twice\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md#a-heading-one-two) [b](there.md#twice-1) [c](https://example.com/x) `[d](nowhere.md)`\n"
        "```\n[e](nowhere.md)\n```\n"
        "[f](nowhere.md) [g](there.md#twice-2) ![h](picture.png) [i](#nothing)\n"
    )
    assert broken(page) == ["nowhere.md", "there.md#twice-2", "picture.png", "#nothing"]


def test_the_first_page_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= MOST_WORDS


def test_the_first_page_leads_to_every_other() -> None:
    of_rooms = [f"{room}/README.md" for room in ROOMS]
    in_docs = [page for page in PAGES if page.startswith("docs/")]
    assert set(links(ROOT / "README.md")) >= {*of_rooms, *in_docs, "CHANGELOG.md", "CONTRIBUTING.md"}


@pytest.mark.parametrize("page", HEADINGS)
def test_what_a_page_promises_is_in_it(page: str) -> None:
    assert [heading for heading in HEADINGS[page] if heading not in headings(ROOT / page)] == []


def test_the_glossary_has_every_term_in_order() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r"^\| \*\*(.+?)\*\* \(", text, re.MULTILINE)
    assert terms == sorted(TERMS)


def test_every_environment_variable_is_documented() -> None:
    sources = [ROOT / "Makefile", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]
    read = {name for path in sources for name in re.findall(r"\bSTAYLINE_[A-Z_]+\b", path.read_text())}
    assert len(read) > 5
    text = (ROOT / "README.md").read_text() + (ROOT / "docs" / "operations.md").read_text()
    assert [name for name in sorted(read) if f"`{name}`" not in text] == []


def named_paths(page: Path) -> list[str]:
    """Files and folders that a page names: with a slash, and of a room or a folder beside it."""
    tokens = re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", prose(page))
    return [
        token
        for token in tokens
        if "/" in token and (token.endswith("/") or re.search(r"\.(py|yaml|toml|md|db|parquet)$", token))
    ]


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("CHANGELOG.md", "CONTRIBUTING.md")])
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    """A changelog names what is gone, and a recipe what is to be made."""
    room = (ROOT / page).parent
    missing = [
        path
        for path in named_paths(ROOT / page)
        if not path.startswith(MADE_BY_RUNS)
        and not (ROOT / path).exists()
        and not (room != ROOT and any(room.rglob(path.rstrip("/"))))
    ]
    assert missing == []
