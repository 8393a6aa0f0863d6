"""Running services follow the registry, under load, two of them on one store."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from asking import Asked, Asking, wait_until
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from lightgbm import LGBMClassifier
from place import Place
from server import Server
from small_lakes import ROOT
from small_models import register_whole_model

from serving.features.online_features import OnlineStore
from serving.live.load_served import load_served
from serving.registry import decisions
from serving.scoring.split import in_share
from serving.settings import load_settings

pytestmark = pytest.mark.slow
CUSTOMERS = [f"{number:04d}-TESTA" for number in range(60)]
SECONDS = 5.0
"""After which every answer must be of the model that was decided for."""
PATIENCE = 20.0
"""Of the tests of something else."""


@pytest.fixture(scope="module")
def house(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place with a model store, a registry and an online store of its own; this process writes to them."""
    folder = tmp_path_factory.mktemp("following")
    shutil.copytree(place.folder / "bentoml", folder / "bentoml")
    state = Path(place.environment["STAYLINE_REGISTRY"]).parent
    shutil.copytree(state, folder / "state")
    settings = yaml.safe_load(Path(place.environment["STAYLINE_SERVING_SETTINGS"]).read_text())
    (folder / "settings.yaml").write_text(yaml.safe_dump({**settings, "workers": 2}))
    changes = {
        "BENTOML_HOME": str(folder / "bentoml"),
        "STAYLINE_SERVING_SETTINGS": str(folder / "settings.yaml"),
        "STAYLINE_REGISTRY": str(folder / "state" / Path(place.environment["STAYLINE_REGISTRY"]).name),
        "STAYLINE_ONLINE_STORE": str(folder / "state" / place.online_store.name),
    }
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("BENTOML_DO_NOT_TRACK", "True")
        for name, value in (place.environment | changes).items():
            if name.startswith("STAYLINE_"):
                monkeypatch.setenv(name, value)
        BentoMLContainer.model_store.set(ModelStore(folder / "bentoml" / "models"))
        yield Place(folder, place.environment | changes, place.champion)
        BentoMLContainer.model_store.reset()


@pytest.fixture(scope="module")
def servers(house: Place) -> Iterator[list[Server]]:
    """Two services on one store; the first has two workers, the second one."""
    settings = yaml.safe_load((house.folder / "settings.yaml").read_text())
    single = house.folder / "single.yaml"
    single.write_text(yaml.safe_dump({**settings, "workers": 1}))
    other = house.environment | {"STAYLINE_SERVING_SETTINGS": str(single)}
    with (
        Server(ROOT, house.environment, house.folder / "one.log") as one,
        Server(ROOT, other, house.folder / "two.log") as two,
    ):
        for server in (one, two):
            server.wait_until_ready()
        yield [one, two]


@pytest.fixture(scope="module")
def other(house: Place) -> str:
    """A registered model that is not champion, and gives everybody another probability."""
    return register_whole_model("by-hand", LGBMClassifier(n_estimators=3, n_jobs=1, verbose=-1))


@pytest.fixture(scope="module")
def probabilities(house: Place, other: str) -> dict[str, dict[str, float]]:
    """What each model gives each customer, worked out without a server."""
    settings, store = load_settings(), OnlineStore()
    told = {}
    for tag in (house.champion, other):
        served = load_served(tag, settings, lambda: datetime(2025, 11, 1, tzinfo=UTC), store)
        told[tag] = {customer: served.scoring.one(customer).probability for customer in CUSTOMERS}
    assert all(abs(told[house.champion][c] - told[other][c]) > 1e-4 for c in CUSTOMERS)
    return told


def assert_own(asked: Asked, probabilities: dict[str, dict[str, float]]) -> None:
    """Every score of an answer must be the one of the model that it names."""
    for customer, model, probability in asked.scores:
        assert probability == pytest.approx(probabilities[model][customer], abs=1e-9)


