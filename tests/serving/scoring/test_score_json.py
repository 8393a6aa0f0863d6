from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from small_playbooks import offer

from serving.decision.customers import Decisions
from serving.decision.playbook.schema import Offer
from serving.decision.verdict import Decision, Verdicts
from serving.features.feature_status import (
    CustomerFeatures,
    FeatureColumns,
    Status,
    Statuses,
    micros,
    moment_of,
)
from serving.language.catalogue import LANGUAGES, LanguageCode
from serving.model.scorer import BANDS, Score, ScoreColumns
from serving.scoring.answers import DecisionAnswer, FeatureReport, Found, ReasonAnswer, Segment, ViewReport
from serving.scoring.score_json import Scored, score_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCORES = st.builds(Score, st.floats(0, 1), st.sampled_from(BANDS), st.integers(0, 9), TEXT)
VERDICTS = Verdicts({"gift": Offer.model_validate(offer())}, [True], any_measured=True, threshold=0.25).all
DECISIONS = st.builds(Decision, st.sampled_from(VERDICTS), st.floats(-1e9, 1e9))
LANGUAGE = st.sampled_from(LANGUAGES)
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
    DECISIONS,
    st.none() | st.lists(REASONS, max_size=2),
    st.none() | st.dictionaries(TEXT, TEXT | st.integers(-9, 9) | st.none(), max_size=2),
)


def checked(scored: Scored, language: LanguageCode) -> Found:
    """The object made by pydantic itself."""
    statuses, score = scored.features.statuses, scored.score
    views = {
        view: ViewReport(
            event_timestamp=moment_of(event),
            fresh=event is not None and view not in (*statuses.stale, *statuses.future),
        )
        for view, event in statuses.events.items()
    }
    verdict = scored.decision.verdict
    missing, null, expired = (
        [name for name, its in statuses.not_present.items() if its == status]
        for status in ("NOT_FOUND", "NULL", "EXPIRED")
    )
    return Found(
        customerID=scored.features.customer_id,
        probability=score.probability,
        band=score.band,
        segment=Segment(id=score.segment_id, name=score.segment),
        decision=DecisionAnswer(
            contact=verdict.contact,
            offer=verdict.offer,
            offer_name=verdict.offer_name[language] if verdict.offer else None,
            why=verdict.words[language],
            effect=verdict.effect,
            threshold=0.25,
            expected_profit=scored.decision.expected_profit,
        ),
        unknown_share=statuses.unknown_share,
        features=FeatureReport(views=views, missing=missing, null=null, expired=expired),
        values=scored.values,
        reasons=scored.reasons,
    )


@given(SCORED, LANGUAGE)
def test_the_object_is_the_one_that_pydantic_makes(scored: Scored, language: LanguageCode) -> None:
    assert scored.model(language) == checked(scored, language)
    assert scored.model(language).model_dump_json() == checked(scored, language).model_dump_json()


@given(st.lists(st.tuples(features(), SCORES, DECISIONS), min_size=1, max_size=4), LANGUAGE)
def test_the_text_is_the_objects_to_the_letter(found: list[Any], language: LanguageCode) -> None:
    scores = ScoreColumns(*(list(column) for column in zip(*(score for _, score, _ in found), strict=True)))
    at = np.array([VERDICTS.index(decision.verdict) for *_, decision in found])
    decisions = Decisions(VERDICTS, at, np.array([decision.expected_profit for *_, decision in found]))
    texts = score_json(together([one for one, *_ in found]), scores, decisions, language)
    assert texts == [Scored(*each).text(language) for each in found]
    assert texts == [checked(Scored(*each), language).model_dump_json() for each in found]
