"""``POST /score_many``: the risk of many customers at once."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.errors import MalformedRequest
from serving.http.endpoint import Endpoint, construct
from serving.http.runtime import Runtime
from serving.http.schemas import Found, ScoreManyAnswer, score_many_request
from serving.http.why import why_asked


def score_many(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, request_id: str) -> BaseModel:
        scoring = runtime.loaded().scoring
        _refuse_too_many(asked, runtime.settings.max_explained_customers)
        results = await runtime.run(scoring.many, asked.customerIDs, why_asked(asked))
        found = sum(isinstance(result, Found) for result in results)
        return construct(
            ScoreManyAnswer,
            results=results,
            found=found,
            failed=len(results) - found,
            **scoring.origin,
            request_id=request_id,
        )

    return Endpoint(
        path="/score_many",
        summary=f"The risk of up to {runtime.settings.max_customer_ids:,} customers.",
        body=score_many_request(runtime.settings),
        answer=ScoreManyAnswer,
        work=work,
    )


def _refuse_too_many(asked: Any, most: int) -> None:
    if asked.reasons and len(asked.customerIDs) > most:
        raise MalformedRequest(
            f"customerIDs: with reasons at most {most} at a time, not {len(asked.customerIDs)}", "customerIDs"
        )
