"""Campaigns on disk: a folder for each, which is there as a whole or not at all.

`NAME/plan.json` holds the facts and `NAME/customers.parquet` one row per customer. A campaign is written into
a folder beside, flushed to disk, and renamed. What a process that died left beside is removed by the next
one.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from feature_repo.file_lock import Locked, file_lock
from feature_repo.files import private_file, private_folder
from serving.campaigns.plan import SCHEMA, Plan
from serving.decision.places import CAMPAIGNS_ENV
from serving.errors import CampaignError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_BEGUN = ".begun-"
_PLAN, _CUSTOMERS = "plan.json", "customers.parquet"


@dataclass(frozen=True)
class Campaign:
    """A planned campaign.

    Attributes
    ----------
    plan : Plan
    customers : pyarrow.Table
        With the columns of `serving.campaigns.plan.SCHEMA`.
    """

    plan: Plan
    customers: pa.Table


@contextmanager
def planning(folder: Path) -> Iterator[None]:
    """Hold the lock of planning, so that two campaigns never choose the same customers.

    Raises
    ------
    CampaignError
        Another process is planning.
    """
    private_folder(folder)
    try:
        with file_lock(folder / ".lock", wait=False):
            for left_behind in folder.glob(f"{_BEGUN}*"):
                shutil.rmtree(left_behind)
            yield
    except Locked as error:
        raise CampaignError(f"a campaign is being planned by {error.holder}; wait for it to end") from error


def check_name(folder: Path, name: str) -> None:
    """Refuse a name that is taken, or that cannot be a folder's on every system.

    Raises
    ------
    CampaignError
    """
    if not _NAME.fullmatch(name):
        raise CampaignError(f"--name {name!r}: use at most 64 letters, digits, - and _, such as spring-2026")
    taken = {one.casefold(): one for one in names(folder)}.get(name.casefold())
    if taken:
        raise CampaignError(f"there is a campaign {taken} already; choose another name than {name}")


def names(folder: Path) -> list[str]:
    """Names of the campaigns, sorted."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and _NAME.fullmatch(path.name))


def write_campaign(folder: Path, campaign: Campaign) -> Path:
    """Write a campaign as a whole; call it with the lock of `planning` held.

    Returns
    -------
    Path
        Its folder.

    Raises
    ------
    CampaignError
        It cannot be written; nothing of it is left.
    """
    begun, place = folder / f"{_BEGUN}{campaign.plan.name}", folder / campaign.plan.name
    try:
        private_folder(begun)
        private_file(begun / _CUSTOMERS)
        pq.write_table(campaign.customers.cast(SCHEMA), begun / _CUSTOMERS, write_page_checksum=True)
        private_file(begun / _PLAN)
        (begun / _PLAN).write_text(campaign.plan.model_dump_json(indent=2) + "\n", encoding="utf-8")
        for path in (begun / _CUSTOMERS, begun / _PLAN, begun):
            _flush(path)
        begun.rename(place)
        _flush(folder)
    except OSError as error:
        shutil.rmtree(begun, ignore_errors=True)
        raise CampaignError(f"{place} cannot be written: {error.strerror}; see {CAMPAIGNS_ENV}") from error
    return place


def read_plan(folder: Path, name: str) -> Plan:
    """The facts of a campaign.

    Raises
    ------
    CampaignError
        There is no such campaign, or its facts cannot be read.
    """
    known = names(folder)
    if name not in known:
        raise CampaignError(
            f"there is no campaign {name!r} in {folder}; there is {', '.join(known) or 'none'}"
        )
    path = folder / name / _PLAN
    try:
        return Plan.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise CampaignError(f"{path} cannot be read; put the file back from a copy") from error


def read_campaign(folder: Path, name: str) -> Campaign:
    """A campaign with its customers.

    Raises
    ------
    CampaignError
        There is no such campaign, or it cannot be read.
    """
    plan, path = read_plan(folder, name), folder / name / _CUSTOMERS
    try:
        table = pq.read_table(path, schema=SCHEMA, page_checksum_verification=True)
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise CampaignError(f"{path} cannot be read; put the file back from a copy") from error
    if table.num_rows != sum(plan.arms.values()):
        raise CampaignError(f"{path} has {table.num_rows} rows, and the plan {sum(plan.arms.values())}")
    return Campaign(plan, table)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
