"""Readiness: model loaded, online store readable and of the model's base, worker not stopping."""

from __future__ import annotations

from starlette.responses import Response

from serving.errors import NotReady, RequestOverdue, StoreError
from serving.http.endpoint import JsonText
from serving.http.http_errors import error_response
from serving.http.runtime import Runtime
from serving.http.schemas.readiness_answer import ChallengerStatus, ReadyAnswer
from serving.scoring.finite_json import finite_json
from serving.scoring.served import Served

_STRANGER = NotReady("the service cannot answer now; ask with an API key for the reason")


async def readiness_response(runtime: Runtime, request_id: str, *, reasons: bool) -> Response:
    """Return 200 if the service can answer, else 503.

    Parameters
    ----------
    runtime : Runtime
    request_id : str
    reasons : bool
        Whether the body names model and base, or what is wrong; without a valid key it does not.
    """
    try:
        if runtime.stopping.begun:
            raise NotReady("this server is stopping; ask another one")
        served = runtime.loaded()
        base = await runtime.run_check(served.scoring.check)
    except (NotReady, StoreError, RequestOverdue) as error:
        return error_response(NotReady(str(error)), request_id, None if reasons else _STRANGER)
    answer = _ready_answer(runtime, served, base) if reasons else ReadyAnswer()
    return JsonText(finite_json(answer), request_id)


def _ready_answer(runtime: Runtime, served: Served, base: str) -> ReadyAnswer:
    return ReadyAnswer(model=served.tag, base=base, challenger=_challenger(served), notices=runtime.notices)


def _challenger(served: Served) -> ChallengerStatus | None:
    challenge = served.challenge
    if challenge is None:
        return None
    return ChallengerStatus(model=challenge.served.tag, mode=challenge.mode, share=challenge.share)
