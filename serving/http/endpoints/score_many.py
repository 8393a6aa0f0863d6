"""``POST /score_many``: the risk of many customers at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from serving.counters import ANSWERED
from serving.errors import MalformedRequest
from serving.http.call import Call
from serving.http.endpoint import Endpoint, JsonText
from serving.http.runtime import Runtime
from serving.http.schemas.customer_requests import score_many_request
from serving.scoring.answers import Answered, Failed, Found, ScoreManyAnswer
from serving.scoring.finite_json import finite_json
from serving.scoring.reasons_asked import ReasonsAsked, reasons_asked
from serving.scoring.served import Served


def score_many(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, call: Call) -> Response:
        served, reasons = runtime.loaded(), reasons_asked(asked)
        call.model, call.role = served.tag, served.role
        _refuse_too_many(asked, runtime.settings.max_explained_customers)
        if served.challenge is None:
            text = await runtime.run(_as_text, served, asked.customerIDs, reasons, call.request_id)
        else:
            results = await runtime.run(served.many, asked.customerIDs, reasons)
            call.answered = Counter(result.model for result in results if isinstance(result, Answered))
            runtime.shadow.offer(served, call.request_id, results)
            text = await runtime.run(_text_of, served, results, call.request_id)
        return JsonText(text, call.request_id)

    return Endpoint(
        path="/score_many",
        summary=f"The risk of up to {runtime.settings.max_customer_ids:,} customers.",
        body=score_many_request(runtime.settings),
        answer=ScoreManyAnswer,
        work=work,
    )


def _as_text(
    served: Served, customer_ids: Sequence[str], reasons: ReasonsAsked | None, request_id: str
) -> str:
    """Score and write JSON without an object per customer, see `serving.scoring.score_json`."""
    texts, found = served.scoring.texts(customer_ids, reasons)
    ANSWERED.add(served.role, found)
    around = _answer(served, [], found, len(texts) - found, request_id)
    return finite_json(around).replace("[]", f"[{','.join(texts)}]", 1)


def _text_of(served: Served, results: Sequence[Found | Failed], request_id: str) -> str:
    found = sum(isinstance(result, Found) for result in results)
    by_challenger = sum(isinstance(result, Answered) and result.role == "challenger" for result in results)
    ANSWERED.add("challenger", by_challenger)
    ANSWERED.add("champion", found - by_challenger)
    return finite_json(_answer(served, results, found, len(results) - found, request_id))


def _answer(
    served: Served, results: Sequence[Found | Failed], found: int, missed: int, request_id: str
) -> ScoreManyAnswer:
    values = {"results": results, "found": found, "failed": missed, "request_id": request_id}
    return ScoreManyAnswer.of(**values, **served.origin)


def _refuse_too_many(asked: Any, most: int) -> None:
    if asked.reasons and len(asked.customerIDs) > most:
        raise MalformedRequest(
            f"customerIDs: with reasons at most {most} at a time, not {len(asked.customerIDs)}", "customerIDs"
        )
