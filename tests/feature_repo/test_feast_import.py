"""Feast is imported in less than half of its time, and refuses what it refused.

All tests run as the commands do: Feast's constructors are checked and its other methods are not, whichever
test imports Feast first (`tests/conftest.py` sees to it). Feast with all of its checks, as its own command
has it, is met in processes of their own, here and in `test_feast_cli.py`.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typeguard
from feast import Entity, FeatureService, FeatureView, Field, FileSource, Project, ValueType
from feast.types import String
from house import REPO, House, everyone
from small_lakes import ROOT
from typeguard import TypeCheckError

from feature_repo import feast_import

CUSTOMER = Entity(name="customer", join_keys=["customerID"], value_type=ValueType.STRING)
GENDER = Field(name="gender", dtype=String)
SOURCE = FileSource(name="demographics", path="demographics.parquet", timestamp_field="event_timestamp")
RIGHT: dict[type, dict[str, Any]] = {
    Entity: {"name": "customer", "join_keys": ["customerID"], "value_type": ValueType.STRING},
    Field: {"name": "gender", "dtype": String, "description": "Female or Male."},
    FileSource: {
        "name": "demographics",
        "path": "demographics.parquet",
        "timestamp_field": "event_timestamp",
    },
    FeatureView: {
        **{"name": "demographics", "entities": [CUSTOMER], "ttl": timedelta(days=1), "schema": [GENDER]},
        **{"source": SOURCE, "tags": {"base": "a"}},
    },
    FeatureService: {"name": "churn_v1", "features": []},
    Project: {"name": "stayline", "description": "Who leaves."},
}
WRONG: list[tuple[type, str, Any]] = [
    (Entity, "name", None),
    (Entity, "join_keys", "customerID"),
    (Entity, "value_type", "STRING"),
    (Field, "name", None),
    (Field, "dtype", "String"),
    (Field, "dtype", str),
    (Field, "description", None),
    (FileSource, "path", None),
    (FileSource, "timestamp_field", 1),
    (FileSource, "file_format", "parquet"),
    (FeatureView, "name", 1),
    (FeatureView, "entities", ["customer"]),
    (FeatureView, "entities", CUSTOMER),
    (FeatureView, "ttl", 62),
    (FeatureView, "schema", ["gender"]),
    (FeatureView, "schema", GENDER),
    (FeatureView, "source", "demographics"),
    (FeatureView, "description", None),
    (FeatureView, "tags", {"base": 1}),
    (FeatureService, "name", None),
    (FeatureService, "features", [GENDER]),
    (Project, "name", None),
    (Project, "description", 1),
]
"""Wrong values of the arguments that the definitions of `feature_repo` give.

With no check at all Feast takes some of them, such as None for a name. Of most others it says 'bad argument
type for built-in operation', and only when they are applied.
"""


def refusal(made: type, argument: str, value: Any) -> str:
    try:
        made(**(RIGHT[made] | {argument: value}))
    except TypeCheckError as error:
        return str(error)
    return "taken"


def python(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, text=True)


@pytest.mark.parametrize("made", RIGHT, ids=lambda made: made.__name__)
def test_a_right_definition_is_taken(made: type) -> None:
    made(**RIGHT[made])


@pytest.mark.parametrize(("made", "argument", "value"), WRONG)
def test_a_wrong_argument_of_a_definition_is_refused_and_named(made: type, argument: str, value: Any) -> None:
    assert f'argument "{argument}"' in refusal(made, argument, value)


def test_the_other_methods_of_feast_are_as_feast_wrote_them() -> None:
    """Checking them too is what took the time."""
    with pytest.raises(AttributeError):
        Field.from_proto(SimpleNamespace())


@pytest.mark.slow
def test_feast_alone_refuses_the_same_in_the_same_words() -> None:
    program = f"""
import sys
sys.path[:0] = {[str(Path(__file__).parent), str(ROOT / "tests" / "support")]!r}
import feast
from test_feast_import import *
try:
    Field.from_proto(SimpleNamespace())
except TypeCheckError:
    print(*[refusal(*wrong) for wrong in WRONG], sep="\\n--\\n")
"""
    done = python("-c", program)
    assert done.stdout.rstrip("\n").split("\n--\n") == [refusal(*wrong) for wrong in WRONG]


def test_classes_and_functions_of_others_keep_all_checks() -> None:
    @typeguard.typechecked
    class Other:
        def method(self, number: int) -> int:
            return number

    @typeguard.typechecked(collection_check_strategy=typeguard.CollectionCheckStrategy.ALL_ITEMS)
    def function(numbers: list[int]) -> int:
        return len(numbers)

    assert typeguard.typechecked is feast_import._typechecked_constructor
    with pytest.raises(TypeCheckError):
        Other().method("1")  # type: ignore[arg-type]
    with pytest.raises(TypeCheckError):
        function([1, "2"])  # type: ignore[list-item]


def test_where_feast_is_imported_already_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeguard, "typechecked", feast_import._typechecked)
    feast_import.check_constructors_only()
    assert typeguard.typechecked is feast_import._typechecked


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", ["training run", "serving materialize", "feature_repo feature-views list"]
)
def test_every_door_imports_feast_so(command: str, house: House) -> None:
    program = """
import runpy, sys
try:
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
finally:
    print("checked:", "typeguard" in sys.modules["feast"].Field.from_proto.__code__.co_names)
"""
    house.write(everyone(["A"]))
    done = python("-c", program, *command.split())
    assert "checked: False" in done.stdout, done.stderr


@pytest.mark.slow
def test_applying_a_wrong_definition_fails_and_names_the_argument(house: House, tmp_path: Path) -> None:
    repo = tmp_path / "copy"
    repo.mkdir()
    (repo / "feature_store.yaml").write_text((REPO / "feature_store.yaml").read_text())
    (repo / "definitions.py").write_text("from feast import Entity\ncustomer = Entity(name=1)\n")
    for door in ("feature_repo", "feast.cli.cli"):
        done = python("-m", door, "-c", str(repo), "apply")
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].endswith('argument "name" (int) is not an instance of str')
    assert not house.registry.exists()


@pytest.mark.slow
def test_the_door_applies_from_any_folder_what_feasts_own_command_applies(
    house: House, tmp_path: Path
) -> None:
    house.write(everyone(["A"]))
    assert python("-m", "feature_repo", "apply", cwd=tmp_path).returncode == 0
    assert house.registry.exists()
    planned = python("-m", "feast.cli.cli", "-c", "feature_repo", "plan")
    assert "No changes to registry" in planned.stdout, planned.stderr
