from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import EncodingError, FormatError
from serving.model.bounds import Bound
from serving.model.encoding import Encoder, fit_encoder
from serving.model.row_encoding import as_number
from serving.model.signature import FeatureSpec

CONTRACT = FeatureSpec("Contract", "services", "category", "String")
PARTNER = FeatureSpec("Partner", "services", "category", "String")
TENURE = FeatureSpec("tenure", "billing", "number", "Int64")
CHARGE = FeatureSpec("MonthlyCharges", "billing", "number", "Float64")
FEATURES = (TENURE, CONTRACT, PARTNER, CHARGE)
ENCODER = Encoder(
    FEATURES,
    {"Contract": ("Month-to-month", "One year", "Two year"), "Partner": ("No", "Yes")},
    {"tenure": 29.0, "MonthlyCharges": 70.35},
)


def test_columns_are_named_after_what_they_hold() -> None:
    assert ENCODER.columns == (
        "tenure",
        "Contract=Month-to-month",
        "Contract=One year",
        "Contract=Two year",
        "Partner=Yes",
        "MonthlyCharges",
    )


def test_a_row_worked_out_by_hand() -> None:
    row = {"tenure": 5, "Contract": "One year", "Partner": "Yes", "MonthlyCharges": 20.5}
    assert ENCODER.encode_rows([row]).tolist() == [[5, 0, 1, 0, 1, 20.5]]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_missing_number_is_filled_and_a_missing_category_is_all_zeros(missing: object) -> None:
    row = {"tenure": missing, "Contract": None, "MonthlyCharges": missing}
    assert ENCODER.encode_rows([row, {}]).tolist() == [[29, 0, 0, 0, 0, 70.35]] * 2


def test_an_unseen_category_is_all_zeros() -> None:
    row = {"tenure": 5, "Contract": "Ten years", "Partner": "Perhaps", "MonthlyCharges": 20.5}
    assert ENCODER.encode_rows([row]).tolist() == [[5, 0, 0, 0, 0, 20.5]]
    assert ENCODER.encode_frame(pd.DataFrame([row])).tolist() == [[5, 0, 0, 0, 0, 20.5]]


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "tenure": _maybe(st.integers(-(2**60), 2**60)),
            "Contract": _maybe(st.sampled_from(["Month-to-month", "One year", "Two year", "Ten years", ""])),
            "Partner": _maybe(st.sampled_from(["No", "Yes", "yes"])),
            "MonthlyCharges": _maybe(st.floats(allow_infinity=False)),
        }
    ),
    min_size=1,
    max_size=8,
)


@given(ROWS)
def test_rows_and_frame_give_the_same_bits(rows: list[dict[str, Any]]) -> None:
    frame = pd.DataFrame(rows, columns=[feature.name for feature in FEATURES])
    typed = frame.assign(
        tenure=pd.array([row["tenure"] for row in rows], dtype="Int64"),
        Contract=frame["Contract"].astype("category"),
        MonthlyCharges=frame["MonthlyCharges"].astype(float),
    )
    expected = ENCODER.encode_rows(rows).tobytes()
    assert ENCODER.encode_frame(frame.astype(object)).tobytes() == expected
    assert ENCODER.encode_frame(typed).tobytes() == expected
    names = tuple(frame.columns)
    alone = ENCODER.row_encoder(names)
    assert b"".join(alone.encode_row([row[name] for name in names]).tobytes() for row in rows) == expected
    assert np.isfinite(ENCODER.encode_rows(rows)).all()


def test_fitting_learns_sorted_categories_and_medians() -> None:
    frame = pd.DataFrame(
        {
            "Contract": ["Two year", None, "One year"],
            "tenure": [1, 2, 6],
            "MonthlyCharges": [10.0, np.nan, 20.0],
        }
    )
    encoder = fit_encoder(frame, [CONTRACT, TENURE, CHARGE])
    assert encoder.categories == {"Contract": ("One year", "Two year")}
    assert encoder.fills == {"tenure": 2, "MonthlyCharges": 15}


def test_a_number_that_is_never_known_is_a_constant_column() -> None:
    encoder = fit_encoder(pd.DataFrame({"MonthlyCharges": [None, None]}), [CHARGE])
    assert encoder.encode_frame(pd.DataFrame({"MonthlyCharges": [None, 3.5]})).tolist() == [[0], [3.5]]


def test_a_category_that_is_never_known_has_no_column() -> None:
    encoder = fit_encoder(pd.DataFrame({"Contract": [None, None], "tenure": [1, 2]}), [CONTRACT, TENURE])
    assert encoder.columns == ("tenure",)
    assert encoder.encode_rows([{"Contract": "One year", "tenure": 3}]).tolist() == [[3]]


