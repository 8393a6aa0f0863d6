from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from lake_content import content

from data.commands import cli
from data.contracts.check import check_lake
from data.errors import BadRowsError, EditionError, InputError
from data.schema import TABLES
from data.simulation.campaign_file import read_campaign
from data.simulation.continuation import go_on
from data.simulation.history import simulate
from data.simulation.parameters import Campaigns, Parameters, fingerprint
from data.simulation.planned import Planned
from data.simulation.settings import Settings

EARLY, LATE = date(2026, 3, 1), date(2026, 7, 1)
OFFERS = Campaigns().offers
SETTINGS = Settings(400, 12, 5, EARLY)


def rows(lake: Path, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = pq.read_table(lake / f"{name}.parquet").to_pandas()
    return frame.sort_values(list(frame.columns)).reset_index(drop=True)


def active(lake: Path) -> list[str]:
    return sorted(
        set(rows(lake, "demographics")["customerID"]) - set(rows(lake, "churn_events")["customerID"])
    )


def plan(customers: Sequence[str], offer: str, name: str = "spring") -> Planned:
    codes = np.full(len(customers), OFFERS.index(offer), dtype=np.int8)
    return Planned(name, pa.array(customers, pa.string()), codes, np.full(len(customers), 0.5))


@pytest.fixture
def place(tmp_path: Path, early: Path) -> Path:
    """A copy of a base that ends in March."""
    for part in ("lake", "truth"):
        (tmp_path / part).mkdir()
        for file in (early / part).rglob("*"):
            target = tmp_path / part / file.relative_to(early / part)
            if file.is_dir():
                target.mkdir()
            else:
                target.write_bytes(file.read_bytes())
    return tmp_path


@pytest.fixture(scope="session")
def early(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("early")
    simulate(SETTINGS, folder / "lake", folder / "truth")
    return folder


def live_on(place: Path, months: int = 4, campaign: Planned | None = None, today: date = LATE) -> Any:
    return go_on(place / "lake", place / "truth", months, campaign, today)


def test_a_base_goes_on_as_its_next_edition_and_keeps_its_past(place: Path, early: Path) -> None:
    live_on(place)
    manifest = check_lake(place / "lake")
    assert [f"{edition.data_until:%Y-%m-%d}" for edition in manifest.editions] == ["2026-03-01", "2026-07-01"]
    until = pd.Timestamp(EARLY, tz="UTC")
    for name in TABLES:
        before, now = rows(early / "lake", name), rows(place / "lake", name)
        known = now[now["created_timestamp"] <= until].reset_index(drop=True)
        pd.testing.assert_frame_equal(known, before)
    bills = rows(place / "lake", "billing")["event_timestamp"]
    assert bills.max() == pd.Timestamp("2026-06-30", tz="UTC")


def test_two_continuations_give_what_one_gives(place: Path, early: Path, tmp_path_factory: Any) -> None:
    other = tmp_path_factory.mktemp("other")
    simulate(SETTINGS, other / "lake", other / "truth")
    live_on(place, 1)
    live_on(place, 3)
    live_on(other, 4)
    for name in TABLES:
        pd.testing.assert_frame_equal(rows(place / "lake", name), rows(other / "lake", name))


def test_a_campaign_is_lived_through_with_its_offers_and_hold_outs(place: Path) -> None:
    customers = active(place / "lake")
    planned = plan(customers, "discount")
    planned.offer[::2] = 0
    found = live_on(place, campaign=planned)
    offers = rows(place / "lake", "offers")
    made = offers[offers["campaign"] == "spring"].set_index("customerID")["offer"]
    assert len(made) == len(customers) - found.gone
    wanted = dict(zip(customers, np.array(OFFERS)[planned.offer], strict=True))
    assert all(wanted[customer] == offer for customer, offer in made.items())
    assert {"none", "discount"} == set(made)
    truth = pd.read_parquet(place / "truth" / "effects.parquet")
    truth = truth[truth["campaign"] == "spring"]
    assert truth["offer"].notna().sum() == len(made)
    assert (truth["effect_discount"] < -0.3).mean() > 0.05
    risk = pd.read_parquet(place / "truth" / "risk.parquet")
    march = risk[risk["month"] == pd.Timestamp(EARLY, tz="UTC")].set_index("customerID")
    offered = made[made == "discount"].index.intersection(march.index)
    held_out = made[made == "none"].index.intersection(march.index)
    assert (march.loc[offered, "risk_with_offer"] != march.loc[offered, "risk_without_offer"]).mean() > 0.9
    assert (march.loc[held_out, "risk_with_offer"] == march.loc[held_out, "risk_without_offer"]).all()


def test_a_second_campaign_follows_the_first(place: Path) -> None:
    live_on(place, 2, plan(active(place / "lake")[:50], "support_call", "first"))
    live_on(place, 2, plan(active(place / "lake")[50:90], "discount", "second"))
    manifest = check_lake(place / "lake")
    assert manifest.facts.source["campaigns"] == ["first", "second"]
    offers = rows(place / "lake", "offers")
    assert {"first", "second"} <= set(offers["campaign"])
    with pytest.raises(InputError, match="campaign 'first' already"):
        live_on(place, 1, plan(active(place / "lake")[:5], "discount", "first"), date(2026, 8, 1))


@pytest.mark.parametrize(
    ("months", "today", "message"),
    [(0, LATE, "--months 0"), (61, LATE, "--months 61"), (5, LATE, "2026-08-01, which is in the future")],
)
def test_months_that_cannot_be_lived_are_refused(place: Path, months: int, today: date, message: str) -> None:
    before = content(place / "lake")
    with pytest.raises(InputError, match=message):
        live_on(place, months, today=today)
    assert content(place / "lake") == before


def test_unknown_customers_are_refused_and_nothing_changes(place: Path) -> None:
    before = content(place / "lake"), content(place / "truth")
    with pytest.raises(InputError, match="1 customer whom the base has never had: 'nobody'"):
        live_on(place, campaign=plan([active(place / "lake")[0], "nobody"], "discount"))
    assert (content(place / "lake"), content(place / "truth")) == before


def test_a_base_of_another_model_does_not_go_on(place: Path) -> None:
    for file in (place / "lake" / "manifest.json", place / "truth" / "truth.json"):
        file.write_text(file.read_text().replace(fingerprint(Parameters()), "0" * 12))
    with pytest.raises(EditionError, match="simulated by another version"):
        live_on(place)


def write(path: Path, **changed: Any) -> Path:
    columns = {
        "customerID": ["a", "b", "c"],
        "campaign": ["spring"] * 3,
        "arm": ["offer", "holdout", "control"],
        "offer": ["discount", "none", ""],
        "probability_of_arm": [0.9, 0.1, ""],
        **changed,
    }
    frame = pd.DataFrame({name: values for name, values in columns.items() if values is not None})
    frame.to_csv(path, index=False)
    return path


def test_a_campaign_file_is_read(tmp_path: Path) -> None:
    read = read_campaign(write(tmp_path / "c.csv"), OFFERS)
    assert (read.name, read.customers.to_pylist()) == ("spring", ["a", "b"])
    assert (read.offer.tolist(), read.probability.tolist()) == ([1, 0], [0.9, 0.1])


def test_a_campaign_file_without_probabilities_has_none(tmp_path: Path) -> None:
    read = read_campaign(write(tmp_path / "c.csv", probability_of_arm=None), OFFERS)
    assert np.isnan(read.probability).all()


def test_a_campaign_without_a_column_of_its_name_is_called_after_its_place(tmp_path: Path) -> None:
    assert read_campaign(write(tmp_path / "autumn.csv", campaign=None), OFFERS).name == "autumn"
    table = pd.DataFrame({"customerID": ["a"], "arm": ["offer"], "offer": ["discount"]})
    (tmp_path / "winter").mkdir()
    table.to_parquet(tmp_path / "winter" / "customers.parquet")
    assert read_campaign(tmp_path / "winter" / "customers.parquet", OFFERS).name == "winter"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"arm": None}, "lacks arm"),
        ({"campaign": ["spring", "spring", "summer"]}, r"names 2 campaigns \('spring', 'summer'\)"),
        ({"arm": ["offer", "test", "control"]}, "line 3, arm: 'test'; rule: one of offer, holdout, control"),
        ({"offer": ["gift", "none", ""]}, "line 2, offer: 'gift'; rule: one of discount, support_call"),
        ({"customerID": ["a", "a", "c"]}, "line 3, customerID: 'a'; rule: stands once"),
        ({"probability_of_arm": [0.9, 0, ""]}, "line 3, probability_of_arm: '0'; rule: a number above 0"),
    ],
)
def test_a_campaign_file_that_cannot_be_used_says_why(
    tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    with pytest.raises((InputError, BadRowsError), match=message):
        read_campaign(write(tmp_path / "c.csv", **changed), OFFERS)


def run(place: Path, *arguments: str) -> Result:
    environment = {"STAYLINE_LAKE": str(place / "lake"), "STAYLINE_TRUTH": str(place / "truth")}
    return CliRunner(env=environment).invoke(cli.main, ["simulate", *arguments], prog_name="python -m data")


def test_the_command_lives_on_and_says_so(place: Path, tmp_path: Path) -> None:
    customers = active(place / "lake")[:3]
    file = write(tmp_path / "c.csv", customerID=customers)
    done = run(place, "--continue", "--months", "2", "--campaign", str(file))
    assert done.exit_code == 0, done.output
    assert "edition 2, up to 2026-05-01." in done.stdout
    gone = 2 - int(rows(place / "lake", "offers")["campaign"].eq("spring").sum())
    assert f"Campaign spring: 2 customers, {gone} of whom had left before it began." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--continue"], "--continue needs --months"),
        (["--continue", "--months", "2", "--seed", "8"], "--seed cannot change in a base that goes on"),
        (["--campaign", "c.csv"], "--campaign goes with --continue"),
        (["--continue", "--months", "2", "--campaign", "absent.csv"], "There is no file absent.csv"),
    ],
)
def test_options_that_do_not_go_together_are_refused(place: Path, arguments: list[str], message: str) -> None:
    refused = run(place, *arguments)
    assert refused.exit_code != 0
    assert message in refused.stderr
