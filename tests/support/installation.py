"""A telecom's installation: its own lake, stores and settings, and the extracts that it loads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from lake_content import flatten
from place import Place
from server import Server
from small_lakes import ROOT

OCTOBER, NOVEMBER = "2026-10-01", "2026-11-01"


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
            "SUPPRESSED": "state/suppressed.parquet",
            "CAMPAIGNS": "campaigns",
            "SERVING_SETTINGS": "serving.yaml",
        }
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

    def online_probabilities(self) -> pd.Series[float]:
        """What the service answers for every customer in the file of scores, by customer."""
        customers = sorted(pd.read_parquet(self.folder / "scores.parquet")["customerID"])
        with self.served() as server:
            return probabilities(server, customers)

    @contextmanager
    def served(self) -> Iterator[Server]:
        with Server(ROOT, self.place.environment, self.folder / "serve.log") as server:
            server.wait_until_ready()
            yield server


def in_october(folder: Path) -> Installation:
    """An installation that is trained on a history up to October; its telecom goes on to November."""
    made = Installation(folder)
    made.run("data", "simulate", "--customers", "400", "--months", "14", "--seed", "5", "--end", NOVEMBER)
    (folder / "lake").rename(folder / "telecom")
    flatten(folder / "telecom")
    for name in ("manifest.json", "labels.parquet"):
        (folder / "telecom" / name).unlink()
    made.take_over(OCTOBER)
    made.train()
    return made


def probabilities(server: Server, customers: Sequence[str]) -> pd.Series[float]:
    """What a service answers for customers, by customer."""
    many = server.ask("POST", "/score_many", {"customerIDs": list(customers)}).body["results"]
    return pd.Series({one["customerID"]: one["probability"] for one in many})