@pytest.mark.parametrize(
    ("column", "message"),
    [(["5", "6"], "'5' is not a number"), ([1.0, np.inf], "infinite"), (["5", None], "is not a number")],
)
def test_a_number_that_is_not_one_is_refused(column: list[object], message: str) -> None:
    with pytest.raises(EncodingError, match=f"tenure.*{message}"):
        fit_encoder(pd.DataFrame({"tenure": column}), [TENURE])
    with pytest.raises(EncodingError, match="tenure"):
        ENCODER.encode_rows([{"tenure": value} for value in column])


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3.0), (2.5, 2.5), (True, 1.0), (np.int32(4), 4.0), (np.float32(0.5), 0.5), (np.bool_(False), 0.0)],
)
def test_python_and_numpy_numbers_are_numbers(value: object, number: float) -> None:
    assert as_number(value, "tenure") == number


@pytest.mark.parametrize("value", [None, pd.NA, pd.NaT, float("nan")])
def test_every_kind_of_gap_is_missing(value: object) -> None:
    assert np.isnan(as_number(value, "tenure"))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("5", "feature tenure: '5' is not a number; clean the table"),
        (-np.inf, "feature tenure is infinite; clean the table"),
        (np.inf, "feature tenure is infinite; clean the table"),
    ],
)
def test_a_value_of_a_row_that_is_no_number_is_told(value: object, message: str) -> None:
    # Beside a whole number, where the fast way finds it, and beside a gap, where each value is looked at.
    for other in (1.0, None):
        with pytest.raises(EncodingError) as refused:
            ENCODER.encode_rows([{"tenure": 3, "MonthlyCharges": other}, {"tenure": value}])
        assert str(refused.value) == message
        with pytest.raises(EncodingError) as refused:
            ENCODER.row_encoder(("MonthlyCharges", "tenure", "Contract", "Partner")).encode_row(
                (other, value, None, None)
            )
        assert str(refused.value) == message


def test_numbers_without_a_gap_are_not_looked_at_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(value: object, name: object) -> float:
        raise AssertionError(f"{value!r} of {name} was looked at")

    monkeypatch.setattr("serving.model.row_encoding.as_number", look)
    rows = [{"tenure": 3, "MonthlyCharges": 20.5}, {"tenure": 4, "MonthlyCharges": float("nan")}]
    assert ENCODER.encode_rows(rows)[:, [0, 5]].tolist() == [[3, 20.5], [4, 70.35]]


def test_rows_of_numbers_alone_and_of_categories_alone() -> None:
    numbers = Encoder((CHARGE, TENURE), {}, {"tenure": 1.0, "MonthlyCharges": 2.0})
    rows = [{"tenure": 3, "MonthlyCharges": 4}, {"tenure": None, "MonthlyCharges": 5}]
    assert numbers.encode_rows(rows).tolist() == [[4, 3], [5, 1]]
    assert numbers.encode_rows(rows[:1]).tolist() == [[4, 3]]
    known = {"Contract": ("No", "Yes"), "Partner": ("No", "Perhaps", "Yes")}
    # "No" of a category with two values has no column; "Perhaps" is unknown to the first one.
    categories = Encoder((CONTRACT, PARTNER), known, {})
    rows = [
        {"Contract": "No", "Partner": "No"},
        {"Contract": "Perhaps", "Partner": "Yes"},
        {"Contract": "Yes"},
    ]
    assert categories.encode_rows(rows).tolist() == [[0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]]
    assert categories.encode_rows([]).shape == (0, 4)


def test_a_category_that_is_a_number_is_refused_when_fitting() -> None:
    with pytest.raises(EncodingError) as refused:
        fit_encoder(pd.DataFrame({"Contract": ["One year", 3]}), [CONTRACT])
    assert str(refused.value) == (
        "feature Contract: 3 is not text; declare it as a number or clean the table"
    )


def test_a_missing_column_is_named() -> None:
    with pytest.raises(EncodingError) as refused:
        ENCODER.encode_frame(pd.DataFrame({"tenure": [1], "Partner": ["No"]}))
    assert str(refused.value) == (
        "the frame lacks Contract, MonthlyCharges; it needs every feature of the model's signature"
    )
    with pytest.raises(EncodingError) as refused:
        fit_encoder(pd.DataFrame({"tenure": [1]}), [TENURE, CONTRACT, PARTNER])
    assert str(refused.value) == (
        "the frame lacks Contract, Partner; it needs every feature that is to be encoded"
    )


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pd.Series(["5"], dtype="string"), "feature tenure is of type string, not a number; clean the table"),
        (pd.Series([0.0, np.inf, np.inf]), "feature tenure: row 1 is infinite; clean the table"),
        (pd.Series([0.0, -np.inf], dtype=object), "feature tenure is infinite; clean the table"),
        (pd.Series([0.0, "5"], dtype=object), "feature tenure: '5' is not a number; clean the table"),
    ],
)
def test_a_column_that_is_no_number_is_told_with_its_feature(column: Any, message: str) -> None:
    frame = pd.DataFrame({"tenure": column})
    encoder = Encoder((TENURE,), {}, {"tenure": 0.0})
    with pytest.raises(EncodingError) as refused:
        encoder.encode_frame(frame)
    assert str(refused.value) == message


