from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from house import apply_beside
from place import Place
from server import Server
from small_lakes import ROOT, telecom_rows, write_lake
from small_models import register_whole_model

from serving.model.registry import promote

BASE = "by-hand"


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("place")
    rows = telecom_rows(60)
    rows["churn_events"] = []
    lake = write_lake(folder / "lake", rows, data_until="2025-11-01", base=BASE)
    manifest = json.loads((lake / "manifest.json").read_text())
    (lake / "manifest.json").write_text(json.dumps({**manifest, "kind": "simulated"}))
    repo = apply_beside(lake)
    settings = yaml.safe_load((ROOT / "serving" / "settings.yaml").read_text())
    settings |= {"workers": 1, "as_of": "2025-11-01T00:00:00Z"}
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings))
    environment = (
        {name: value for name, value in os.environ.items() if not name.startswith("STAYLINE_")}
        | repo.environment
        | {
            "BENTOML_HOME": str(folder / "bentoml"),
            "BENTOML_DO_NOT_TRACK": "True",
            "STAYLINE_SERVING_SETTINGS": str(folder / "settings.yaml"),
        }
    )
    champion = _register(folder / "bentoml" / "models")
    made = Place(folder, environment, champion)
    done = made.run("python", "-m", "serving", "materialize")
    assert done.returncode == 0, done.stderr
    return made


def _register(models: Path) -> str:
    """A champion, and a newer model that is not."""
    models.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("BENTOML_DO_NOT_TRACK", "True")
        BentoMLContainer.model_store.set(ModelStore(models))
        tag = register_whole_model(BASE)
        promote(tag, "test", "the first")
        register_whole_model(BASE)
        BentoMLContainer.model_store.reset()
    return tag


@pytest.fixture(scope="module")
def server(place: Place) -> Iterator[Server]:
    """`bentoml serve` in the project's root, without arguments but for a free port."""
    with Server(ROOT, place.environment, place.folder / "serve.log") as server:
        server.wait_until_ready()
        yield server


@pytest.fixture
def home(place: Place, tmp_path: Path) -> Path:
    """A copy of the place's BentoML home, to be damaged."""
    return Path(shutil.copytree(place.folder / "bentoml", tmp_path / "bentoml"))
