from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from browsing import CHROMIUM, address, context_of
from house import apply_beside
from place import Place
from playwright.sync_api import Browser, Page, expect, sync_playwright
from server import Server
from small_campaigns import write_every_state
from small_lakes import ROOT, telecom_rows, write_lake
from small_models import register_whole_model

from serving.registry.decisions import promote

BASE = "by-hand"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


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


@pytest.fixture(scope="session")
def service(place: Place) -> Iterator[Server]:
    """The service behind the page, with everybody scored, and a campaign in every state."""
    scores = place.folder / "page" / "scores.parquet"
    done = place.run("python", "-m", "serving", "score", "--all", "--out", str(scores))
    assert done.returncode == 0, done.stderr
    campaigns = place.folder / "page" / "campaigns"
    write_every_state(campaigns, date(2025, 11, 1))
    environment = place.environment | {"STAYLINE_SCORES": str(scores), "STAYLINE_CAMPAIGNS": str(campaigns)}
    with Server(ROOT, environment, place.folder / "page.log") as server:
        server.wait_until_ready()
        yield server


@pytest.fixture
def models(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The place's registry, to decide in from this process."""
    monkeypatch.setenv("BENTOML_DO_NOT_TRACK", "True")
    BentoMLContainer.model_store.set(ModelStore(place.folder / "bentoml" / "models"))
    yield
    BentoMLContainer.model_store.reset()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, service: Server) -> Iterator[Page]:
    """The page as somebody opens it, in English; no script may fail, and no address elsewhere be asked."""
    context = context_of(browser)
    page = context.new_page()
    faults: list[str] = []

    def own(url: str) -> bool:
        return url.removeprefix("blob:").startswith(f"http://127.0.0.1:{service.port}/")

    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: None if own(request.url) else faults.append(request.url))
    page.goto(address(service))
    yield page
    assert faults == []
    context.close()
