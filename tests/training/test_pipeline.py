from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from house import House, apply_beside
from older_format import make_older
from small_lakes import telecom_rows, write_lake

from feature_repo.paths import REPO
from serving.errors import OfflineError
from serving.model.bounds import Bound
from serving.registry.applied import Applied, Comparison
from serving.registry.decisions import promote
from serving.registry.model_files import load_metadata, load_model
from serving.registry.pointers import champion, champion_pointer, history
from serving.registry.promotion import CHECKS
from training.commands.cli import main
from training.dataset.pull import load_dataset
from training.errors import HistoryError, SettingsError
from training.pipeline import run
from training.settings.resampling import ResamplingSettings


@pytest.fixture
def here(telecom, use_repo, model_store, tmp_path):
    use_repo(telecom)
    return telecom


@pytest.fixture
def one_arm(quick_settings):
    """Settings for what does not depend on how many arms there are."""
    chosen = {"lightgbm": quick_settings.classifiers["lightgbm"]}
    return quick_settings.model_copy(update={"samplers": ("none",), "classifiers": chosen})


def test_a_run_registers_the_champion_and_leaves_its_numbers(here, quick_settings, tmp_path):
    result = run(REPO, here.lake, quick_settings, tmp_path / "runs")
    tag = result.summary["model"]
    assert champion() == tag
    metadata = load_metadata(tag)
    assert metadata.base == "by-hand"
    assert metadata.dataset_fingerprint == result.summary["dataset_fingerprint"]
    assert metadata.feature_service_fingerprint == load_model(tag).signature.fingerprint
    assert metadata.card.data.observation_dates == ("2025-07-01T00:00:00+00:00", "2025-10-01T00:00:00+00:00")
    assert metadata.card.data.kind == "history"
    signature = load_model(tag).signature
    assert metadata.card.data.features == signature.names
    assert set(signature.weights or ()) == set(signature.names)
    assert sum((signature.weights or {}).values()) == pytest.approx(1.0)
    assert signature.bounds["tenure"] == Bound(minimum=0, maximum=1200)
    untouched = result.summary["metrics"]["untouched"]
    assert metadata.card.figures.auc.estimate == pytest.approx(untouched["auc"])
    assert metadata.card.calibration.ece_after == pytest.approx(untouched["ece"])
    assert metadata.thresholds.rule == quick_settings.decision.rule
    assert metadata.thresholds.chosen == metadata.thresholds.profit.threshold
    assert metadata.metrics["untouched"] == result.summary["metrics"]["untouched"]
    written = json.loads((result.folder / "run.json").read_text())
    assert written == result.summary
    assert len(written["arms"]) == 17
    pd.testing.assert_frame_equal(pd.read_parquet(result.folder / "arms.parquet"), result.arms)
    report = (result.folder / "report.md").read_text()
    assert tag in report
    assert f"{result.summary['metrics']['untouched']['auc']:.4f}" in report


def test_the_same_run_is_found_again_and_whom_somebody_chose_stays_champion(here, one_arm, tmp_path):
    first = run(REPO, here.lake, one_arm, tmp_path / "runs")
    again = run(REPO, here.lake, one_arm, tmp_path / "runs")
    assert again.reused
    assert again.summary == first.summary
    assert len(history().decisions) == 1
    other = run(REPO, here.lake, one_arm, tmp_path / "runs", anew=True)
    assert not other.reused
    assert other.summary["model"] != first.summary["model"]
    assert other.summary["metrics"] == first.summary["metrics"]
    assert other.summary["arms"] == first.summary["arms"]
    promote(first.summary["model"], "tester", "the first one again")
    run(REPO, here.lake, one_arm, tmp_path / "runs")
    assert champion() == first.summary["model"]


def test_a_run_that_is_worse_than_the_champion_is_registered_and_the_champion_stays(
    here, one_arm, tmp_path, monkeypatch
):
    first = run(REPO, here.lake, one_arm, tmp_path / "runs")
    assert first.refused is None
    provenance = load_metadata(first.summary["model"]).provenance
    assert provenance.registered_by == champion_pointer().who
    monkeypatch.setitem(CHECKS, "not_worse", lambda candidate: "it is worse" if candidate.rival else None)
    other = run(REPO, here.lake, one_arm, tmp_path / "runs", anew=True)
    assert "it is worse; --force with a reason overrules that" in other.refused
    assert champion() == first.summary["model"] != other.summary["model"]
    assert load_metadata(other.summary["model"]).base == "by-hand"
    assert (other.folder / "report.md").exists()
    again = run(REPO, here.lake, one_arm, tmp_path / "runs")
    assert again.reused
    assert again.refused is None
    assert len(history().decisions) == 1


