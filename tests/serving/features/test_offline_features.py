"""Point-in-time cases worked out by hand, through the offline store."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from house import apply_beside
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_lakes import ROOT, AppliedRepo, utc, write_lake, write_table

from serving.errors import OfflineError
from serving.features.offline_features import OfflineFeatures, cast
from serving.model.signature import signature_of

OCTOBER = "2025-10-01"


def bill(customer: str, day: str, charge: float, learned: str | None = None) -> dict[str, Any]:
    row = {"customerID": customer, "event_timestamp": utc(day), "MonthlyCharges": charge}
    return row if learned is None else {**row, "created_timestamp": utc(learned)}


BILLS = [
    # The row of September arrives on October 5: at October 1 the one of August is what we know.
    bill("late", "2025-08-31", 8.0),
    bill("late", "2025-09-30", 9.0, learned="2025-10-05"),
    # 62 days before October 1 is July 31: the last day on which a bill still counts.
    bill("just-valid", "2025-07-31", 7.0),
    bill("expired", "2025-07-30", 7.0),
    # A change on the observation date itself, at 00:00, counts; one at 00:01 does not.
    bill("on-the-day", "2025-09-30", 9.0),
    bill("on-the-day", "2025-10-01", 10.0),
    bill("minute-after", "2025-09-30", 9.0),
    bill("minute-after", "2025-10-01T00:01", 10.0),
    # A correction of the same day: the one that was learned last before the observation date.
    bill("corrected", "2025-09-30", 1.0, learned="2025-09-30T06:00"),
    bill("corrected", "2025-09-30", 2.0, learned="2025-09-30T18:00"),
    bill("corrected", "2025-09-30", 3.0, learned="2025-10-02"),
    # Two cohorts of one customer.
    bill("twice", "2025-06-30", 6.0),
    bill("twice", "2025-09-30", 9.0),
    # A backfill: an old month that was learned long after.
    bill("backfilled", "2025-06-30", 6.0, learned="2025-12-01"),
]
EXPECTED = {
    ("late", OCTOBER): 8.0,
    ("just-valid", OCTOBER): 7.0,
    ("expired", OCTOBER): None,
    ("on-the-day", OCTOBER): 10.0,
    ("minute-after", OCTOBER): 9.0,
    ("corrected", OCTOBER): 2.0,
    ("twice", "2025-07-01"): 6.0,
    ("twice", OCTOBER): 9.0,
    ("backfilled", "2025-07-01"): None,
    ("never-billed", OCTOBER): None,
}


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> AppliedRepo:
    folder = tmp_path_factory.mktemp("point-in-time")
    return apply_beside(write_lake(folder / "lake", {"billing": BILLS}))


def entity_rows(keys: list[tuple[str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(keys, columns=["customerID", "event_timestamp"])
    frame["event_timestamp"] = pd.to_datetime(frame["event_timestamp"], utc=True).astype(
        "datetime64[us, UTC]"
    )
    return frame


def charges(rows: pd.DataFrame) -> list[float | None]:
    answer = OfflineFeatures("churn_v1", "by-hand").read(rows)["MonthlyCharges"].astype(object)
    return list(answer.where(answer.notna(), None))


def test_hand_worked_point_in_time_cases(applied, use_repo):
    use_repo(applied)
    write_table(applied.lake, "billing", BILLS)
    # Backwards, so that an answer in the store's own order would not pass.
    keys = list(EXPECTED)[::-1]
    assert dict(zip(keys, charges(entity_rows(keys)), strict=True)) == EXPECTED


def test_rows_with_the_same_key_and_date_are_all_kept(applied, use_repo):
    use_repo(applied)
    write_table(applied.lake, "billing", BILLS)
    keys = [("twice", OCTOBER), ("late", OCTOBER), ("twice", OCTOBER)]
    assert charges(entity_rows(keys)) == [9.0, 8.0, 9.0]


def test_nothing_of_a_former_stay_is_a_feature_of_the_new_one(applied, use_repo):
    use_repo(applied)
    came_back = {"customerID": "back", "event_timestamp": utc("2025-09-20")}
    told_late = {**came_back, "customerID": "told-late", "created_timestamp": utc("2025-10-05")}
    joined = [{"customerID": name, "event_timestamp": utc("2025-01-01")} for name in ("back", "told-late")]
    write_table(applied.lake, "demographics", [*joined, came_back, told_late])
    bills = [
        bill(name, day, charge) for name in ("back", "told-late") for day, charge in (("2025-08-31", 8.0),)
    ]
    bills.append(bill("back", "2025-09-30", 9.0, learned="2025-10-05"))
    write_table(applied.lake, "billing", bills)
    days = ("2025-09-19", OCTOBER, "2025-10-06")
    keys = [(customer, day) for customer in ("back", "told-late") for day in days]
    assert dict(zip(keys, charges(entity_rows(keys)), strict=True)) == {
        ("back", "2025-09-19"): 8.0,
        ("back", OCTOBER): None,  # the bill of the new stay was not known yet, and the former one is not its
        ("back", "2025-10-06"): 9.0,
        ("told-late", "2025-09-19"): 8.0,
        ("told-late", OCTOBER): 8.0,  # nobody knew of the return
        ("told-late", "2025-10-06"): None,
    }
    moment = utc(OCTOBER).to_pydatetime()
    table = OfflineFeatures("churn_v1", "by-hand").at(["told-late", "back"], moment)
    assert table["MonthlyCharges"].to_pylist() == [8.0, None]
    assert table.column_names == ["customerID", "event_timestamp", *signature_of().names]


DAYS = st.integers(0, 200)
HISTORY = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), DAYS, st.integers(0, 60)),
    max_size=30,
    unique_by=lambda r: r[:2],
)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORY, dates=st.lists(DAYS, min_size=1, max_size=3, unique=True))
def test_no_feature_was_true_or_known_after_its_observation_date(applied, use_repo, history, dates):
    """Every bill's charge is the day it was learned, so that an answer tells when it was learned."""
    use_repo(applied)
    start = utc("2025-01-01")
    rows = [
        {
            "customerID": customer,
            "event_timestamp": start + pd.Timedelta(days=day),
            "created_timestamp": start + pd.Timedelta(days=day + delay),
            "MonthlyCharges": float(day + delay),
            "TotalCharges": float(day),
        }
        for customer, day, delay in history
    ]
    write_table(applied.lake, "billing", rows)
    asked = [(customer, day) for day in dates for customer in ("a", "b", "c")]
    keys = entity_rows([(customer, (start + pd.Timedelta(days=day)).isoformat()) for customer, day in asked])
    answer = OfflineFeatures("churn_v1", "by-hand").read(keys)
    for (customer, day), learned, true_since in zip(
        asked, answer["MonthlyCharges"], answer["TotalCharges"], strict=True
    ):
        known = [
            (d, d + late) for who, d, late in history if who == customer and d + late <= day and d >= day - 62
        ]
        expected = max(known) if known else None
        assert (None if pd.isna(learned) else (true_since, learned)) == expected
        assert not learned > day