def test_promotion_and_rollback_under_load(
    house: Place, servers: list[Server], other: str, probabilities: dict[str, dict[str, float]]
) -> None:
    with Asking(servers[0], CUSTOMERS) as one, Asking(servers[1], CUSTOMERS) as two:
        wait_until(lambda: min(len(one.answers), len(two.answers)) >= 20, 30)
        for tag, decide in (
            (other, lambda: decisions.promote(other, "test", "better")),
            (house.champion, lambda: decisions.rollback("test", "worse")),
        ):
            decide()
            settled = time.monotonic() + SECONDS
            for asking in (one, two):
                wait_until(lambda: len(asking.after(settled)) >= 10, 30)  # noqa: B023
                assert {model for asked in asking.after(settled) for model in asked.models} == {tag}
    for asking in (one, two):
        assert {asked.status for asked in asking.answers} == {200}
        assert {model for asked in asking.answers for model in asked.models} == {house.champion, other}
        for asked in asking.answers:
            assert len(asked.models) == 1
            assert_own(asked, probabilities)


def test_a_split_is_stable_and_says_who_answered(
    house: Place, servers: list[Server], other: str, probabilities: dict[str, dict[str, float]]
) -> None:
    decisions.challenge(other, "test", "try it", "split", 0.4)
    for server in servers:
        wait_until(lambda: "challenger" in server.ask("GET", "/readyz").body, PATIENCE)  # noqa: B023
    wait_until(lambda: _split_everywhere(servers, other), PATIENCE)
    theirs = {customer for customer in CUSTOMERS if in_share(customer, other, 0.4)}
    assert 0 < len(theirs) < len(CUSTOMERS)  # how many is test_split's matter: the tag is new at every run
    for server in servers:
        for _ in range(4):  # more than one worker answers
            asked = _asked(server, "/score_many", {"customerIDs": CUSTOMERS})
            assert_own(asked, probabilities)
            assert {customer for customer, model, _ in asked.scores if model == other} == theirs
            assert {
                one["customerID"] for one in asked.body["results"] if one["role"] == "challenger"
            } == theirs
        for customer in CUSTOMERS[:10]:
            asked = _asked(server, "/score", {"customerID": customer})
            assert_own(asked, probabilities)
            assert asked.body["role"] == ("challenger" if customer in theirs else "champion")
            assert asked.models == {other if customer in theirs else house.champion}
    metrics = servers[1].ask("GET", "/metrics").body
    told = re.search(r'stayline_scores_total{role="challenger"} (\S+)', metrics)
    assert told is not None
    assert float(told[1]) >= len(theirs)
    assert not {tag for tag in (house.champion, other) if tag in metrics}
    decisions.withdraw("test", "enough")
    wait_until(lambda: not _split_everywhere(servers, other, some=True), PATIENCE)


def _asked(server: Server, path: str, body: object) -> Asked:
    answer = server.ask("POST", path, body)
    assert answer.status == 200
    return Asked(time.monotonic(), answer.status, answer.body)


def _split_everywhere(servers: list[Server], tag: str, some: bool = False) -> bool:
    """Whether all workers, or some, let the challenger answer."""
    asked = [
        any(
            result.get("model") == tag
            for result in server.ask("POST", "/score_many", {"customerIDs": CUSTOMERS}).body["results"]
        )
        for server in servers
        for _ in range(12)
    ]
    return any(asked) if some else all(asked)


def test_a_shadow_is_told_in_the_log_alone(
    house: Place, servers: list[Server], other: str, probabilities: dict[str, dict[str, float]]
) -> None:
    decisions.challenge(other, "test", "watch it", "shadow")
    server = servers[1]
    wait_until(lambda: "challenger" in server.ask("GET", "/readyz").body, PATIENCE)
    answer = server.ask("POST", "/score", {"customerID": CUSTOMERS[0]}).body
    assert (answer["model"], answer["role"]) == (house.champion, "champion")
    wait_until(lambda: answer["request_id"] in _shadow_lines(server), PATIENCE)
    line = _shadow_lines(server)[answer["request_id"]]
    assert (line["champion"], line["challenger"]) == (house.champion, other)
    assert line["champion_probability"] == answer["probability"]
    assert line["challenger_probability"] == pytest.approx(probabilities[other][CUSTOMERS[0]], abs=1e-9)
    assert line["difference"] == line["challenger_probability"] - line["champion_probability"]
    assert CUSTOMERS[0] not in server.log.read_text()
    decisions.withdraw("test", "seen enough")
    wait_until(lambda: "challenger" not in server.ask("GET", "/readyz").body, PATIENCE)


