"""``POST /score``: the risk of one customer."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json
from starlette.responses import Response

from serving.counters import ANSWERED
from serving.http.call import Call
from serving.http.endpoint import Endpoint, JsonText
from serving.http.micro_batching import MicroBatcher
from serving.http.runtime import Runtime
from serving.http.schemas.customer_requests import score_request
from serving.language.catalogue import LanguageCode
from serving.scoring.answers import ScoreAnswer
from serving.scoring.reasons_asked import reasons_asked
from serving.scoring.score_json import Scored
from serving.scoring.served import Served


def score(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""
    batcher = MicroBatcher(runtime)

    async def work(asked: Any, call: Call) -> BaseModel | Response:
        served = runtime.loaded()
        chosen = served.for_customer(asked.customerID)
        call.model, call.role = chosen.tag, chosen.role
        if asked.reasons or asked.values:
            reasons = reasons_asked(asked)
            found = await runtime.run(
                chosen.scoring.one, asked.customerID, reasons, asked.values, asked.language
            )
        else:
            scored = await batcher.one(chosen.scoring, asked.customerID)
            if served.challenge is None:
                ANSWERED.add(chosen.role)
                return JsonText(_text(scored, chosen, call.request_id, asked.language), call.request_id)
            found = scored.model(asked.language)
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


def _text(scored: Scored, served: Served, request_id: str, language: LanguageCode) -> str:
    """The text of the `ScoreAnswer`, without making the object."""
    origin = {**served.origin, "request_id": request_id}
    return f"{scored.text(language)[:-1]},{to_json(origin).decode()[1:]}"
