"""``POST /segments``: the segments of the model in service, with their profiles."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel

from serving.decision.playbook.schema import Playbook
from serving.http.call import Call
from serving.http.endpoint import Endpoint
from serving.http.runtime import Runtime
from serving.http.schemas.lists import ListedOffer, SegmentProfile, SegmentsAnswer, SegmentsRequest
from serving.language.language import Language
from serving.language.segment_label import segment_label


def segments(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, call: Call) -> BaseModel:
        scoring = runtime.current().scoring
        scorer, playbook = scoring.scorer, scoring.policy.playbook
        segments, language = scorer.model.segments, Language(asked.language)
        today = runtime.now().date()
        profiles = [
            SegmentProfile(
                id=number,
                name=name,
                label=segment_label(name, language),
                profile=dict(profile),
                offers=_offers(playbook.content, name, today, language) if playbook else None,
            )
            for number, (name, profile) in enumerate(zip(segments.names, segments.profiles, strict=True))
        ]
        return SegmentsAnswer.of(
            segments=profiles,
            language=asked.language,
            model=scorer.tag,
            request_id=call.request_id,
        )

    return Endpoint(
        path="/segments",
        summary="The segments of the model that is served, and what their customers are like.",
        body=SegmentsRequest,
        answer=SegmentsAnswer,
        work=work,
    )


def _offers(playbook: Playbook, segment: str, today: date, language: Language) -> list[ListedOffer]:
    """What customers of a segment may be offered, if they meet the other rules."""
    return [
        ListedOffer(key=key, name=offer.name[language.code])
        for key, offer in playbook.offers.items()
        if offer.is_valid(today) and segment in (offer.eligible.segments or (segment,))
    ]
