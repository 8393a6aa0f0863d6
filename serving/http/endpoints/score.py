"""``POST /score``: the risk of one customer."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.http.endpoint import Endpoint
from serving.http.runtime import Runtime
from serving.http.schemas import ScoreAnswer, score_request
from serving.http.together import Together


def score(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""
    together = Together(runtime)

    async def work(asked: Any, request_id: str) -> BaseModel:
        scoring = runtime.loaded().scoring
        found = await together.one(scoring, asked.customerID)
        return ScoreAnswer.of(**found.__dict__, **scoring.origin, request_id=request_id)

    return Endpoint(
        path="/score",
        summary="The risk of one customer, by customerID.",
        body=score_request(runtime.settings),
        answer=ScoreAnswer,
        work=work,
        statuses=(404, 409),
    )
