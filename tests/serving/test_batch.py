from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from file_modes import mode
from house import House
from resealing import reseal
from small_lakes import telecom_rows
from small_models import register_whole_model
from small_playbooks import written

from serving import batch
from serving.at_risk.scores_file import SCHEMA
from serving.batch import score_all
from serving.decision.bands import WITHOUT_THRESHOLD, bands_of
from serving.decision.customers import Customer
from serving.decision.decider import Decider
from serving.decision.policy import read_policy
from serving.decision.suppressed import SCHEMA as SUPPRESSED
from serving.decision.suppressed import write_suppressed
from serving.errors import BatchError, OfflineError, PlaybookError, ScoreError, TooLittleKnown, UnknownModel
from serving.features.materialize import materialize
from serving.features.offline_features import OfflineFeatures
from serving.features.online_features import OnlineStore
from serving.language.language import Language
from serving.model.scorer import BANDS, Scorer
from serving.registry.applied import Applied, Comparison
from serving.registry.model_files import RegisteredModel, load_metadata, load_model
from serving.scoring.answers import Found
from serving.scoring.scoring import Scoring
from serving.settings import load_settings

AS_OF = datetime(2025, 11, 1, tzinfo=UTC)
SETTINGS = load_settings()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    """An applied lake of 60 customers until 2025-11-01, and a model of its base."""
    folder = tmp_path_factory.mktemp("batch")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("BENTOML_DO_NOT_TRACK", "True")
        house = House(folder, monkeypatch)
        house.write(telecom_rows(60), base="base-a", data_until="2025-11-01")
        house.apply()
        (folder / "models").mkdir()
        BentoMLContainer.model_store.set(ModelStore(folder / "models"))
        yield house, register_whole_model("base-a")
        BentoMLContainer.model_store.reset()


def test_everybody_is_scored_once(place: tuple[House, str], tmp_path: Path) -> None:
    house, tag = place
    out = tmp_path / "new" / "scores.parquet"
    told: list[tuple[int, int]] = []
    report = score_all(out, tag, SETTINGS, top=5, progress=lambda done, total: told.append((done, total)))
    table = pq.read_table(out)
    assert table.schema.equals(SCHEMA)
    gone = set(
        pq.read_table(house.lake / "churn_events.parquet")
        .to_pandas()
        .query("event_timestamp <= @AS_OF")["customerID"]
    )
    everybody = {f"{number:04d}-TESTA" for number in range(60)}
    assert gone
    assert sorted(table["customerID"].to_pylist()) == sorted(everybody - gone)
    assert set(table["as_of"].to_pylist()) == {AS_OF}
    assert set(table["model"].to_pylist()) == {tag}
    assert (report.rows, report.left, report.as_of) == (table.num_rows, 0, AS_OF)
    assert told[-1] == (table.num_rows, table.num_rows)
    best = table.to_pandas().sort_values(["probability", "customerID"], ascending=[False, True])
    assert report.top["customerID"].tolist() == best["customerID"].head(5).tolist()
    assert report.top["contract"].notna().all()
    assert report.top["monthly_charges"].notna().all()


@pytest.mark.usefixtures("umask")
def test_nobody_else_can_read_the_scores(place: tuple[House, str], tmp_path: Path) -> None:
    for out in (tmp_path / "new" / "scores.parquet", tmp_path / "there.parquet"):
        (tmp_path / "there.parquet").touch(0o644)
        score_all(out, place[1], SETTINGS)
        assert mode(out) == 0o600
    assert mode(tmp_path / "new") == 0o700


