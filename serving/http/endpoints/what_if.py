"""``POST /what_if``: the risk that the model would give a customer with other values."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.http.endpoint import Endpoint
from serving.http.runtime import Runtime
from serving.http.schemas import WhatIfAnswer, what_if_request


def what_if(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, request_id: str) -> BaseModel:
        served = runtime.loaded()
        return await runtime.run(
            served.what_if.answer, asked.customerID, asked.changes, asked.language, request_id
        )

    return Endpoint(
        path="/what_if",
        summary="The risk that the model would give a customer with other values.",
        body=what_if_request(runtime.settings),
        answer=WhatIfAnswer,
        work=work,
        statuses=(404, 409, 422),
    )
