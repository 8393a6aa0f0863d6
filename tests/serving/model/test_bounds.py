from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_models import synthetic_features, whole_model

from data.contracts.table_contracts import column_checks
from data.schema import TABLES, Column
from feature_repo.views import BOUNDS, VIEWS
from serving.decision.bands import WITHOUT_THRESHOLD
from serving.errors import EncodingError, FormatError
from serving.model.bounds import Bound
from serving.model.frame_bounds import check_frame
from serving.model.scorer import Scorer
from serving.model.signature import Signature, signature_of

COLUMNS = {field.name: TABLES[view.name].column(field.name) for view in VIEWS for field in view.features}
IMPOSSIBLE = [
    ("tenure", -5, "feature tenure: -5 cannot be; it is from 0 to 1200"),
    ("tenure", 1201, "feature tenure: 1201 cannot be"),
    ("SeniorCitizen", 2, "feature SeniorCitizen: 2 cannot be; it is from 0 to 1"),
    ("MonthlyCharges", -1e6, "feature MonthlyCharges: -1000000.0 cannot be; it is at least 0"),
    ("numTechTickets", -1, "feature numTechTickets: -1 cannot be; it is at least 0"),
    ("Contract", "Weekly", "feature Contract: 'Weekly' cannot be; it is one of Month-to-month, One year, T"),
    ("Contract", "Yes", "feature Contract: 'Yes' cannot be"),
    ("gender", "x" * 99, "feature gender: 'x+… cannot be; it is one of Female, Male"),
]


def tried(column: Column) -> list[Any]:
    if str(column.type) == "string":
        return [*column.categories, "Weekly", "yes", ""]
    numbers = [-1e12, -1, 0, 1, 2, 1200, 1201, 1e12]
    return [int(one) for one in numbers] if str(column.type) == "int64" else [*map(float, numbers), 0.5]


@pytest.mark.parametrize("name", COLUMNS)
def test_a_bound_allows_what_the_tables_contract_allows(name: str) -> None:
    bound = Bound(**BOUNDS.get(name, {}))
    for value in tried(COLUMNS[name]):
        column = pd.Series([value])
        allowed = all(bool(check(column).check_passed) for check in column_checks(COLUMNS[name]))
        assert bound.allows(value) == allowed, value


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer(whole_model(), "churn:x", WITHOUT_THRESHOLD)


@pytest.fixture(scope="module")
def frame(scorer: Scorer) -> pd.DataFrame:
    return synthetic_features(scorer.model.signature, rows=5)


@pytest.mark.parametrize(("name", "value", "message"), IMPOSSIBLE)
def test_what_cannot_be_is_refused_by_every_path(
    name: str, value: Any, message: str, scorer: Scorer, frame: pd.DataFrame
) -> None:
    changed = frame.astype({name: object})
    changed.loc[3, name] = value
    rows = changed.astype(object).where(changed.notna(), None).to_dict("records")
    with pytest.raises(EncodingError, match=message):
        scorer.score_rows(rows)
    with pytest.raises(EncodingError, match=message):
        scorer.score_rows([rows[3]])
    of_one_type = changed if isinstance(value, str) else changed.astype({name: frame[name].dtype})
    with pytest.raises(EncodingError, match=message.partition(":")[0]) as caught:
        scorer.score_frame(of_one_type)
    assert caught.value.row == 3
    assert len(scorer.score_rows([rows[2]])) == 1


def test_a_value_that_training_never_saw_is_not_refused(scorer: Scorer, frame: pd.DataFrame) -> None:
    known = scorer.model.encoder.categories["PaymentMethod"]
    new = "Credit card (automatic)"
    assert new not in known
    row = {**frame.iloc[0].to_dict(), "PaymentMethod": new, "MonthlyCharges": 1e7, "tenure": 1200}
    (score,) = scorer.score_rows([row])
    assert scorer.score_frame(pd.DataFrame([row]))["probability"].tolist() == pytest.approx(
        [score.probability]
    )


def test_a_missing_value_is_always_allowed() -> None:
    for bound in (Bound(minimum=0), Bound(maximum=0), Bound(values=("a",))):
        assert bound.allows(None)
    frame = pd.DataFrame({"tenure": [np.nan, None], "Contract": [None, np.nan]}, dtype=object)
    check_frame(frame, {"tenure": Bound(minimum=0), "Contract": Bound(values=("One year",))})


def test_a_model_without_bounds_takes_every_value() -> None:
    document = signature_of().to_json()
    del document["bounds"]
    signature = Signature.from_json(document)
    assert signature.bounds == {}
    check_frame(pd.DataFrame({"tenure": [-5]}), signature.bounds)


def test_a_bound_that_nothing_meets_is_refused() -> None:
    with pytest.raises(FormatError, match="cannot lie between 2 and 1"):
        Bound(minimum=2, maximum=1)