@pytest.mark.parametrize("chunk", [batch.CHUNK, 25])
def test_who_left_is_scored_and_is_not_among_those_most_at_risk(
    place: tuple[House, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    _, tag = place
    everybody = score_all(tmp_path / "all.parquet", tag, SETTINGS, top=60).top["customerID"].tolist()
    gone = everybody[:3] + everybody[-2:]
    known = batch.customers_at
    # As in a snapshot, whose labels mark those who churned.
    monkeypatch.setattr(
        batch,
        "customers_at",
        lambda *at: known(*at).assign(left=lambda customers: customers["customerID"].isin(gone)),
    )
    monkeypatch.setattr(batch, "CHUNK", chunk)
    report = score_all(tmp_path / "scores.parquet", tag, SETTINGS, top=60)
    scores = pd.read_parquet(tmp_path / "scores.parquet")
    assert (report.rows, report.left) == (len(everybody), 5)
    assert sorted(scores["customerID"][scores["left"]]) == sorted(gone)
    assert report.top["customerID"].tolist() == [one for one in everybody if one not in gone]


def test_batch_and_online_give_the_same(place: tuple[House, str], tmp_path: Path) -> None:
    _, tag = place
    score_all(tmp_path / "scores.parquet", tag, SETTINGS)
    scores = pd.read_parquet(tmp_path / "scores.parquet").set_index("customerID")
    materialize()
    model = load_model(tag)
    reader = OnlineStore().features(model.signature, expected_base="base-a", now=lambda: AS_OF)
    scoring = Scoring(
        Scorer(model, tag, bands_of(None, load_metadata(tag).thresholds)),
        reader,
        base="base-a",
        refuse_expired=False,
        max_unknown_share=1.0,
        threshold=0.25,
        now=lambda: AS_OF,
    )
    scoring.decide_by(read_policy(SETTINGS, AS_OF.date()))
    results = scoring.many(scores.index.tolist())
    assert all(isinstance(result, Found) for result in results)
    found: list[Any] = results
    np.testing.assert_allclose([one.probability for one in found], scores["probability"], rtol=0, atol=1e-9)
    assert [one.band for one in found] == scores["band"].tolist()
    assert [one.segment.id for one in found] == scores["segment_id"].tolist()
    decided = [one.decision for one in found]
    for name in ("contact", "offer", "effect", "threshold"):
        assert [getattr(each, name) for each in decided] == scores[name].tolist()
    assert [each.why for each in decided] == [Language("en").say(f"decision.{why}") for why in scores["why"]]
    profits = [each.expected_profit for each in decided]
    np.testing.assert_allclose(profits, scores["expected_profit"], rtol=0, atol=1e-6)


def test_parts_change_nothing(
    place: tuple[House, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tag = place
    whole = score_all(tmp_path / "whole.parquet", tag, SETTINGS, top=7)
    monkeypatch.setattr(batch, "CHUNK", 25)
    parts = score_all(tmp_path / "parts.parquet", tag, SETTINGS, top=7)
    assert pq.read_table(tmp_path / "parts.parquet").equals(pq.read_table(tmp_path / "whole.parquet"))
    pd.testing.assert_frame_equal(parts.top, whole.top)


def test_the_lake_is_read_once_however_many_parts_there_are(
    place: tuple[House, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feature_repo.offline_store import point_in_time

    reads: list[str] = []
    found = point_in_time._found
    monkeypatch.setattr(point_in_time, "_found", lambda *of: reads.append(of[3].name) or found(*of))
    monkeypatch.setattr(batch, "CHUNK", 7)
    score_all(tmp_path / "scores.parquet", place[1], SETTINGS)
    assert sorted(reads) == ["billing", "demographics", "services", "tickets"]


@pytest.mark.parametrize("top", [0, 1, 3, 50])
def test_those_most_at_risk_are_those_of_a_sort_of_everybody(top: int) -> None:
    random = np.random.default_rng(3)
    everybody = pd.DataFrame(
        {
            "customerID": [f"{number:03d}" for number in random.permutation(40)],
            "probability": random.integers(0, 5, 40) / 5,  # many are equal
            "left": random.random(40) < 0.3,
        }
    )
    best = pd.DataFrame()
    for start in range(0, 40, 15):
        best = batch._most_at_risk(best, everybody.iloc[start : start + 15], top)
    stay = everybody[~everybody["left"]]
    ranked = stay.sort_values(["probability", "customerID"], ascending=[False, True])
    pd.testing.assert_frame_equal(best, ranked.head(top).reset_index(drop=True))


def test_an_earlier_date_knows_less(place: tuple[House, str], tmp_path: Path) -> None:
    _, tag = place
    early = datetime(2024, 3, 1, tzinfo=UTC)
    report = score_all(tmp_path / "early.parquet", tag, SETTINGS, as_of=early)
    assert 0 < report.rows < 60
    with pytest.raises(BatchError, match="nobody is a customer at 2020-01-01"):
        score_all(tmp_path / "none.parquet", tag, SETTINGS, as_of=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(BatchError, match="--as-of 2026-01-01 is after 2025-11-01"):
        score_all(tmp_path / "late.parquet", tag, SETTINGS, as_of=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(
    place: tuple[House, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> pd.DataFrame:
        raise ScoreError("no probability")

    out = tmp_path / "scores.parquet"
    out.write_text("old")
    monkeypatch.setattr(Scorer, "score_frame", fail)
    with pytest.raises(ScoreError):
        score_all(out, place[1], SETTINGS)
    assert [path.name for path in tmp_path.iterdir()] == ["scores.parquet"]
    assert out.read_text() == "old"


def with_tenure(monkeypatch: pytest.MonkeyPatch, tenures: dict[str, int | None]) -> None:
    """Let batch scoring read other tenures of some customers."""
    read = OfflineFeatures.at

    def changed(self: OfflineFeatures, customers: Any, moment: datetime) -> pa.Table:
        table = read(self, customers, moment)
        ids, column = table["customerID"].to_pylist(), table["tenure"].to_pylist()
        values = [tenures.get(customer, tenure) for customer, tenure in zip(ids, column, strict=True)]
        return table.set_column(table.column_names.index("tenure"), "tenure", pa.array(values, pa.int64()))

    monkeypatch.setattr(OfflineFeatures, "at", changed)


def test_of_whom_too_little_is_known_there_is_no_score_as_online(
    place: tuple[House, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, tag = place
    registered = batch.registered_model(tag)
    names = registered.signature.names
    weights = {name: 0.8 if name == "tenure" else 0.2 / (len(names) - 1) for name in names}
    model = load_model(tag)
    weighed = replace(model, signature=replace(model.signature, weights=weights))
    monkeypatch.setattr(RegisteredModel, "load", lambda self: weighed)
    whole = score_all(tmp_path / "scores.parquet", tag, SETTINGS, top=60)
    assert whole.unscored == 0
    with_tenure(monkeypatch, {"0007-TESTA": None, "0008-TESTA": None})
    report = score_all(tmp_path / "scores.parquet", tag, SETTINGS, top=60)
    assert (report.rows, report.unscored) == (whole.rows, 2)
    assert len(report.top) == whole.rows - 2
    scores = pq.read_table(tmp_path / "scores.parquet").to_pandas().set_index("customerID")
    gone = scores.loc[["0007-TESTA", "0008-TESTA"]]
    assert gone[["probability", "band", "segment_id", "segment", "expected_profit"]].isna().all(axis=None)
    assert (set(gone["why"]), gone["contact"].any()) == ({"unscored"}, False)
    assert (gone["unknown_share"] >= 0.8).all()
    assert scores["probability"].notna().sum() == whole.rows - 2
    materialize()
    with sqlite3.connect(house.database) as connection:
        connection.execute("UPDATE stayline_billing SET tenure = NULL WHERE customerID = '0007-TESTA'")
        reseal(connection, "stayline_billing")
    reader = OnlineStore().features(weighed.signature, expected_base="base-a", now=lambda: AS_OF)
    scoring = Scoring(
        Scorer(weighed, tag, WITHOUT_THRESHOLD),
        reader,
        base="base-a",
        refuse_expired=False,
        max_unknown_share=SETTINGS.max_unknown_share,
    )
    with pytest.raises(TooLittleKnown, match=f"0007-TESTA {gone['unknown_share'].iloc[0]:.1%} of what"):
        scoring.one("0007-TESTA")


def test_a_value_that_cannot_be_is_named_with_its_customer(
    place: tuple[House, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_tenure(monkeypatch, {"0007-TESTA": -5})
    out = tmp_path / "scores.parquet"
    with pytest.raises(
        BatchError, match="customer 0007-TESTA: feature tenure: -5 cannot be; it is from 0 to 1"
    ):
        score_all(out, place[1], SETTINGS)
    assert not out.exists()


def test_places_that_cannot_be_written(place: tuple[House, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BatchError, match="is a folder"):
        score_all(tmp_path, place[1], SETTINGS)
    with pytest.raises(BatchError, match="cannot be written"):
        score_all(tmp_path / "file" / "scores.parquet", place[1], SETTINGS)


def test_bases_do_not_mix(place: tuple[House, str], tmp_path: Path) -> None:
    house, tag = place
    out = tmp_path / "scores.parquet"
    with pytest.raises(BatchError, match="lake holds base-a; run `python -m training run`"):
        score_all(out, register_whole_model("base-b"), SETTINGS)
    with pytest.raises(UnknownModel):
        score_all(out, "churn:nothing", SETTINGS)
    manifest = house.lake / "manifest.json"
    before = manifest.read_text()
    manifest.write_text(before.replace("base-a", "base-b"))
    with pytest.raises(OfflineError, match="registry is for base base-a and the lake holds base-b"):
        score_all(out, register_whole_model("base-b"), SETTINGS)
    manifest.write_text(before)


def test_without_apply(tmp_path: Path, house: House, place: tuple[House, str]) -> None:
    house.write(telecom_rows(5), base="base-a", data_until="2025-11-01")
    with pytest.raises(OfflineError, match="run `feast -c feature_repo apply`"):
        score_all(tmp_path / "scores.parquet", place[1], SETTINGS)


def test_a_model_that_the_service_would_refuse_scores_nobody(
    place: tuple[House, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tag = place
    told = Comparison(differs="time to live of billing is 8035200 s, not 5356800 s: ...")
    monkeypatch.setattr(Applied, "compare", lambda self, signature: told)
    out = tmp_path / "scores.parquet"
    with pytest.raises(BatchError, match=f"model {tag} may not serve here: time to live of billing is"):
        score_all(out, tag, SETTINGS)
    assert not out.exists()


def test_every_customer_has_the_decision_of_the_same_code(place: tuple[House, str], tmp_path: Path) -> None:
    _, tag = place
    path = tmp_path / "scores.parquet"
    score_all(path, tag, SETTINGS)
    scores = pq.read_table(path).to_pandas()
    model = load_model(tag)
    decider = Decider(model, read_policy(SETTINGS, AS_OF.date()), 0.25)
    frame = (
        OfflineFeatures(model.signature.feature_service, "base-a").at(scores["customerID"], AS_OF).to_pandas()
    )
    rows = frame[list(model.signature.names)].astype(object).where(frame.notna(), None).to_numpy().tolist()
    for row, score in zip(rows, scores.to_dict("records"), strict=True):
        band = BANDS.index(score["band"])
        customer = Customer(score["customerID"], row, score["probability"], band, score["segment_id"])
        verdict, profit = decider.one(customer, AS_OF)
        told = (score["contact"], score["offer"], score["why"], score["effect"], score["expected_profit"])
        assert told == (verdict.contact, verdict.offer, verdict.why, verdict.effect, profit)
    assert {"pays_assumed", "does_not_pay"} <= set(scores["why"])
    assert not scores.loc[scores["band"] == "low", "contact"].any()
    assert set(scores["threshold"]) == {0.25}


def test_who_is_suppressed_is_not_contacted(
    place: tuple[House, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tag = place
    out, suppressed = tmp_path / "scores.parquet", tmp_path / "suppressed.parquet"
    monkeypatch.setenv("STAYLINE_SUPPRESSED", str(suppressed))
    score_all(out, tag, SETTINGS)
    contacted = pq.read_table(out).filter(pc.field("contact"))["customerID"].to_pylist()
    rows = [{"customerID": customer, "reason": "do_not_contact"} for customer in contacted[:3]]
    write_suppressed(suppressed, pa.Table.from_pylist(rows, SUPPRESSED))
    score_all(out, tag, SETTINGS)
    scores = pd.read_parquet(out).set_index("customerID")
    assert (scores.loc[contacted[:3], "why"] == "do_not_contact").all()
    assert scores.index[scores["contact"]].tolist() == contacted[3:]


def test_a_playbook_that_does_not_fit_scores_nobody(
    place: tuple[House, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(content: dict[str, Any]) -> None:
        content["offers"]["discount"]["eligible"] = {"segments": ["giants"]}

    monkeypatch.setenv("STAYLINE_PLAYBOOK", str(written(tmp_path, change)))
    with pytest.raises(PlaybookError, match="'giants' is no segment of the model"):
        score_all(tmp_path / "scores.parquet", place[1], SETTINGS)
    assert not (tmp_path / "scores.parquet").exists()
