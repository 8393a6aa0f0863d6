"""Whether the service can answer: its model is loaded, and the online store is readable and of its base."""

from __future__ import annotations

from starlette.responses import Response

from serving.errors import NotReady, StoreError
from serving.http.http_errors import REQUEST_ID, error_response
from serving.http.runtime import Runtime
from serving.http.schemas import ChallengerTold, ReadyAnswer
from serving.http.served import Served


async def readiness_response(runtime: Runtime, request_id: str) -> Response:
    """Answer 200 with model and base, or 503 with the reason."""
    try:
        served = runtime.loaded()
        base = await runtime.run(served.scoring.check)
    except (NotReady, StoreError) as error:
        return error_response(NotReady(str(error)), request_id)
    answer = ReadyAnswer(model=served.tag, base=base, challenger=_challenger(served), notices=runtime.notices)
    body = answer.model_dump_json()
    return Response(body, 200, {REQUEST_ID: request_id}, "application/json")


def _challenger(served: Served) -> ChallengerTold | None:
    challenge = served.challenge
    if challenge is None:
        return None
    return ChallengerTold(model=challenge.served.tag, mode=challenge.mode, share=challenge.share)
