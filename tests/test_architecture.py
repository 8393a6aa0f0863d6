"""`docs/architecture.md` says what the code does: its picture, its two ways, and where to change what."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from data.paths import lake_path, truth_path
from training.commands.options import RUNS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS = ("data", "feature_repo", "training", "serving")
WAYS = ("The way of one request", "The way of one training run")
CHANGES = 28


def section(title: str) -> str:
    """The text under a heading, up to the next one."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/architecture.md has no heading {title!r}"
    return found.group(1)


def imported(path: Path, root: Path = ROOT) -> set[str]:
    """Files of the project that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    files = {name.replace(".", "/") for name in names if name.split(".")[0] in ROOMS}
    candidates = {f"{name}{ending}" for name in files for ending in (".py", "/__init__.py")}
    return {name for name in candidates if (root / name).is_file()}


def unreached(steps: str, root: Path = ROOT) -> list[str]:
    """Modules of a numbered list that no module before them imports."""
    first, *others = dict.fromkeys(re.findall(r"`([\w/]+\.py)`", steps))
    reached, missed = imported(root / first, root), []
    for module in others:
        if module not in reached:
            missed.append(module)
        reached |= imported(root / module, root)
    return missed


@pytest.mark.parametrize("way", WAYS)
def test_each_module_of_a_way_is_imported_by_one_before_it(way: str) -> None:
    steps = re.findall(r"^\d+\. .+(?:\n   .+)*", section(way), re.MULTILINE)
    assert len(steps) > 10
    assert unreached("\n".join(steps)) == []


def test_a_module_that_is_not_reached_is_found(tmp_path: Path) -> None:
    (tmp_path / "serving").mkdir()
    (tmp_path / "serving" / "a.py").write_text("from serving import b\n")
    (tmp_path / "serving" / "b.py").write_text("")
    (tmp_path / "serving" / "c.py").write_text("from serving import a\n")
    assert unreached("1. `serving/a.py`\n2. `serving/c.py`\n3. `serving/b.py`", tmp_path) == ["serving/c.py"]


def drawn() -> str:
    return PAGE.partition("```mermaid\n")[2].partition("```")[0]


def test_the_picture_has_the_imports_between_the_rooms_and_no_other() -> None:
    found = {
        (room, other.split("/")[0])
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for other in imported(path)
    }
    arrows = set(re.findall(r"^ +(\w+) -\. imported by \.-> (\w+)$", drawn(), re.MULTILINE))
    assert arrows == {(other, room) for room, other in found if room != other}


def test_the_picture_says_where_things_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STAYLINE_LAKE", "STAYLINE_TRUTH"):
        monkeypatch.delenv(name, raising=False)
    feast = yaml.safe_load((ROOT / "feature_repo" / "feature_store.yaml").read_text())
    serving = yaml.safe_load((ROOT / "serving" / "settings.yaml").read_text())
    lying = {
        "lake": lake_path().relative_to(ROOT),
        "truth": truth_path().relative_to(ROOT),
        "registry": Path("feature_repo", feast["registry"]["path"]),
        "online": Path("feature_repo", feast["online_store"]["path"]),
        "runs": RUNS.relative_to(ROOT),
        "scores": Path(serving["scores_file"]),
    }
    told = dict(re.findall(r'^ +(\w+)\[\(".+?<br/>([\w/.]+)"\)\]$', drawn(), re.MULTILINE))
    assert told == {name: path.as_posix() for name, path in lying.items()}


def test_every_name_in_the_picture_is_drawn() -> None:
    named = set(re.findall(r"^ +(\w+)[\[(]", drawn(), re.MULTILINE))
    used = {name for arrow in re.findall(r"^ +(\w+) -.*?-> (\w+)$", drawn(), re.MULTILINE) for name in arrow}
    assert used == named
    assert named >= set(ROOMS)


def changes() -> list[tuple[int, str, str]]:
    """Number, what is opened, and what is looked for."""
    rows = re.findall(
        r"^\| (\d+) \| .+? \| (.+?) \| ?(.*?) ?\|$", section("Where do I change …"), re.MULTILINE
    )
    return [(int(number), opened, token.strip("`")) for number, opened, token in rows]


def test_every_question_has_an_answer() -> None:
    assert [number for number, _, _ in changes()] == list(range(1, CHANGES + 1))


@pytest.mark.parametrize(("opened", "token"), [pytest.param(o, t, id=str(n)) for n, o, t in changes()])
def test_what_is_to_be_changed_is_in_the_one_file_that_the_page_names(opened: str, token: str) -> None:
    if planned := re.fullmatch(r"not built yet; its place is \*([\w/.]+)\*", opened):
        assert not (ROOT / planned.group(1)).exists(), "it is built: name what to look for"
        assert planned.group(1).startswith(ROOMS)
        return
    file = re.fullmatch(r"`([\w/.]+)`", opened)
    assert file, opened
    assert token
    assert token in (ROOT / file.group(1)).read_text(encoding="utf-8")