def test_json_holds_features_categories_and_fills() -> None:
    assert Encoder((PARTNER, TENURE), {"Partner": ("No", "Yes")}, {"tenure": 29.0}).to_json() == {
        "features": [
            {"name": "Partner", "view": "services", "kind": "category", "dtype": "String"},
            {"name": "tenure", "view": "billing", "kind": "number", "dtype": "Int64"},
        ],
        "categories": {"Partner": ["No", "Yes"]},
        "fills": {"tenure": 29.0},
    }


def test_json_gives_the_same_encoder() -> None:
    assert Encoder.from_json(json.loads(json.dumps(ENCODER.to_json()))) == ENCODER


@pytest.mark.parametrize(
    ("damage", "field"),
    [({"fills": {"tenure": "much", "MonthlyCharges": 1}}, "fills.tenure"), ({"categories": 3}, "categories")],
)
def test_json_that_does_not_fit_names_the_field(damage: dict[str, Any], field: str) -> None:
    with pytest.raises(FormatError, match=f"encoder: {field}"):
        Encoder.from_json({**ENCODER.to_json(), **damage})


def test_an_encoder_must_know_every_feature() -> None:
    for feature in (TENURE, CONTRACT):
        with pytest.raises(EncodingError) as refused:
            Encoder((feature,), {"tenure": ()}, {"Contract": 0.0})
        assert str(refused.value) == (
            f"feature {feature.name}: the encoder was not fitted on it; fit it again"
        )
    with pytest.raises(EncodingError) as refused:
        Encoder((TENURE,), {}, {"tenure": float("nan"), "charge": float("inf"), "age": 1.0})
    assert str(refused.value) == "fills of tenure, charge are not finite numbers; fit the encoder again"


def test_rows_may_lie_in_another_order_and_hold_more() -> None:
    row = {"Partner": "Yes", "odd": 1, "MonthlyCharges": 20.5, "Contract": "One year", "tenure": 5}
    encoder = ENCODER.row_encoder(tuple(row))
    assert encoder.encode([tuple(row.values())] * 2).tolist() == [[5, 0, 1, 0, 1, 20.5]] * 2
    assert encoder.encode([]).shape == (0, 6)
    with pytest.raises(ValueError, match="zip"):
        encoder.encode([tuple(row.values()), (*row.values(), "too much")])
    with pytest.raises(EncodingError) as refused:
        ENCODER.row_encoder(("Partner", "MonthlyCharges"))
    assert str(refused.value) == (
        "the rows lack tenure, Contract; they need every feature of the model's signature"
    )


BOUNDS = {
    "tenure": Bound(minimum=0, maximum=72),
    "MonthlyCharges": Bound(minimum=0),
    "Partner": Bound(values=("Maybe", "No", "Yes")),
}
IN_BOUNDS = ("Yes", 0, "Ten years", 1e9)


def test_values_at_a_bound_and_those_that_training_never_saw_are_encoded() -> None:
    bounded = ENCODER.row_encoder(("Partner", "tenure", "Contract", "MonthlyCharges"), BOUNDS)
    rows = [IN_BOUNDS, ("Maybe", 72, "One year", 0.0), (None, None, None, None)]
    assert bounded.encode(rows).tolist() == [
        [0, 0, 0, 0, 1, 1e9],
        [72, 0, 1, 0, 0, 0],
        [29, 0, 0, 0, 0, 70.35],
    ]
    assert [bounded.encode_row(row).tolist() for row in rows] == [
        [row] for row in bounded.encode(rows).tolist()
    ]
    # The first bounded category is not the first category, and its values are no values of the other.
    categories = Encoder((CONTRACT, PARTNER), ENCODER.categories, {})
    refusing = categories.row_encoder(("Contract", "Partner"), BOUNDS)
    assert refusing.encode([("Maybe", "No"), ("One year", "Maybe")]).tolist() == [[0] * 4, [0, 1, 0, 0]]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("Yes", -1, "One year", 1), "feature tenure: -1 cannot be; it is from 0 to 72"),
        (("Yes", 73, "One year", 1), "feature tenure: 73 cannot be; it is from 0 to 72"),
        (("Yes", None, "One year", -0.5), "feature MonthlyCharges: -0.5 cannot be; it is at least 0"),
        (("One year", 1, "Yes", 1), "feature Partner: 'One year' cannot be; it is one of Maybe, No, Yes"),
        (("Perhaps", 1, "Yes", 1), "feature Partner: 'Perhaps' cannot be; it is one of Maybe, No, Yes"),
    ],
)
def test_a_value_out_of_its_bound_is_told_with_its_row(row: tuple[object, ...], message: str) -> None:
    bounded = ENCODER.row_encoder(("Partner", "tenure", "Contract", "MonthlyCharges"), BOUNDS)
    with pytest.raises(EncodingError) as refused:
        bounded.encode([IN_BOUNDS, IN_BOUNDS, row])
    assert str(refused.value) == f"{message}. Correct it where it comes from"
    assert refused.value.row == 2
    with pytest.raises(EncodingError) as refused:
        bounded.encode_row(row)
    assert str(refused.value) == f"{message}. Correct it where it comes from"