def test_customers_at_one_moment_are_read_as_entity_rows_are(applied, use_repo):
    use_repo(applied)
    write_table(applied.lake, "billing", BILLS)
    customers = sorted({customer for customer, _ in EXPECTED}, reverse=True)
    reader = OfflineFeatures("churn_v1", "by-hand")
    rows = reader.read(entity_rows([(customer, OCTOBER) for customer in customers]))
    table = reader.at(customers, utc(OCTOBER).to_pydatetime())
    assert table["customerID"].to_pylist() == customers
    names = list(signature_of("churn_v1").names)
    assert table.select(names).to_pylist() == rows[names].astype(object).where(rows.notna(), None).to_dict(
        "records"
    )


def test_another_offline_store_is_refused(applied, use_repo, tmp_path):
    use_repo(applied)
    text = (ROOT / "feature_repo" / "feature_store.yaml").read_text()
    other = text.replace("feature_repo.offline_store.store.PointInTimeOfflineStore", "duckdb")
    (tmp_path / "feature_store.yaml").write_text(other)
    with pytest.raises(OfflineError, match="names the offline store duckdb; write `type: feature_repo.off"):
        OfflineFeatures("churn_v1", "by-hand", tmp_path)


def test_cast_names_the_feature_that_does_not_fit():
    signature = signature_of("churn_v1", ["tenure"])
    with pytest.raises(OfflineError, match="feature billing:tenure is not Int64"):
        cast(pd.DataFrame({"tenure": ["many"]}), signature.features)
    with pytest.raises(OfflineError, match="gives no tenure"):
        cast(pd.DataFrame({"other": [1]}), signature.features)


def test_a_registry_of_another_base_or_without_the_service_is_refused(applied, use_repo):
    use_repo(applied)
    with pytest.raises(OfflineError, match="for base by-hand and the lake holds another"):
        OfflineFeatures("churn_v1", "another")
    with pytest.raises(OfflineError, match="run `feast -c feature_repo apply`"):
        OfflineFeatures("churn_v9", "by-hand")


def test_a_truncated_table_is_one_message(use_repo, tmp_path):
    repo = apply_beside(write_lake(tmp_path / "lake", {"billing": BILLS}))
    use_repo(repo)
    path = repo.lake / "services.parquet" / "0002.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(
        OfflineError, match="offline store cannot be read: .*services.parquet.*python -m data check"
    ):
        OfflineFeatures("churn_v1", "by-hand").read(entity_rows([("late", OCTOBER)]))
