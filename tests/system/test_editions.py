"""The second day of an installation: more data, the same base, the same model, and no request that fails."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml
from asking import Asking, wait_until
from drills import LONG
from lake_content import flatten
from place import Place
from server import Server
from small_lakes import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.drill]
OCTOBER, NOVEMBER = "2026-10-01", "2026-11-01"
DAYS = 20 if LONG else 1
PATIENCE = 30.0


class Installation:
    """A telecom with its own lake, stores and settings below one folder, and its extracts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        training = {"samplers": ["none"], "classifiers": {"logistic_regression": {"max_iter": 500}}}
        training["cohorts"] = {"count": 1}
        (folder / "training.yaml").write_text(yaml.safe_dump(training))
        serving = yaml.safe_load((ROOT / "serving" / "settings.yaml").read_text())
        serving |= {"workers": 1, "as_of": f"{NOVEMBER}T00:00:00Z", "registry_poll_seconds": 0.1}
        (folder / "serving.yaml").write_text(yaml.safe_dump(serving))
        names = {
            "LAKE": "lake",
            "TRUTH": "truth",
            "REGISTRY": "state/registry.db",
            "ONLINE_STORE": "state/online.db",
        }
        names |= {"SERVING_SETTINGS": "serving.yaml"}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STAYLINE_")}
        environment |= {f"STAYLINE_{name}": str(folder / place) for name, place in names.items()}
        environment |= {"BENTOML_HOME": str(folder / "bentoml"), "BENTOML_DO_NOT_TRACK": "True"}
        self.place = Place(folder, environment, "")

    def run(self, room: str, *command: str) -> str:
        done = self.place.run("python", "-m", room, *command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def extract(self, until: str, since: str | None = None) -> Path:
        """The tables as they were known at a date, all of them or what was learned after another date."""
        folder = self.folder / f"extract-{until}{'-new' if since else ''}"
        folder.mkdir(exist_ok=True)
        for path in (self.folder / "telecom").glob("*.parquet"):
            rows = pq.read_table(path)
            learned = rows["created_timestamp"]
            known = pc.less_equal(learned, pd.Timestamp(until, tz="UTC"))
            if since:
                known = pc.and_(known, pc.greater(learned, pd.Timestamp(since, tz="UTC")))
            pq.write_table(rows.filter(known), folder / path.name)
        return folder

    def take_over(self, until: str, *how: str, since: str | None = None) -> None:
        """What a night does: load what is there, apply, materialize."""
        self.run("data", "load", str(self.extract(until, since)), "--as-of", until, *how)
        self.run("feature_repo", "apply")
        self.run("serving", "materialize")

    def runs_on(self, date: str) -> list[str]:
        """Train on one observation date, and return the runs of that date, each named after its dataset."""
        settings = yaml.safe_load((self.folder / "training.yaml").read_text()) | {
            "cohorts": {"dates": [date]}
        }
        (self.folder / "dated.yaml").write_text(yaml.safe_dump(settings))
        runs, file = str(self.folder / "dated"), str(self.folder / "dated.yaml")
        self.run("training", "run", "--quiet", "--settings", file, "--runs", runs)
        return sorted(path.name for path in Path(runs).iterdir())

    def train(self) -> str:
        self.run(
            "training",
            "run",
            "--quiet",
            "--settings",
            str(self.folder / "training.yaml"),
            "--runs",
            str(self.folder / "runs"),
        )
        newest = max((self.folder / "runs").glob("*/run.json"), key=lambda path: path.stat().st_mtime)
        return str(json.loads(newest.read_text())["model"])

    def scores(self) -> pd.DataFrame:
        self.run("serving", "score", "--all", "--out", str(self.folder / "scores.parquet"))
        return pd.read_parquet(self.folder / "scores.parquet").set_index("customerID")

    @contextmanager
    def served(self) -> Iterator[Server]:
        with Server(ROOT, self.place.environment, self.folder / "serve.log") as server:
            server.wait_until_ready()
            yield server


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(tmp_path_factory.mktemp("telecom"))
    made.run("data", "simulate", "--customers", "400", "--months", "14", "--seed", "5", "--end", NOVEMBER)
    (made.folder / "lake").rename(made.folder / "telecom")
    flatten(made.folder / "telecom")
    for name in ("manifest.json", "labels.parquet"):
        (made.folder / "telecom" / name).unlink()
    made.take_over(OCTOBER)
    made.train()
    return made


def test_days_are_appended_under_load(installation: Installation) -> None:
    customers = sorted(installation.scores().index[:30])
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range(OCTOBER, periods=DAYS + 1)]
    with installation.served() as server, Asking(server, customers, clients=2) as asking:
        for before, day in itertools.pairwise(days):
            installation.take_over(day, "--append", since=before)
        after = installation.scores()
        assert_online_is(server, after)
    assert_answered(asking, gone=set(customers) - set(after.index))
    editions = json.loads((installation.folder / "lake" / "manifest.json").read_text())["editions"]
    assert [edition["data_until"][:10] for edition in editions] == days


