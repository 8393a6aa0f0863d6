from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from serving.features.feature_status import (
    CustomerFeatures,
    FeatureColumns,
    Status,
    Statuses,
    micros,
    moment_of,
)
from serving.model.scorer import BANDS, Score, ScoreColumns
from serving.scoring.answers import FeatureReport, Found, ReasonAnswer, Segment, ViewReport
from serving.scoring.score_json import Scored, score_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCORES = st.builds(Score, st.floats(0, 1), st.sampled_from(BANDS), st.integers(0, 9), TEXT)
REASONS = st.builds(ReasonAnswer, feature=TEXT, value=TEXT, points=st.floats(-99, 99), text=TEXT)
VIEWS = ("billing", "tickets", 'a"b')


@st.composite
def features(draw: st.DrawFn) -> CustomerFeatures:
    """What a store may know of a customer."""
    moments = {view: draw(st.datetimes(timezones=st.just(UTC)) | st.none()) for view in VIEWS}
    events = {view: moment and micros(moment) for view, moment in moments.items()}
    names = tuple(draw(st.lists(TEXT, max_size=4, unique=True)))
    odd = {name: status for name in names if (status := draw(st.sampled_from(Status))) is not Status.PRESENT}
    row = [None if name in odd else "x" for name in names]
    stale, future = (sorted(draw(st.sets(st.sampled_from(VIEWS)))) if odd else [] for _ in range(2))
    share = draw(st.none() | st.floats(0, 1)) if odd else 0.0
    return CustomerFeatures(draw(TEXT), names, row, Statuses(events, odd, stale, future, share))


def together(found: Sequence[CustomerFeatures]) -> FeatureColumns:
    """What is told of customers, without their values."""
    told = [one.statuses for one in found]
    events = {view: [statuses.events[view] for statuses in told] for view in told[0].events}
    odd = {at: statuses for at, statuses in enumerate(told) if statuses.not_present}
    return FeatureColumns([one.customer_id for one in found], (), [], events, odd)


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
        view: ViewReport(
            event_timestamp=moment_of(event),
            fresh=event is not None and view not in (*statuses.stale, *statuses.future),
        )
        for view, event in statuses.events.items()
    }
    missing, null, expired = (
        [name for name, its in statuses.not_present.items() if its == status]
        for status in ("NOT_FOUND", "NULL", "EXPIRED")
    )
    return Found(
        customerID=scored.features.customer_id,
        probability=score.probability,
        band=score.band,
        segment=Segment(id=score.segment_id, name=score.segment),
        unknown_share=statuses.unknown_share,
        features=FeatureReport(views=views, missing=missing, null=null, expired=expired),
        values=scored.values,
        reasons=scored.reasons,
    )


@given(SCORED)
def test_the_object_is_the_one_that_pydantic_makes(scored: Scored) -> None:
    assert scored.model() == checked(scored)
    assert scored.model().model_dump_json() == checked(scored).model_dump_json()


@given(st.lists(st.tuples(features(), SCORES), min_size=1, max_size=4))
def test_the_text_is_the_objects_to_the_letter(found: list[tuple[CustomerFeatures, Score]]) -> None:
    scores = ScoreColumns(*(list(column) for column in zip(*(score for _, score in found), strict=True)))
    texts = score_json(together([one for one, _ in found]), scores)
    assert texts == [Scored(*each).text() for each in found]
    assert texts == [checked(Scored(*each)).model_dump_json() for each in found]
