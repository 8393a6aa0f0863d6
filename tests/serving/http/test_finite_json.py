from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from small_service import Client

from serving.errors import AnswerError
from serving.http.endpoints import endpoints
from serving.http.runtime import Runtime
from serving.model.scorer import Score
from serving.scoring.answers import DecisionAnswer, FeatureReport, Found, ScoreManyAnswer, Segment
from serving.scoring.finite_json import finite_json

DECISION = DecisionAnswer(
    contact=False,
    offer=None,
    offer_name=None,
    why="the risk is low",
    effect="assumed",
    threshold=None,
    expected_profit=0.0,
)
NUMBER = st.floats(allow_nan=True, allow_infinity=True)
NAME = st.sampled_from(["NaN", "Infinity", "-Infinity", "plain"])


@given(st.lists(st.tuples(NUMBER, NAME), max_size=4))
def test_only_finite_numbers_are_written(given: list[tuple[float, str]]) -> None:
    report = FeatureReport(views={}, missing=[], null=[], expired=[])
    results = [
        Found.of(
            customerID=name,
            probability=number,
            band="low",
            segment=Segment(id=0, name=name),
            decision=DECISION,
            unknown_share=0.0,
            features=report,
            values=None,
            reasons=None,
        )
        for number, name in given
    ]
    answer = ScoreManyAnswer.of(
        results=results,
        found=len(results),
        failed=0,
        model="churn:x",
        role="champion",
        feature_service="churn_v1",
        request_id="job-1",
    )
    if all(math.isfinite(number) for number, _ in given):
        written = json.loads(finite_json(answer), parse_constant=pytest.fail)
        assert [(each["probability"], each["customerID"]) for each in written["results"]] == given
    else:
        with pytest.raises(AnswerError, match="NaN|Infinity"):
            finite_json(answer)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(NUMBER)
def test_whatever_the_model_says_no_answer_holds_it(client: Client, runtime: Runtime, number: float) -> None:
    scorer = runtime.loaded().scoring.scorer
    scores: Callable[..., list[Score]] = lambda rows: [  # noqa: E731
        Score(probability=number, band="low", segment_id=0, segment="new") for _ in rows
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scorer, "score_rows", scores)
        response = client.post("/score", json={"customerID": "7"})
    body = json.loads(response.text, parse_constant=pytest.fail)
    assert response.status_code == (200 if math.isfinite(number) else 500)  # the scorer refuses the rest
    assert body.get("error", {}).get("code") in (None, "internal_error")


def models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_of(field.annotation)
    for inner in get_args(annotation):
        yield from models_of(inner)


def has_float(annotation: Any) -> bool:
    return annotation is float or any(has_float(inner) for inner in get_args(annotation))


def test_every_answers_numbers_are_guarded(runtime: Runtime) -> None:
    """Where a model would write NaN as null, the check of the text would not see it."""
    seen = {model for endpoint in endpoints(runtime) for model in models_of(endpoint.answer)}
    floating = [m for m in seen if any(has_float(field.annotation) for field in m.model_fields.values())]
    assert Found in floating
    for model in floating:
        config = model.model_config
        guarded = config.get("ser_json_inf_nan") == "constants" or config.get("allow_inf_nan") is False
        assert guarded, f"{model.__name__} neither refuses NaN nor writes it as a constant"
