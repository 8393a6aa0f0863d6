from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from small_lakes import AppliedRepo

from feature_repo.feast_import import check_constructors_only

# Feast as the commands have it, whichever test imports it first.
check_constructors_only()

# Nobody is suppressed by what other tests write, or by whoever works in this folder.
NOWHERE = Path(tempfile.gettempdir()) / f"stayline-tests-{os.getpid()}"
os.environ["STAYLINE_SUPPRESSED"] = str(NOWHERE / "suppressed.parquet")
os.environ["STAYLINE_CAMPAIGNS"] = str(NOWHERE / "campaigns")

UNDER_A_MUTANT = "MUTANT_UNDER_TEST" in os.environ
"""In `make mutants` the first failure is enough, whatever the example; most tests are to fail."""

# The same examples every time, however busy the machine is.
phases = [Phase.explicit, Phase.generate] if UNDER_A_MUTANT else tuple(Phase)
settings.register_profile("stayline", derandomize=True, deadline=None, phases=phases)
settings.load_profile("stayline")


def effort(item: pytest.Item) -> tuple[bool, int]:
    """Tests of many examples last, and before them those with many fixtures."""
    many = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    return many, len(getattr(item, "fixturenames", ()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Under a mutant, the quickest tests come first."""
    if UNDER_A_MUTANT:
        items.sort(key=effort)


@pytest.fixture
def use_repo(monkeypatch: pytest.MonkeyPatch) -> Callable[[AppliedRepo], None]:
    """Point this process at an applied repo."""

    def use(repo: AppliedRepo) -> None:
        for name, value in repo.environment.items():
            monkeypatch.setenv(name, value)

    return use


@pytest.fixture(params=[0, 0o022], ids=["umask-000", "umask-022"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """The test runs once under each umask: one that takes nothing away, and the usual one."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def model_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty BentoML model store, in place of the user's own."""
    # Few tests need it, and its import is slow.
    from bentoml._internal.configuration.containers import BentoMLContainer
    from bentoml._internal.models import ModelStore

    monkeypatch.setenv("BENTOML_DO_NOT_TRACK", "True")
    path = tmp_path / "bentoml" / "models"
    path.mkdir(parents=True)
    BentoMLContainer.model_store.set(ModelStore(path))
    yield path
    BentoMLContainer.model_store.reset()
