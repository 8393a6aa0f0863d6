"""The recipes of `CONTRIBUTING.md`, applied as they stand to a copy of the project, and checked there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = ("A feature column", "A classifier", "An endpoint", "A metric", "A language", "An online store")
LEFT_OUT = (".git", ".venv", "__pycache__", ".pytest_cache", ".hypothesis", ".ruff_cache", "mutants")
IGNORED = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
WRITTEN = [line.strip("/") for line in IGNORED if line.startswith("/")]
"""Where runs write, as git knows it: a lake may be large."""
TRAINED = """
import json, sys
from pathlib import Path

from click.testing import CliRunner

from data.commands.cli import main as data
from feature_repo.paths import REPO, lake_dir
from house import apply_beside
from serving.batch import score_all
from serving.registry.model_files import load_model
from serving.settings import load_settings as serving_settings
from training.pipeline import run
from training.settings.settings import Settings, load_settings

made = CliRunner().invoke(data, ["simulate", "--customers", "400", "--months", "9", "--end", "2026-07-01"])
assert made.exit_code == 0, made.output
apply_beside(lake_dir())
values = load_settings().model_dump() | {"samplers": ["none"], "threads": 1}
values["classifiers"] = {"discriminant": values["classifiers"]["discriminant"]}
values["segments"] |= {"k_max": 3}
result = run(REPO, lake_dir(), Settings.model_validate(values), Path(sys.argv[1]))
tag = result.summary["model"]
model = load_model(tag)
report = score_all(Path(sys.argv[2]), tag, serving_settings(), top=1)
print(json.dumps({
    "features": result.summary["features"],
    "arms": [arm["arm"] for arm in result.summary["arms"]],
    "folds": [sorted(fold) for arm in result.summary["arms"] for fold in arm["folds"]],
    "kind": model.classifier.kind,
    "columns": list(model.encoder.columns),
    "probability": float(report.top["probability"][0]),
    "rows": report.rows,
}))
"""


@dataclass(frozen=True)
class Block:
    """A fenced block of a step, and the file that the step is about."""

    file: str
    language: str
    text: str

    def apply(self, root: Path) -> None:
        path = root / self.file
        if self.language != "diff":
            assert not path.exists(), f"{self.file} is there already"
            path.write_text(self.text, encoding="utf-8")
            return
        lines = [(line[:1] or " ", line[1:]) for line in self.text.splitlines()]
        before, after = (
            "".join(f"\n{line}" for mark, line in lines if mark in marks) + "\n" for marks in (" -", " +")
        )
        content = "\n" + path.read_text(encoding="utf-8")  # so that whole lines are found, the first too
        assert content.count(before) == 1, f"{self.file} has {content.count(before)} times:{before}"
        path.write_text(content.replace(before, after)[1:], encoding="utf-8")


def recipe(title: str, page: str = PAGE) -> str:
    found = re.search(rf"^### {title}\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"CONTRIBUTING.md has no recipe {title!r}"
    return found.group(1)


def steps(text: str) -> Iterator[tuple[str, str]]:
    """The file that each step begins with, and the step."""
    for step in re.findall(r"^\d+\. (.*?)(?=^\d+\. |^\S|\Z)", text, re.MULTILINE | re.DOTALL):
        yield re.match(r"`([\w/.-]+)`", step).group(1), step  # type: ignore[union-attr]


def blocks(text: str) -> list[Block]:
    return [
        Block(file, language, dedent(inside))
        for file, step in steps(text)
        for language, inside in re.findall(r"^ *```(\w+)\n(.*?)^ *```$", step, re.MULTILINE | re.DOTALL)
    ]


def check_of(text: str) -> list[str]:
    """The paths of the `pytest` command that ends a recipe."""
    command = re.search(r"^Check: `pytest (.+)`$", text, re.MULTILINE).group(1)  # type: ignore[union-attr]
    return re.findall(r"\btests/\S+", command)


APPLIED = [title for title in RECIPES if blocks(recipe(title))]


def test_every_recipe_has_its_files_and_its_check() -> None:
    assert re.findall(r"^### (.+)$", PAGE, re.MULTILINE) == list(RECIPES)
    assert {"A feature column", "A classifier", "An endpoint"} <= set(APPLIED)
    for title in RECIPES:
        new = {block.file for block in blocks(recipe(title)) if block.language != "diff"}
        missing = [file for file, _ in steps(recipe(title)) if not (ROOT / file).exists()]
        assert set(missing) == new, title
        assert all((ROOT / path).exists() for path in check_of(recipe(title))), title


def test_every_block_has_its_place(tmp_path: Path) -> None:
    """Only in a copy of the files that are touched, so that it takes no time."""
    for title in APPLIED:
        for block in blocks(recipe(title)):
            target = tmp_path / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / block.file).exists() and not target.exists():
                shutil.copy(ROOT / block.file, target)
            block.apply(tmp_path)


def test_a_block_without_a_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\ntwo\none\n")
    (block,) = blocks("1. `a.py`: more.\n\n   ```diff\n    one\n   +three\n   ```\n")
    with pytest.raises(AssertionError, match=r"a\.py has 2 times:\n *one"):
        block.apply(tmp_path)
    Block("a.py", "diff", " two\n-one\n+four\n").apply(tmp_path)
    assert (tmp_path / "a.py").read_text() == "one\ntwo\nfour\n"


@dataclass(frozen=True)
class Copy:
    """The project with every recipe applied."""

    root: Path
    place: Path

    def run(self, *command: str) -> str:
        """Run one of the environment's programs in the copy; its own packages come first."""
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(self.root), str(self.root / "tests" / "support")]),
            "STAYLINE_LAKE": str(self.place / "lake"),
            "STAYLINE_TRUTH": str(self.place / "truth"),
            "STAYLINE_REGISTRY": str(self.place / "state" / "registry.db"),
            "STAYLINE_ONLINE_STORE": str(self.place / "state" / "online.db"),
            "BENTOML_HOME": str(self.place / "bentoml"),
            "BENTOML_DO_NOT_TRACK": "True",
        }
        program = str(Path(sys.executable).with_name(command[0]))
        done = subprocess.run(
            [program, *command[1:]], cwd=self.root, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{' '.join(command)[:300]}\n{done.stdout[-6000:]}{done.stderr[-3000:]}"
        return done.stdout


def _not_copied(folder: str, names: list[str]) -> set[str]:
    here = Path(folder).relative_to(ROOT)
    written = {name for name in names for pattern in WRITTEN if fnmatch((here / name).as_posix(), pattern)}
    return written | ({*names} & {*LEFT_OUT})


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    folder = tmp_path_factory.mktemp("recipes")
    root = folder / "stayline"
    shutil.copytree(ROOT, root, ignore=_not_copied)
    for title in APPLIED:
        for block in blocks(recipe(title)):
            block.apply(root)
    return Copy(root, folder)


@pytest.mark.slow
def test_the_code_of_the_recipes_passes_lint(copy: Copy) -> None:
    copy.run("ruff", "check", "--no-cache", ".")
    copy.run("ruff", "format", "--no-cache", "--check", ".")
    copy.run("mypy")


@pytest.mark.slow
def test_the_checks_of_the_recipes_pass(copy: Copy) -> None:
    paths = dict.fromkeys(path for title in APPLIED for path in check_of(recipe(title)))
    output = copy.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *paths)
    assert " passed" in output


@pytest.mark.slow
def test_the_new_column_and_the_new_classifier_are_trained_on_registered_and_scored(copy: Copy) -> None:
    output = copy.run("python", "-c", TRAINED, str(copy.place / "runs"), str(copy.place / "scores.parquet"))
    result = json.loads(output.splitlines()[-1])
    services = json.loads((copy.place / "state" / "registry.db.services.json").read_text().splitlines()[0])
    views = {view["view"]: dict(view["features"]) for view in services["projects"]["stayline"]["churn_v1"]}
    assert views["tickets"]["ticketsPerMonth"] == "Float64"
    assert "ticketsPerMonth" in result["features"]
    assert "ticketsPerMonth" in result["columns"]
    assert result["arms"] == ["none+discriminant"]
    assert all("balanced_accuracy" in fold for fold in result["folds"])
    assert result["kind"] == "discriminant"
    assert result["rows"] > 300
    assert 0 < result["probability"] < 1
