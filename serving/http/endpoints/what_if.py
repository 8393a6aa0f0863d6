"""``POST /what_if``: the risk that the model would give a customer with other values."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.http.endpoint import Endpoint, construct
from serving.http.runtime import Runtime
from serving.http.schemas import WhatIfAnswer, what_if_request


def what_if(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, request_id: str) -> BaseModel:
        chosen = runtime.loaded().for_customer(asked.customerID)
        compare = chosen.what_if.compare
        compared = await runtime.run(compare, asked.customerID, asked.changes, asked.language)
        return construct(WhatIfAnswer, **compared.__dict__, **chosen.origin, request_id=request_id)

    return Endpoint(
        path="/what_if",
        summary="The risk that the model would give a customer with other values.",
        body=what_if_request(runtime.settings),
        answer=WhatIfAnswer,
        work=work,
        statuses=(404, 409, 422),
    )
