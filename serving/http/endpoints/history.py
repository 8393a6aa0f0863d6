"""``POST /history``: which models became champion or challenged it, by whom, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from serving.http.call import Call
from serving.http.endpoint import Endpoint
from serving.http.runtime import Runtime
from serving.http.schemas.lists import ChallengeMade, ChampionMade, HistoryAnswer, HistoryRequest
from serving.registry import pointers

M = TypeVar("M", ChampionMade, ChallengeMade)


def history(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, call: Call) -> BaseModel:
        served = runtime.current()
        champions = await runtime.run_on_files(pointers.champion_history)
        challenges = await runtime.run_on_files(pointers.challenger_history)
        return HistoryAnswer.of(
            champions=_newest_first(ChampionMade, champions),
            challenges=_newest_first(ChallengeMade, challenges),
            served=served.tag,
            challenger=served.challenge.served.tag if served.challenge else None,
            request_id=call.request_id,
        )

    return Endpoint(
        path="/history",
        summary="Which models became champion or challenged it, by whom, when and why.",
        body=HistoryRequest,
        answer=HistoryAnswer,
        work=work,
    )


def _newest_first(kind: type[M], oldest_first: Sequence[BaseModel]) -> list[M]:
    return [
        kind(**{name: getattr(pointer, name) for name in kind.model_fields})
        for pointer in reversed(oldest_first)
    ]
