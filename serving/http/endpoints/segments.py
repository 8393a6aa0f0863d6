"""``POST /segments``: the segments of the model in service, with their profiles."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.http.call import Call
from serving.http.endpoint import Endpoint
from serving.http.runtime import Runtime
from serving.http.schemas.lists import SegmentProfile, SegmentsAnswer, SegmentsRequest
from serving.language.language import Language
from serving.language.segment_label import segment_label


def segments(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, call: Call) -> BaseModel:
        scorer = runtime.current().scoring.scorer
        segments, language = scorer.model.segments, Language(asked.language)
        profiles = [
            SegmentProfile(id=number, name=name, label=segment_label(name, language), profile=dict(profile))
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
