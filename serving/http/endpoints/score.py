"""``POST /score``: the risk of one customer."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.counters import ANSWERED
from serving.http.call import Call
from serving.http.endpoint import Endpoint
from serving.http.micro_batching import MicroBatcher
from serving.http.runtime import Runtime
from serving.http.schemas.customer_requests import score_request
from serving.scoring.answers import Found, ScoreAnswer
from serving.scoring.reasons_asked import reasons_asked
from serving.scoring.scoring import Scoring


def score(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""
    batcher = MicroBatcher(runtime)

    async def found_of(scoring: Scoring, asked: Any) -> Found:
        if asked.reasons or asked.values:
            return await runtime.run(scoring.one, asked.customerID, reasons_asked(asked), asked.values)
        return await batcher.one(scoring, asked.customerID)

    async def work(asked: Any, call: Call) -> BaseModel:
        served = runtime.loaded()
        chosen = served.for_customer(asked.customerID)
        call.model, call.role = chosen.tag, chosen.role
        found = await found_of(chosen.scoring, asked)
        ANSWERED.add(chosen.role)
        runtime.shadow.offer(served, call.request_id, [found])
        return ScoreAnswer.of(**found.__dict__, **chosen.origin, request_id=call.request_id)

    return Endpoint(
        path="/score",
        summary="The risk of one customer, by customerID.",
        body=score_request(runtime.settings),
        answer=ScoreAnswer,
        work=work,
        statuses=(404, 409),
    )
