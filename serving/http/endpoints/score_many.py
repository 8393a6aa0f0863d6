"""``POST /score_many``: the risk of many customers at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from starlette.responses import Response

from serving.counters import ANSWERED
from serving.errors import MalformedRequest
from serving.http.call import Call
from serving.http.endpoint import Endpoint, JsonText
from serving.http.runtime import Runtime
from serving.http.schemas.customer_requests import malformed_ids, score_many_request
from serving.language.catalogue import LanguageCode
from serving.scoring.answers import Answered, Failed, Found, ScoreManyAnswer
from serving.scoring.finite_json import finite_json
from serving.scoring.reasons_asked import ReasonsAsked, reasons_asked
from serving.scoring.scoring import failed
from serving.scoring.served import Served

T = TypeVar("T")
Malformed = Mapping[int, Failed]
"""The results of customerIDs that no customer can have, by their position in the request."""


def score_many(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""
    errors_of = malformed_ids(runtime.settings)

    async def work(asked: Any, call: Call) -> Response:
        served, reasons = runtime.loaded(), reasons_asked(asked)
        call.model, call.role = served.tag, served.role
        _refuse_too_many(asked, runtime.settings.max_explained_customers)
        customer_ids, errors = asked.customerIDs, errors_of(asked.customerIDs)
        malformed = {at: failed(customer_ids[at], error) for at, error in errors.items()}
        if malformed:
            customer_ids = [each for at, each in enumerate(customer_ids) if at not in malformed]
        if served.challenge is None:
            arguments = served, customer_ids, malformed, reasons, asked.language, call.request_id
            text = await runtime.run(_as_text, *arguments)
        else:
            scored = await runtime.run(served.many, customer_ids, reasons, asked.language)
            results = _in_order(scored, malformed)
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
    served: Served,
    customer_ids: Sequence[str],
    malformed: Malformed,
    reasons: ReasonsAsked | None,
    language: LanguageCode,
    request_id: str,
) -> str:
    """Score and write JSON without an object per customer, see `serving.scoring.score_json`."""
    texts, found = served.scoring.texts(customer_ids, reasons, language)
    if malformed:
        texts = _in_order(texts, {at: finite_json(result) for at, result in malformed.items()})
    ANSWERED.add(served.role, found)
    around = _answer(served, [], found, len(texts) - found, request_id)
    return finite_json(around).replace("[]", f"[{','.join(texts)}]", 1)


def _in_order(results: Sequence[T], malformed: Mapping[int, T]) -> list[T]:
    """Results of the request's customerIDs in its order: the malformed ones are put in at their positions."""
    ordered = list(results)
    for at in sorted(malformed):
        ordered.insert(at, malformed[at])
    return ordered


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
