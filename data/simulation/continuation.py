"""A simulated history that goes on, with the campaigns that were planned meanwhile.

The history is lived through again from the founding, with the same draws, and then further. Only rows that
were learned after the lake's end are written, as the next edition of the base. The truth is written anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from data.errors import EditionError, InputError
from data.lake_files.damage import check_files
from data.lake_files.manifest import Facts, Manifest
from data.lake_files.swap import open_lake
from data.loading.editions import next_facts
from data.loading.lake_writer import LakeWriter
from data.simulation.customers import Bools
from data.simulation.events.campaigns import campaign_name
from data.simulation.history import Progress, Rehearsal, rehearse, replay
from data.simulation.identities import customer_ids
from data.simulation.parameters import Parameters, fingerprint
from data.simulation.planned import Planned
from data.simulation.resemblance import settings_of
from data.simulation.tables.rows import Rows
from data.simulation.tables.truth import TruthWriter, read_about, read_planned
from data.simulation.timeline import DAY_US, day_number, first_day, month_number
from data.violations import counted, values_text

MOST_MONTHS = 60


class Continued(NamedTuple):
    """A base that went on.

    Attributes
    ----------
    manifest : Manifest
        Of the lake as it is now.
    gone : int
        Customers of the planned campaign who had left before it began.
    """

    manifest: Manifest
    gone: int


def go_on(
    lake: Path,
    truth: Path,
    months: int,
    campaign: Planned | None,
    today: date,
    progress: Progress = lambda name, done, total: None,
) -> Continued:
    """Live a simulated base on, and add what happened as its next edition.

    Parameters
    ----------
    lake, truth : Path
        The base and its truth.
    months : int
        How many months, 1 to 60.
    campaign : Planned, optional
        Begins on the day on which the lake ends.
    today : date
        In UTC. The base cannot go on beyond it.
    progress : callable, optional
        Called as `progress(stage, done, total)`.

    Raises
    ------
    InputError
        The months cannot be simulated, or the campaign has unknown customers or a name that is taken.
    LakeError
        The lake or its truth is missing, damaged, not simulated, or simulated by another version.
    """
    former = check_files(lake, hashed=False)
    _refuse_other(lake, former)
    read_about(truth, lake)
    begin = month_number(former.facts.data_until.date())
    facts = _facts(former, begin, months, campaign, today)
    planned = read_planned(truth, Parameters().campaigns)
    if campaign is not None:
        _refuse_taken(campaign.name, planned, settings_of(former).timeline.start_month, begin)
        planned[begin] = campaign
    rehearsal = rehearse(settings_of(former), Parameters(), progress)
    rehearsal = replace(rehearsal, world=replace(rehearsal.world, planned=planned))
    with (
        TruthWriter(truth, facts, lake) as hidden,
        LakeWriter(lake, facts, progress=progress, earlier=former) as writer,
    ):
        gone = _live_on(rehearsal, begin, begin + months, writer, hidden, progress)
    return Continued(open_lake(lake), gone)


def _refuse_other(lake: Path, former: Manifest) -> None:
    facts = former.facts
    if facts.kind != "simulated":
        raise EditionError(
            f"The lake {lake} holds {facts.base}, which is not simulated; load its next edition."
        )
    if facts.source["model"] != fingerprint(Parameters()):
        raise EditionError(
            f"{facts.base} was simulated by another version, with which alone it can go on; simulate it anew "
            "with --replace."
        )


def _refuse_taken(name: str, planned: Mapping[int, Planned], start: int, begin: int) -> None:
    own = {campaign_name(month) for month in range(start, begin)}
    if name in own | {one.name for one in planned.values()}:
        raise InputError(f"The base has lived through a campaign {name!r} already; rename this one.")


def _facts(former: Manifest, begin: int, months: int, campaign: Planned | None, today: date) -> Facts:
    if not 1 <= months <= MOST_MONTHS:
        raise InputError(f"--months {months} is not between 1 and {MOST_MONTHS}.")
    end = first_day(begin + months)
    if end > today:
        raise InputError(
            f"{counted(months, 'month')} more end on {end}, which is in the future. Simulate a base that "
            "ends earlier with --end, and continue it."
        )
    source = former.facts.source
    names = [*source.get("campaigns", []), *([campaign.name] if campaign else [])]
    more = {"continued_months": source.get("continued_months", 0) + months, "campaigns": names}
    return next_facts(former, datetime.combine(end, time(), UTC), {**source, **more})


def _live_on(
    rehearsal: Rehearsal, begin: int, until: int, writer: LakeWriter, hidden: TruthWriter, progress: Progress
) -> int:
    """Write the truth of all months, and the rows learned from the beginning on. Return who had left."""
    world, gone = rehearsal.world, 0
    hidden.plan(world.planned, world.parameters.campaigns)
    learned = (day_number(first_day(begin)) * DAY_US, day_number(first_day(until)) * DAY_US)
    for month, included in replay(rehearsal, progress, until):
        for name, rows in Rows(world, included, month.number, *learned).of(month):
            writer.append(name, rows)
        hidden.append(world, month, included)
        if month.number == begin and month.draw is not None:
            planned = world.planned[begin]
            _refuse_unknown(planned, included, world.settings.seed)
            gone = len(planned.customers) - len(month.draw.rows)
    return gone


def _refuse_unknown(planned: Planned, included: Bools, seed: int) -> None:
    known = customer_ids(np.flatnonzero(included), seed)
    unknown = planned.customers.filter(pc.invert(pc.is_in(planned.customers, known)))
    if len(unknown):
        raise InputError(
            f"Campaign {planned.name!r} has {counted(len(unknown), 'customer')} whom the base has never had: "
            f"{values_text(unknown[:5].to_pylist())}{' …' if len(unknown) > 5 else ''}."
        )
