from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from serving.features.feature_status import CustomerFeatures, Status, Statuses
from serving.http.answer_schemas import FeatureReport, Found, ReasonTold, Segment, ViewReport
from serving.http.found_json import Scored, found_json
from serving.model.scorer import BANDS, Score, ScoreColumns

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCORES = st.builds(Score, st.floats(0, 1), st.sampled_from(BANDS), st.integers(0, 9), TEXT)
REASONS = st.builds(ReasonTold, feature=TEXT, value=TEXT, points=st.floats(-99, 99), text=TEXT)
VIEWS = ("billing", "tickets", 'a"b')


@st.composite
def features(draw: st.DrawFn) -> CustomerFeatures:
    """What a store may know of a customer."""
    moments = {view: draw(st.datetimes(timezones=st.just(UTC)) | st.none()) for view in VIEWS}
    names = tuple(draw(st.lists(TEXT, max_size=4, unique=True)))
    odd = {name: status for name in names if (status := draw(st.sampled_from(Status))) is not Status.PRESENT}
    row = [None if name in odd else "x" for name in names]
    stale = frozenset(draw(st.sets(st.sampled_from(VIEWS))))
    return CustomerFeatures(draw(TEXT), names, row, Statuses(odd, moments, stale, 0.0))


SCORED = st.builds(
    Scored,
    features(),
    SCORES,
    st.none() | st.lists(REASONS, max_size=2),
    st.none() | st.dictionaries(TEXT, TEXT | st.integers(-9, 9) | st.none(), max_size=2),
)


def checked(scored: Scored) -> Found:
    """The object made by pydantic itself."""
    statuses, score = scored.features.statuses, scored.score
    views = {
        view: ViewReport(event_timestamp=moment, fresh=moment is not None and view not in statuses.stale)
        for view, moment in statuses.moments.items()
    }
    missing, null, expired = (
        [name for name, its in statuses.odd.items() if its == status]
        for status in ("NOT_FOUND", "NULL", "EXPIRED")
    )
    return Found(
        customerID=scored.features.customer_id,
        probability=score.probability,
        band=score.band,
        segment=Segment(id=score.segment_id, name=score.segment),
        features=FeatureReport(views=views, missing=missing, null=null, expired=expired),
        values=scored.values,
        reasons=scored.reasons,
    )


@given(SCORED)
def test_the_object_is_the_one_that_pydantic_makes(scored: Scored) -> None:
    assert scored.model() == checked(scored)
    assert scored.model().model_dump_json() == checked(scored).model_dump_json()


@given(st.lists(st.tuples(features(), SCORES), min_size=1, max_size=4))
def test_the_text_says_what_the_object_says(found: list[tuple[CustomerFeatures, Score]]) -> None:
    scores = ScoreColumns(*(list(column) for column in zip(*(score for _, score in found), strict=True)))
    texts = found_json([one for one, _ in found], scores)
    assert [Found.model_validate_json(text) for text in texts] == [checked(Scored(*each)) for each in found]


def test_the_text_of_plain_customers_is_the_objects_to_the_letter() -> None:
    moment = datetime(2026, 1, 1, tzinfo=timezone(timedelta(0)))
    moments = {"billing": moment, "tickets": None}
    odd = {"x": Status.NOT_FOUND, "é": Status.EXPIRED}
    score = Score(0.123456789012345, "low", 1, "new, monthly contract")
    found = [
        CustomerFeatures("7590-VHVEG", ("x", "é"), (None, None), Statuses(told, moments, frozenset(), 0.0))
        for told in (odd, {})
    ]
    scores = ScoreColumns(*([value] * 2 for value in score))
    assert found_json(found, scores) == [checked(Scored(one, score)).model_dump_json() for one in found]
