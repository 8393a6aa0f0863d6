"""``POST /history``: which models became champion, by whom, when and why."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.http.call import Call
from serving.http.endpoint import Endpoint, construct
from serving.http.list_schemas import ChampionMade, HistoryAnswer, HistoryRequest
from serving.http.runtime import Runtime
from serving.model import pointers


def history(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, call: Call) -> BaseModel:
        served = runtime.in_service().tag
        decided = await runtime.run_on_files(pointers.champion_history)
        made = [
            ChampionMade(**{name: getattr(pointer, name) for name in ChampionMade.model_fields})
            for pointer in reversed(decided)
        ]
        return construct(HistoryAnswer, champions=made, served=served, request_id=call.request_id)

    return Endpoint(
        path="/history",
        summary="Which models became champion, by whom, when and why.",
        body=HistoryRequest,
        answer=HistoryAnswer,
        work=work,
    )
