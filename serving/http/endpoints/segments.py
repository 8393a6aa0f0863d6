"""``POST /segments``: the segments of the model in service, with what their customers are like."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.http.call import Call
from serving.http.endpoint import Endpoint, construct
from serving.http.runtime import Runtime
from serving.http.schemas.lists import SegmentsAnswer, SegmentsRequest, SegmentTold
from serving.language.language import Language
from serving.language.segment_label import segment_label


def segments(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, call: Call) -> BaseModel:
        scorer = runtime.current().scoring.scorer
        kept, language = scorer.model.segments, Language(asked.language)
        told = [
            SegmentTold(id=number, name=name, label=segment_label(name, language), profile=dict(profile))
            for number, (name, profile) in enumerate(zip(kept.names, kept.profiles, strict=True))
        ]
        return construct(
            SegmentsAnswer,
            segments=told,
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
