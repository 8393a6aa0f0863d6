"""`bentoml build`, exported, unpacked elsewhere, and served without checkout and training's libraries."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
import yaml
from place import Place
from server import Server

pytestmark = pytest.mark.slow

# What a serving machine does not have: training's libraries, the other rooms, the checkout.
WITHOUT = """
import sys

ABSENT = {"data", "duckdb", "ibis", "imblearn", "pandera", "training"}


class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _editable(finder):
    return "editable" in (getattr(finder, "__module__", "") + getattr(finder, "__name__", "")).lower()


sys.meta_path[:] = [Absent(), *(finder for finder in sys.meta_path if not _editable(finder))]
"""


@pytest.fixture(scope="module")
def bento(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked Bento."""
    folder = tmp_path_factory.mktemp("bento")
    built = place.run("bentoml", "build", "--output", "tag")
    assert built.returncode == 0, built.stderr
    tag = built.stdout.strip().splitlines()[-1].partition("__tag__:")[2]
    exported = place.run("bentoml", "export", tag, str(folder / "stayline.bento"))
    assert exported.returncode == 0, exported.stderr
    with tarfile.open(folder / "stayline.bento") as archive:
        archive.extractall(folder / "unpacked", filter="data")
    return folder / "unpacked"


def test_it_holds_what_serving_needs_and_nothing_else(bento: Path, place: Place) -> None:
    files = {path.relative_to(bento).as_posix() for path in bento.rglob("*") if path.is_file()}
    source = {name.removeprefix("src/") for name in files if name.startswith("src/")}
    assert {name.partition("/")[0] for name in source} == {"bentofile.yaml", "feature_repo", "serving"}
    assert {"serving/service.py", "serving/settings.yaml", "feature_repo/feature_store.yaml"} <= source
    assert {"serving/ui/index.html", "serving/ui/shared/api.js", "serving/ui/texts/es.json"} <= source
    assert not [name for name in files if name.endswith((".db", ".parquet", ".pkl", ".pyc"))]
    versions = {path.name for path in (bento / "models" / "churn").iterdir() if path.is_dir()}
    assert versions == {place.champion.partition(":")[2]}
    assert not [name for name in files if name.startswith("models/churn-champion/")]


def test_it_installs_the_lock_and_no_more(bento: Path) -> None:
    requirements = (bento / "env" / "python" / "requirements.txt").read_text()
    assert "--hash=sha256:" in requirements
    assert not [
        name for name in ("imbalanced-learn", "duckdb", "pandera", "nvidia-nccl") if name in requirements
    ]
    image = yaml.safe_load((bento / "bento.yaml").read_text())["image"]
    assert image["python_version"] == "3.11"
    assert "no-deps = true" in "".join(image["commands"])


def test_it_serves_a_score_on_its_own(bento: Path, place: Place, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(WITHOUT)
    environment = {
        name: value for name, value in place.environment.items() if not name.startswith("STAYLINE_")
    }
    environment |= {
        "PYTHONPATH": str(tmp_path / "site"),
        "BENTOML_HOME": str(tmp_path / "home"),
        "STAYLINE_ONLINE_STORE": str(place.online_store),
        "STAYLINE_SERVING_SETTINGS": place.environment["STAYLINE_SERVING_SETTINGS"],
    }
    with Server(tmp_path, environment, tmp_path / "serve.log", str(bento)) as server:
        server.wait_until_ready()
        answer = server.ask("POST", "/score", {"customerID": "0000-TESTA"})
        assert (answer.status, answer.body["model"]) == (200, place.champion)
        told = server.ask("POST", "/model", {"language": "es"})
        assert (told.status, told.body["model"]) == (200, place.champion)
        ready = server.ask("GET", "/readyz").body
        assert "cannot be told" in ready["notices"][0]  # no registry lies beside a Bento
        assert [server.ask("GET", path).status for path in ("/ui", "/ui/texts/es.json")] == [200, 200]
        assert "Traceback" not in server.log.read_text()
