"""``POST /what_if``: the risk that the model would give a customer with other values."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.http.call import Call
from serving.http.endpoint import Endpoint
from serving.http.runtime import Runtime
from serving.http.schemas.customer_requests import what_if_request
from serving.scoring.answers import WhatIfAnswer


def what_if(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, call: Call) -> BaseModel:
        chosen = runtime.loaded().for_customer(asked.customerID)
        call.model, call.role = chosen.tag, chosen.role
        compare = chosen.what_if.compare
        compared = await runtime.run(compare, asked.customerID, asked.changes, asked.language)
        return WhatIfAnswer.of(**compared.__dict__, **chosen.origin, request_id=call.request_id)

    return Endpoint(
        path="/what_if",
        summary="The risk that the model would give a customer with other values.",
        body=what_if_request(runtime.settings),
        answer=WhatIfAnswer,
        work=work,
        statuses=(404, 409, 422),
    )
