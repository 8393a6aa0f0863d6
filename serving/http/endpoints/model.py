"""``POST /model``: the model in service, and its card."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.http.call import Call
from serving.http.endpoint import Endpoint, construct
from serving.http.model_schemas import ModelAnswer, ModelRequest
from serving.http.runtime import Runtime


def model(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, call: Call) -> BaseModel:
        facts = runtime.in_service().facts[asked.language]
        return construct(
            ModelAnswer, **facts.__dict__, bands=runtime.settings.bands, request_id=call.request_id
        )

    return Endpoint(
        path="/model",
        summary="The model that is served, and its card.",
        body=ModelRequest,
        answer=ModelAnswer,
        work=work,
    )
