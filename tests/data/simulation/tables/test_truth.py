from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from file_modes import open_to_others
from lake_content import content

from data.errors import InputError, LakeDamagedError, LakeError, LakeMissingError
from data.schema import TABLES
from data.simulation import history
from data.simulation.history import facts_of, simulate
from data.simulation.parameters import Parameters, to_plain
from data.simulation.settings import Settings
from data.simulation.tables.truth import ABOUT, EFFECTS, RISK, TruthWriter, read_about

# The fixture `base` is described in conftest.py.
Base = Any
END = date(2026, 11, 1)


def log_odds(chance: pd.Series[float]) -> pd.Series[float]:
    return np.log(chance / (1 - chance))


def test_the_truth_names_its_base_its_parameters_and_every_intercept(base: Base) -> None:
    about = read_about(base.truth, base.lake)
    assert about["base"] == base.settings.base
    assert about["parameters"] == to_plain(Parameters())
    assert (
        list(about["intercepts"])
        == [f"{m:%Y-%m-%d}" for m in pd.date_range("2025-09-01", END, freq="MS")][:-1]
    )


def test_every_month_of_every_customer_has_a_risk(base: Base) -> None:
    risk = pq.read_table(base.truth / RISK).to_pandas()
    assert not risk.duplicated(["customerID", "month"]).any()
    assert set(risk["customerID"]) <= set(base.tables["demographics"]["customerID"])
    assert risk["risk_without_offer"].between(0, 1).all()
    left = base.tables["churn_events"]
    month = left["event_timestamp"] - pd.Timedelta(days=1)
    keys = pd.MultiIndex.from_arrays([left["customerID"], month.dt.strftime("%Y-%m")])
    had = pd.MultiIndex.from_arrays([risk["customerID"], risk["month"].dt.strftime("%Y-%m")])
    assert keys.isin(had).all()


def test_as_many_leave_as_the_truth_says(base: Base) -> None:
    risk = pq.read_table(base.truth / RISK).to_pandas()
    left = len(base.tables["churn_events"])
    # Some of the last month's are learned after the end.
    assert left == pytest.approx(risk["risk_with_offer"].sum(), rel=0.03)


def test_the_effect_of_an_offer_is_the_difference_of_the_two_risks(base: Base) -> None:
    risk = pq.read_table(base.truth / RISK).to_pandas()
    effects = pq.read_table(base.truth / EFFECTS).to_pandas()
    both = effects.merge(risk, left_on=["customerID", "event_timestamp"], right_on=["customerID", "month"])
    assert len(both) == len(effects)
    found = log_odds(both["risk_with_offer"]) - log_odds(both["risk_without_offer"])
    for offer in Parameters().campaigns.offers:
        chosen = both["offer"] == offer
        assert np.abs(found - both[f"effect_{offer}"])[chosen].max() < 1e-4
    outside = risk[~risk["customerID"].isin(effects["customerID"])]
    assert (outside["risk_with_offer"] == outside["risk_without_offer"]).all()


@pytest.mark.slow
def test_what_an_offer_did_can_be_read_off_the_lake_and_is_what_the_truth_says(default_base: Base) -> None:
    """Treated minus held out, in the share leaving while the offer acts: observed, and by the true risks."""
    lasts = pd.DateOffset(months=Parameters().campaigns.lasts_months)
    risk = pq.read_table(default_base.truth / RISK).to_pandas()
    draws = pq.read_table(default_base.truth / EFFECTS).to_pandas()
    draws["until"] = draws["event_timestamp"] + lasts
    left = default_base.tables["churn_events"].set_index("customerID")["event_timestamp"]
    draws["left"] = left.reindex(draws["customerID"]).to_numpy() <= draws["until"].to_numpy()
    months = draws.reset_index().merge(risk, on="customerID")
    acting = months[(months["month"] >= months["event_timestamp"]) & (months["month"] < months["until"])]
    # A customer's risks up to leaving sum, on average, to the chance of leaving.
    draws["expected"] = acting.groupby("index")["risk_with_offer"].sum()
    mean = draws.groupby("offer")[["left", "expected"]].mean()
    difference = mean - mean.loc["none"]
    assert difference["expected"]["discount"] < -0.03
    assert difference["expected"]["contract_bonus"] < -0.01
    assert difference["left"].to_numpy() == pytest.approx(difference["expected"].to_numpy(), abs=0.02)


