"""``POST /score``: the risk of one customer."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.http.endpoint import Endpoint, construct
from serving.http.runtime import Runtime
from serving.http.schemas import ScoreAnswer, score_request
from serving.http.why import why_asked


def score(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, request_id: str) -> BaseModel:
        served = runtime.loaded()
        chosen = served.for_customer(asked.customerID)
        found = await runtime.run(chosen.scoring.one, asked.customerID, why_asked(asked), asked.values)
        runtime.shadow.offer(served, request_id, [found])
        return construct(ScoreAnswer, **found.__dict__, **chosen.origin, request_id=request_id)

    return Endpoint(
        path="/score",
        summary="The risk of one customer, by customerID.",
        body=score_request(runtime.settings),
        answer=ScoreAnswer,
        work=work,
        statuses=(404, 409),
    )
