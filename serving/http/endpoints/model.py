"""``POST /model``: the model in service with its card, and its challenger."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.http.call import Call
from serving.http.endpoint import Endpoint
from serving.http.runtime import Runtime
from serving.http.schemas.model_answer import ModelAnswer, ModelRequest, challenger_of


def model(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, call: Call) -> BaseModel:
        served = runtime.current()
        return ModelAnswer.of(
            **served.facts[asked.language].__dict__,
            bands=served.scoring.scorer.bands,
            challenger=challenger_of(served, asked.language),
            as_of=runtime.settings.as_of,
            request_id=call.request_id,
        )

    return Endpoint(
        path="/model",
        summary="The model that is served with its card, and who challenges it.",
        body=ModelRequest,
        answer=ModelAnswer,
        work=work,
    )