def test_most_feel_little_some_stay_and_some_are_woken(base: Base) -> None:
    effects = pq.read_table(base.truth / EFFECTS).to_pandas()
    felt = effects[["effect_discount", "effect_support_call", "effect_contract_bonus"]].to_numpy()
    assert (np.abs(felt) < 0.1).mean() > 0.5
    assert (felt < -0.1).mean() > 0.08
    assert (felt > 0.1).mean() > 0.04


def test_offers_of_the_lake_are_those_of_the_truth(base: Base) -> None:
    columns = ["customerID", "campaign", "offer"]
    true = pq.read_table(base.truth / EFFECTS, columns=columns).to_pandas()
    lake = base.tables["offers"][columns]
    assert sorted(map(tuple, lake.to_numpy())) == sorted(map(tuple, true.to_numpy()))


def test_no_table_of_the_lake_shows_a_hidden_trait(base: Base) -> None:
    hidden = {"restlessness", "engagement", "line_trouble", "thrift", "risk_without_offer", "risk_with_offer"}
    assert not hidden & {name for table in TABLES.values() for name in table.names}
    assert not {path.name for path in base.lake.iterdir()} & {RISK, EFFECTS, ABOUT}


def test_a_truth_of_another_base_is_not_read(tmp_path: Path, base: Base) -> None:
    simulate(Settings(100, 8, 1, END), tmp_path / "lake", tmp_path / "truth")
    with pytest.raises(LakeDamagedError, match="is that of simulated-600x14-seed3"):
        read_about(base.truth, tmp_path / "lake")
    with pytest.raises(LakeMissingError, match="There is no truth"):
        read_about(tmp_path / "elsewhere", tmp_path / "lake")
    (tmp_path / "truth" / ABOUT).write_text("{")
    with pytest.raises(LakeDamagedError, match="cannot be read"):
        read_about(tmp_path / "truth", tmp_path / "lake")


def test_the_same_settings_with_other_parameters_are_another_truth(tmp_path: Path) -> None:
    settings = Settings(100, 8, 1, END)
    simulate(settings, tmp_path / "lake", tmp_path / "truth")
    about = json.loads((tmp_path / "truth" / ABOUT).read_text())
    about["source"]["model"] = "000000000000"
    (tmp_path / "truth" / ABOUT).write_text(json.dumps(about))
    with pytest.raises(LakeDamagedError):
        read_about(tmp_path / "truth", tmp_path / "lake")


def test_truth_and_lake_stay_as_they_were_when_something_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, truth = tmp_path / "lake", tmp_path / "truth"
    simulate(Settings(100, 8, 1, END), lake, truth)
    before = [content(lake), content(truth)]

    def broken(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(history.TruthWriter, "append", broken)
    with pytest.raises(OSError, match="no space left"):
        simulate(Settings(120, 8, 1, END), lake, truth, replace_base=True)
    assert [content(lake), content(truth)] == before


@pytest.mark.usefixtures("umask")
def test_nobody_else_can_read_the_truth(tmp_path: Path) -> None:
    simulate(Settings(100, 8, 1, END), tmp_path / "lake", tmp_path / "truth")
    assert open_to_others(tmp_path / "truth") == []


def test_the_truth_must_not_lie_in_the_lake(tmp_path: Path) -> None:
    facts = facts_of(Settings(100, 8, 1, END), Parameters())
    for place in (tmp_path / "lake", tmp_path / "lake" / "truth", tmp_path):
        with pytest.raises(InputError, match="lie in each other"):
            TruthWriter(place, facts, tmp_path / "lake")


def test_a_folder_with_other_things_is_not_replaced(tmp_path: Path) -> None:
    facts = facts_of(Settings(100, 8, 1, END), Parameters())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    with pytest.raises(LakeError, match="'thesis.tex'"):
        TruthWriter(tmp_path / "mine", facts, tmp_path / "lake")
    with pytest.raises(LakeError, match="is a file"):
        TruthWriter(tmp_path / "mine" / "thesis.tex", facts, tmp_path / "lake")
