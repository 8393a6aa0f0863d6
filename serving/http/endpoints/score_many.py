"""``POST /score_many``: the risk of many customers at once."""

from __future__ import annotations

from typing import Any

from serving.http.endpoint import Endpoint, construct
from serving.http.found_json import Scored
from serving.http.runtime import Runtime
from serving.http.schemas import ScoreManyAnswer, score_many_request
from serving.http.scoring import failed


def score_many(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    def score_each(asked: Any, request_id: str) -> str:
        scoring = runtime.loaded().scoring
        outcomes = scoring.each(asked.customerIDs)
        results = [
            outcome.json() if isinstance(outcome, Scored) else failed(customer_id, outcome).model_dump_json()
            for customer_id, outcome in zip(asked.customerIDs, outcomes, strict=True)
        ]
        found = sum(isinstance(outcome, Scored) for outcome in outcomes)
        rest = construct(
            ScoreManyAnswer,
            results=[],
            found=found,
            failed=len(outcomes) - found,
            **scoring.origin,
            request_id=request_id,
        )
        return rest.model_dump_json().replace("[]", f"[{','.join(results)}]", 1)

    async def work(asked: Any, request_id: str) -> str:
        return await runtime.run(score_each, asked, request_id)

    return Endpoint(
        path="/score_many",
        summary=f"The risk of up to {runtime.settings.max_customer_ids:,} customers.",
        body=score_many_request(runtime.settings),
        answer=ScoreManyAnswer,
        work=work,
    )