def test_a_model_outlives_its_edition(installation: Installation) -> None:
    runs = installation.runs_on("2026-06-01")
    before = installation.scores()
    customers = sorted(before.index[:30])
    with installation.served() as server:
        ready = server.ask("GET", "/readyz").body
        with Asking(server, customers, clients=2) as asking:
            wait_until(lambda: len(asking.answers) > 20, PATIENCE)
            installation.take_over(NOVEMBER)
            after = installation.scores()
            moment = len(asking.answers)
            wait_until(lambda: len(asking.answers) > moment + 20, PATIENCE)
        assert_answered(asking, gone=set(customers) - set(after.index))
        assert server.ask("GET", "/readyz").body == ready
        assert set(after["model"]) == {ready["model"]}
        assert set(after.index) - set(before.index)  # who joined meanwhile is scored by the model of before
        assert_online_is(server, after)
        assert_of_one_edition(asking, before, after)
        assert installation.runs_on("2026-06-01") == runs  # so the dataset of that date is what it was
        challenge_promote_and_roll_back(installation, server, ready["model"])


def assert_answered(asking: Asking, gone: set[str]) -> None:
    """Every request was answered; only of customers who left meanwhile with 404."""
    statuses = {(asked.status, asked.body.get("error", {}).get("code")) for asked in asking.answers}
    assert statuses - {(404, "unknown_customer")} == {(200, None)}
    assert gone or (404, "unknown_customer") not in statuses


def assert_online_is(server: Server, scores: pd.DataFrame) -> None:
    many = server.ask("POST", "/score_many", {"customerIDs": sorted(scores.index)}).body["results"]
    online = pd.Series({one["customerID"]: one["probability"] for one in many})
    batch = scores["probability"].sort_index()
    pd.testing.assert_series_equal(online, batch, check_names=False, rtol=0, atol=1e-9)


def assert_of_one_edition(asking: Asking, before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Every score is that of the old edition or of the new one, and both were given."""
    old = new = 0
    for asked in asking.answers:
        results = asked.body.get("results", [asked.body])
        for one in (one for one in results if "probability" in one):
            was, is_now = (scores["probability"].get(one["customerID"]) for scores in (before, after))
            is_old = was is not None and abs(one["probability"] - was) < 1e-9
            is_new = is_now is not None and abs(one["probability"] - is_now) < 1e-9
            assert is_old or is_new
            old, new = old + is_old, new + is_new
    assert min(old, new) > 0


def challenge_promote_and_roll_back(installation: Installation, server: Server, october: str) -> None:
    november = installation.train()
    assert november != october
    why = ("--why", "second day")
    installation.run("serving", "models", "promote", october, "--force", *why)
    installation.run("serving", "models", "challenge", november, "--mode", "shadow", *why)
    wait_until(lambda: "challenger" in server.ask("GET", "/readyz").body, PATIENCE)
    for tag, command in ((november, ("promote", november, "--force")), (october, ("rollback",))):
        installation.run("serving", "models", *command, *why)
        wait_until(lambda: server.ask("GET", "/readyz").body["model"] == tag, PATIENCE)  # noqa: B023