def older(tag: str, store: Path) -> None:
    """Make a registered model one of the format before."""
    make_older(store.joinpath(*tag.split(":")))


def test_a_run_whose_model_is_of_an_older_format_is_trained_again(here, one_arm, model_store, tmp_path):
    first = run(REPO, here.lake, one_arm, tmp_path / "runs")
    older(first.summary["model"], model_store)
    again = run(REPO, here.lake, one_arm, tmp_path / "runs")
    assert not again.reused
    assert again.folder == first.folder
    assert champion() == again.summary["model"] != first.summary["model"]


def test_another_base_that_gives_the_same_dataset_is_trained_anew(here, use_repo, one_arm, tmp_path):
    first = run(REPO, here.lake, one_arm, tmp_path / "runs")
    grown = apply_beside(write_lake(tmp_path / "lake", telecom_rows(), "2026-02-02", base="a-day-later"))
    use_repo(grown)
    later = run(REPO, grown.lake, one_arm, tmp_path / "runs")
    assert later.summary["dataset_fingerprint"] == first.summary["dataset_fingerprint"]
    assert not later.reused
    assert later.refused is None
    assert load_metadata(champion()).base == "a-day-later"


def test_a_champion_of_an_older_format_gives_way_to_a_run_that_is_found_again(
    here, one_arm, model_store, tmp_path
):
    first = run(REPO, here.lake, one_arm, tmp_path / "runs")
    other = run(REPO, here.lake, one_arm.model_copy(update={"seed": 7}), tmp_path / "runs")
    promote(other.summary["model"], "tester", "the newer one")
    older(other.summary["model"], model_store)
    assert champion() == other.summary["model"]
    again = run(REPO, here.lake, one_arm, tmp_path / "runs")
    assert again.reused
    assert champion() == first.summary["model"]


