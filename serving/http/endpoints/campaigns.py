"""``POST /campaigns``: the campaigns that were planned, and how those came out that were read out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from serving.campaigns.campaign_files import names, read_plan
from serving.campaigns.outcome.readout_file import read_readout
from serving.decision.places import campaigns_path
from serving.errors import CampaignError
from serving.http.call import Call
from serving.http.endpoint import Endpoint
from serving.http.runtime import Runtime
from serving.http.schemas.campaign_answer import (
    CampaignAnswer,
    CampaignsAnswer,
    CampaignsRequest,
    UnreadableCampaign,
)
from serving.http.schemas.readout_answer import Words
from serving.language.language import Language

T = TypeVar("T")


def campaigns(runtime: Runtime) -> Endpoint:
    """Make the endpoint."""

    async def work(asked: Any, call: Call) -> BaseModel:
        words = _words(runtime, Language(asked.language))
        return await runtime.run_on_files(_answer, words, runtime.now().date(), call.request_id)

    return Endpoint(
        path="/campaigns",
        summary="Campaigns that are planned, running, over or read out.",
        body=CampaignsRequest,
        answer=CampaignsAnswer,
        work=work,
    )


def _words(runtime: Runtime, language: Language) -> Words:
    playbook = runtime.current().scoring.policy.playbook
    offers = playbook.content.offers if playbook else {}
    return Words(language, {key: offer.name[language.code] for key, offer in offers.items()})


def _answer(words: Words, today: date, request_id: str) -> BaseModel:
    folder, unreadable = campaigns_path(), list[UnreadableCampaign]()
    found = []
    for name in names(folder):
        plan = _read(read_plan, folder, name, unreadable)
        if plan is not None:
            readout = _read(read_readout, folder, name, unreadable)
            found.append(CampaignAnswer.told(name, plan, readout, today, words))
    return CampaignsAnswer.of(
        campaigns=sorted(found, key=lambda one: one.starts, reverse=True),
        unreadable=unreadable,
        today=today,
        language=words.language.code,
        request_id=request_id,
    )


def _read(
    read: Callable[[Path, str], T], folder: Path, name: str, unreadable: list[UnreadableCampaign]
) -> T | None:
    """What a file of a campaign holds; None of one that cannot be read, which is named instead."""
    try:
        return read(folder, name)
    except CampaignError as error:
        unreadable.append(UnreadableCampaign.of(name=name, message=str(error)))
        return None