def _shadow_lines(server: Server) -> dict[str, dict[str, object]]:
    """By request id; the access log's lines have the role ``champion``, and no key of that name."""
    texts = [line[line.index("{") :] for line in server.log.read_text().splitlines() if '"champion":' in line]
    lines = [json.loads(text) for text in texts]
    return {line["request_id"]: line for line in lines}


def test_a_broken_champion_is_reported_and_not_served(house: Place, servers: list[Server]) -> None:
    first = house.champion
    broken = register_whole_model("by-hand")
    decisions.promote(broken, "test", "looks good")
    model = house.folder / "bentoml" / "models" / Path(*broken.split(":")) / "model.txt"
    whole = model.read_text()
    decisions.rollback("test", "while it is being broken")
    model.write_text(whole.replace("num_leaves=", "num_leaves= ", 1))
    decisions.promote(broken, "test", "by force", lambda tag: ())
    server = servers[1]
    wait_until(lambda: "notices" in server.ask("GET", "/readyz").body, PATIENCE)
    ready = server.ask("GET", "/readyz")
    assert (ready.status, ready.body["model"]) == (200, first)
    assert "model.txt is not the file that was registered" in ready.body["notices"][0]
    assert server.ask("POST", "/score", {"customerID": CUSTOMERS[0]}).body["model"] == first
    decisions.rollback("test", "broken")
    wait_until(lambda: "notices" not in server.ask("GET", "/readyz").body, PATIENCE)
    assert server.log.read_text().count(f"Model {broken} does not go into service") == 1


def feast_apply(house: Place, change: Callable[[str], str] = str) -> None:
    """Apply a copy of the feature repository whose views are changed, as somebody does who works on it."""
    checkout = house.folder / "checkout"
    shutil.rmtree(checkout, ignore_errors=True)
    shutil.copytree(
        ROOT / "feature_repo", checkout / "feature_repo", ignore=shutil.ignore_patterns("data", "__pycache__")
    )
    views = checkout / "feature_repo" / "views.py"
    views.write_text(change(views.read_text()))
    done = subprocess.run(
        [str(Path(sys.executable).with_name("feast")), "-c", "feature_repo", "apply"],
        cwd=checkout,
        env=house.environment | {"PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_another_applied_feature_service_makes_it_not_ready(house: Place, servers: list[Server]) -> None:
    server, asked = servers[1], {"customerID": CUSTOMERS[0]}
    whole = server.ask("POST", "/score", asked).body

    def change(text: str) -> str:
        for before, after in (("days=62", "days=31"), ('"tenure": "', '"tenure_months": "')):
            assert text.count(before) == 1
            text = text.replace(before, after)
        return text

    feast_apply(house, change)
    try:
        wait_until(lambda: server.ask("GET", "/readyz").status == 503, PATIENCE)
        # `feast apply` changes the store before it writes the registry, so the store may complain first.
        differs = "billing:tenure is gone; billing:tenure_months is there"
        wait_until(lambda: differs in json.dumps(server.ask("GET", "/readyz").body), PATIENCE)
        error = server.ask("GET", "/readyz").body["error"]
        assert error["code"] == "not_ready"
        assert differs in error["message"]
        assert "time to live of billing is 2678400 s, not 5356800 s" in error["message"]
        answer = server.ask("POST", "/score", asked)
        assert (answer.status, answer.body["error"]["code"]) == (503, "not_ready")
        assert server.ask("POST", "/model", {}).status == 200
    finally:
        feast_apply(house)
    wait_until(lambda: server.ask("GET", "/readyz").status == 200, PATIENCE)
    again = server.ask("POST", "/score", asked)
    assert (again.status, again.body["probability"]) == (200, whole["probability"])