def test_a_value_column_that_is_no_feature_fails_before_anything_is_fitted(here, quick_settings, tmp_path):
    profit = quick_settings.profit.model_copy(update={"value_column": "shoe_size"})
    with pytest.raises(SettingsError, match="shoe_size"):
        run(REPO, here.lake, quick_settings.model_copy(update={"profit": profit}), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_run_says_among_how_many_rows_neighbours_were_searched(here, quick_settings, tmp_path):
    bounded = quick_settings.model_copy(
        update={
            "samplers": ("none", "smoteenn"),
            "classifiers": {"lightgbm": quick_settings.classifiers["lightgbm"]},
            # Fewer rows than a settings file may ask for, so that a tiny base has more.
            "resampling": ResamplingSettings.model_construct(neighbour_rows=100),
        }
    )
    result = run(REPO, here.lake, bounded, tmp_path / "runs")
    [told] = result.summary["bounded_searches"]
    assert (told["sampler"], told["among"]) == ("smoteenn", 100)
    folds = [row for row in result.summary["splits"] if str(row["split"]).startswith("fold")]
    stayed = [round(row["train_rows"] * (1 - row["train_churn_rate"])) for row in folds]
    assert told["of"] >= 2 * max(stayed)
    words = f"SMOTEENN among 100 of {told['of']} rows"
    assert words in (result.folder / "report.md").read_text()
    shown = CliRunner().invoke(main, ["show", "--runs", str(tmp_path / "runs")])
    assert words in " ".join(shown.output.split())


def test_a_run_without_bounded_searches_says_that_all_rows_were_searched(here, quick_settings, tmp_path):
    plain = quick_settings.model_copy(
        update={"samplers": ("smote",), "classifiers": {"lightgbm": {"n_estimators": 5}}}
    )
    result = run(REPO, here.lake, plain, tmp_path / "runs")
    assert result.summary["bounded_searches"] == []
    assert "among all rows" in (result.folder / "report.md").read_text()


def test_a_lake_of_another_base_than_the_applied_one_is_refused(here, quick_settings, tmp_path):
    lake = write_lake(tmp_path / "other", telecom_rows(), data_until="2026-02-01", base="another")
    with pytest.raises(
        OfflineError, match="registry is for base by-hand and the lake holds another; run `feast"
    ):
        load_dataset(REPO, lake, quick_settings)


def test_no_lake_is_told_with_what_to_do(quick_settings, tmp_path):
    with pytest.raises(HistoryError, match="no lake here; run `python -m data simulate`"):
        load_dataset(REPO, tmp_path / "nothing", quick_settings)


def test_a_truncated_table_is_named(quick_settings, tmp_path):
    lake = write_lake(tmp_path / "lake", telecom_rows(20))
    path = lake / "churn_events.parquet" / "0001.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(HistoryError, match="churn_events.parquet: cannot be read"):
        load_dataset(REPO, lake, quick_settings)


def test_a_snapshot_trains_on_its_given_labels(use_repo, model_store, quick_settings, tmp_path):
    rows = telecom_rows()
    left = {row["customerID"] for row in rows.pop("churn_events")}
    day = pd.Timestamp("2025-10-01", tz="UTC")
    snapshot = {
        name: [
            {**row, "event_timestamp": day}
            for row in table
            if name in ("demographics", "services") or row["event_timestamp"].month == 9
        ]
        for name, table in rows.items()
    }
    snapshot["labels"] = [
        {
            "customerID": row["customerID"],
            "event_timestamp": day,
            "Churn": "Yes" if row["customerID"] in left else "No",
        }
        for row in snapshot["demographics"]
    ]
    repo = apply_beside(write_lake(tmp_path / "lake", snapshot, "2025-10-01", labels="given"))
    use_repo(repo)
    result = run(REPO, repo.lake, quick_settings, tmp_path / "runs")
    assert result.summary["cohorts"][0]["labelled"] == 240
    assert result.summary["cohorts"][0]["churned"] == len(left)
    card = load_metadata(result.summary["model"]).card
    assert (card.data.kind, card.data.gap_days, card.data.horizon_days) == ("snapshot", None, None)
    assert card.limits[0].key == "card.limits.snapshot"


def test_show_tells_where_the_last_run_lies(here, quick_settings, tmp_path):
    runs = tmp_path / "runs"
    nothing = CliRunner().invoke(main, ["show", "--runs", str(runs)])
    assert nothing.exit_code == 1
    assert "no run yet" in nothing.output
    result = run(REPO, here.lake, quick_settings, runs)
    shown = CliRunner().invoke(main, ["show", "--runs", str(runs)])
    assert shown.exit_code == 0
    assert result.summary["model"] in shown.output
    assert str(result.folder / "report.md") in shown.output
    assert "SMOTEENN random forest" in shown.output


def test_the_command_line_says_in_one_sentence_what_is_wrong(monkeypatch, tmp_path):
    monkeypatch.setenv("STAYLINE_LAKE", str(tmp_path))
    answer = CliRunner().invoke(main, ["run"])
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    assert answer.exit_code == 1
    assert answer.output.splitlines()[-1].startswith("Error: ")
    assert "no lake here" in answer.output


def test_a_run_of_another_feature_service_is_not_found_again(monkeypatch, model_store, one_arm, tmp_path):
    house = House(tmp_path / "house", monkeypatch)
    write_lake(house.lake, telecom_rows(), data_until="2026-02-01")
    house.apply()
    first = run(REPO, house.lake, one_arm, tmp_path / "runs")
    # One line of views.py, which changes no value of the dataset.
    definitions = house.definitions()
    billing = next(view for view in sys.modules["feature_repo.views"].VIEWS if view.name == "billing")
    billing.ttl += timedelta(days=31)
    house.apply(definitions)
    differs = Applied().compare(load_model(first.summary["model"]).signature).differs
    assert differs.startswith("time to live of billing is 8035200 s, not 5356800 s: feature service churn_v1")
    again = run(REPO, house.lake, one_arm, tmp_path / "runs")
    assert again.summary["dataset_fingerprint"] == first.summary["dataset_fingerprint"]
    assert not again.reused
    assert again.refused is None
    assert champion() == again.summary["model"] != first.summary["model"]
    assert Applied().compare(load_model(champion()).signature).differs is None
    assert run(REPO, house.lake, one_arm, tmp_path / "runs").reused


def test_a_run_that_is_found_again_and_may_not_serve_says_what_differs(here, one_arm, tmp_path, monkeypatch):
    first = run(REPO, here.lake, one_arm, tmp_path / "runs")
    other = run(REPO, here.lake, one_arm.model_copy(update={"seed": 7}), tmp_path / "runs")
    promote(other.summary["model"], "tester", "the newer one")
    monkeypatch.setattr(Applied, "compare", lambda self, signature: Comparison(differs="it differs"))
    again = run(REPO, here.lake, one_arm, tmp_path / "runs")
    assert again.reused
    assert again.refused is not None
    assert "as applied, it differs" in again.refused
    assert champion() == other.summary["model"] != first.summary["model"]
