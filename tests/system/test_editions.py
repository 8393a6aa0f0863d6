"""The second day of an installation: more data, the same base, the same model, and no request that fails."""

from __future__ import annotations

import itertools
import json

import pandas as pd
import pytest
from asking import Asking, wait_until
from drills import LONG
from installation import NOVEMBER, OCTOBER, Installation, in_october, probabilities
from server import Server

pytestmark = [pytest.mark.slow, pytest.mark.drill]
DAYS = 20 if LONG else 1
PATIENCE = 30.0


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return in_october(tmp_path_factory.mktemp("telecom"))


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
    batch = scores["probability"].sort_index()
    online = probabilities(server, list(batch.index))
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
