"""A service that swaps its champion again and again keeps its descriptors, its memory and its answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from asking import Asking, wait_until
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from drills import LONG
from lightgbm import LGBMClassifier
from place import Place
from server import Server
from small_lakes import ROOT
from small_models import register_whole_model

from serving.registry import decisions

pytestmark = [pytest.mark.slow, pytest.mark.drill]
SWAPS = 500 if LONG else 12
CUSTOMERS = [f"{number:04d}-TESTA" for number in range(60)]
PATIENCE = 30.0
FILES = 15
"""Files that may be open on top of the first count: connections of threads that had not read yet, a lock."""
BYTES = 8 * 2**20
"""What the second half of the swaps may add to the memory of the first."""


@pytest.fixture
def models(place: Place, tmp_path: Path) -> Iterator[tuple[Path, str, str]]:
    """A copy of the place's BentoML home that this process writes to, its champion and another model."""
    home = Path(shutil.copytree(place.folder / "bentoml", tmp_path / "bentoml"))
    BentoMLContainer.model_store.set(ModelStore(home / "models"))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("BENTOML_DO_NOT_TRACK", "True")
        other = register_whole_model("by-hand", LGBMClassifier(n_estimators=3, n_jobs=1, verbose=-1))
        yield home, place.champion, other
    BentoMLContainer.model_store.reset()


def test_swaps_leave_nothing_open(place: Place, models: tuple[Path, str, str], tmp_path: Path) -> None:
    home, first, second = models
    settings = yaml.safe_load(Path(place.environment["STAYLINE_SERVING_SETTINGS"]).read_text())
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump({**settings, "registry_poll_seconds": 0.1}))
    environment = place.environment | {
        "BENTOML_HOME": str(home),
        "STAYLINE_SERVING_SETTINGS": str(tmp_path / "settings.yaml"),
    }
    with Server(ROOT, environment, tmp_path / "serve.log") as server:
        server.wait_until_ready()
        (worker,) = server.workers()
        with Asking(server, CUSTOMERS) as asking:
            opened, memory = [], []
            for swap in range(SWAPS):
                tag = (second, first)[swap % 2]
                decisions.promote(tag, "test", f"swap {swap}")
                wait_until(lambda: server.ask("GET", "/readyz").body["model"] == tag, PATIENCE)  # noqa: B023
                moment = len(asking.answers)
                wait_until(lambda: len(asking.answers) > moment + 8, PATIENCE)  # noqa: B023
                opened.append(worker.num_fds() - len(worker.net_connections()))
                memory.append(worker.memory_info().rss)
    assert {asked.status for asked in asking.answers} == {200}
    assert max(opened) <= opened[0] + FILES
    assert max(memory[SWAPS // 2 :]) <= max(memory[: SWAPS // 2]) + BYTES
