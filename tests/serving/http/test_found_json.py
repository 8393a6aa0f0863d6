from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from serving.http.answer_schemas import FeatureReport, Found, ReasonTold, Segment, ViewReport
from serving.http.found_json import Scored
from serving.model.scorer import BANDS, Score

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
MOMENTS = st.datetimes(timezones=st.just(UTC)) | st.none()
SCORES = st.builds(Score, st.floats(0, 1), st.sampled_from(BANDS), st.integers(0, 9), TEXT)
REASONS = st.builds(ReasonTold, feature=TEXT, value=TEXT, points=st.floats(-99, 99), text=TEXT)
SCORED = st.builds(
    Scored,
    TEXT,
    SCORES,
    st.dictionaries(st.sampled_from(["billing", "tickets", 'a"b']), MOMENTS),
    st.sets(st.sampled_from(["billing", "tickets"])),
    *[st.lists(TEXT, max_size=2)] * 3,
    st.none() | st.lists(REASONS, max_size=2),
    st.none() | st.dictionaries(TEXT, TEXT | st.integers(-9, 9) | st.none(), max_size=2),
)


def checked(scored: Scored) -> Found:
    """The object made by pydantic itself."""
    views = {
        view: ViewReport(event_timestamp=moment, fresh=moment is not None and view not in scored.stale)
        for view, moment in scored.moments.items()
    }
    return Found(
        customerID=scored.customer_id,
        probability=scored.score.probability,
        band=scored.score.band,
        segment=Segment(id=scored.score.segment_id, name=scored.score.segment),
        features=FeatureReport(views=views, missing=scored.missing, null=scored.null, expired=scored.expired),
        values=scored.values,
        reasons=scored.reasons,
    )


@given(SCORED)
def test_the_object_is_the_one_that_pydantic_makes(scored: Scored) -> None:
    assert scored.model() == checked(scored)
    assert scored.model().model_dump_json() == checked(scored).model_dump_json()


@given(SCORED)
def test_the_text_says_what_the_object_says(scored: Scored) -> None:
    assert Found.model_validate_json(scored.json()) == checked(scored)


def test_the_text_of_a_usual_customer_is_the_objects_to_the_letter() -> None:
    moment = datetime(2026, 1, 1, tzinfo=timezone(timedelta(0)))
    score = Score(0.123456789012345, "low", 1, "new, monthly contract")
    scored = Scored("7590-VHVEG", score, {"billing": moment, "tickets": None}, set(), ["x"], [], ["é"])
    assert scored.json() == checked(scored).model_dump_json()
