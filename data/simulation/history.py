"""The whole history, simulated twice: first to find the final cohort, then to write the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from data.lake_files.manifest import DEFAULT_NAMES, Facts, Manifest
from data.lake_files.swap import open_lake
from data.loading.lake_writer import LakeWriter
from data.simulation.chance import Stream, generator
from data.simulation.customers import Bools, Ints
from data.simulation.events.growth import planned_at_cohort
from data.simulation.events.month import Month, live
from data.simulation.events.population import nobody
from data.simulation.parameters import Parameters, fingerprint
from data.simulation.settings import Settings
from data.simulation.tables.rows import Rows
from data.simulation.tables.truth import TruthWriter
from data.simulation.timeline import day_number, first_day
from data.simulation.world import State, World

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Rehearsal:
    """Result of the first pass.

    Parameters
    ----------
    world : World
        Large enough: its last labelled cohort has at least as many customers as asked for.
    opening : State
        The telecom at the start of the history.
    excluded : ndarray, (k,)
        Running numbers of surplus customers. The tables leave them out, as if they had never joined.
    """

    world: World
    opening: State
    excluded: Ints


def rehearse(settings: Settings, parameters: Parameters, progress: Progress) -> Rehearsal:
    """Simulate from the founding to the end of the gap, and choose surplus customers of the cohort at random.

    Surplus customers stay in the simulation and are left out of the tables only, so that they do not change
    the others' history. If the cohort is too small, the simulation starts again with a larger telecom.
    """
    at_cohort = planned_at_cohort(settings.customers, settings.gap_days, parameters.base)
    while True:
        world = World(settings, parameters, at_cohort)
        opening, cohort = _first_life(world, progress)
        over = len(cohort) - settings.customers
        if over >= 0:
            rng = generator(settings.seed, world.timeline.cohort_month, Stream.EXCLUSION)
            return Rehearsal(world, opening, rng.choice(cohort, over, replace=False))
        larger = at_cohort * settings.customers / max(1, len(cohort)) * (1.0 + parameters.base.spare)
        at_cohort = round(larger) + parameters.base.spare_customers


def _first_life(world: World, progress: Progress) -> tuple[State, Ints]:
    """Return the state at the start of the history, and the running numbers of the labelled cohort."""
    timeline = world.timeline
    state = opening = State(nobody(world.parameters))
    months = timeline.cohort_month - timeline.founding_month
    for done, number in enumerate(range(timeline.founding_month, timeline.cohort_month), start=1):
        if number == timeline.start_month:
            opening = replace(state, customers=state.customers.copy())
        _, state = live(world, state, number)
        progress("growing", done, months)
    return opening, _through_the_gap(world, state)


def _through_the_gap(world: World, state: State) -> Ints:
    cohort = state.customers.number[world.in_cohort(state.customers)]
    number = world.timeline.cohort_month
    while day_number(first_day(number)) < world.timeline.gap_end_day:
        month, state = live(world, state, number)
        day = month.leaving.day
        gone = (day > 0) & (day <= world.timeline.gap_end_day)
        cohort = np.setdiff1d(cohort, month.customers.number[: month.present][gone], assume_unique=True)
        number += 1
    return cohort


def replay(
    rehearsal: Rehearsal, progress: Progress, until: int | None = None
) -> Iterator[tuple[Month, Bools]]:
    """Yield every month of the history, and a mask by running number of the customers in the tables.

    The customers of the rehearsal's opening are changed in place and must not be used again.

    Parameters
    ----------
    until : int, optional
        The first month that is not lived through; by default the one in which the history ends.
    """
    world, state = rehearsal.world, rehearsal.opening
    months = range(world.timeline.start_month, world.timeline.end_month if until is None else until)
    for done, number in enumerate(months, start=1):
        month, state = live(world, state, number)
        yield month, _included(rehearsal.excluded, state.joined)
        progress("writing", done, len(months))


def _included(excluded: Ints, joined: int) -> Bools:
    included = np.ones(joined, dtype=bool)
    included[excluded[excluded < joined]] = False
    return included


def simulate(
    settings: Settings,
    lake: Path,
    truth: Path,
    replace_base: bool = False,
    parameters: Parameters | None = None,
    progress: Progress = lambda name, done, total: None,
) -> Manifest:
    """Simulate a history into a lake, and its truth beside it.

    Parameters
    ----------
    settings : Settings
        What is asked for.
    lake, truth : Path
        The two folders; each is written beside its place and then swapped in as a whole.
    replace_base : bool
        Whether another base in the lake may be replaced.
    parameters : Parameters, optional
        Of the model, by default as documented.
    progress : callable, optional
        Called as `progress(stage, done, total)`.

    Raises
    ------
    BaseConflictError, LakeError
        As `LakeWriter`, or the truth cannot lie where it should. Lake and truth are then unchanged.
    """
    model = parameters or Parameters()
    facts = facts_of(settings, model)
    with TruthWriter(truth, facts, lake) as hidden, LakeWriter(lake, facts, replace_base, progress) as writer:
        _write(rehearse(settings, model, progress), writer, hidden, progress)
    return open_lake(lake)


def _write(rehearsal: Rehearsal, writer: LakeWriter, hidden: TruthWriter, progress: Progress) -> None:
    world, opening = rehearsal.world, rehearsal.opening
    before = Rows(world, _included(rehearsal.excluded, opening.joined), world.timeline.start_month - 1)
    for name, rows in before.opening(opening.customers, world.timeline.start_month):
        writer.append(name, rows)
    for month, included in replay(rehearsal, progress):
        for name, rows in Rows(world, included, month.number).of(month):
            writer.append(name, rows)
        hidden.append(world, month, included)


def facts_of(settings: Settings, parameters: Parameters) -> Facts:
    """Return what the manifest says of a base before its first row is written."""
    source = {**settings.to_plain(), "model": fingerprint(parameters)}
    return Facts(
        base=settings.base,
        kind="simulated",
        labels="events",
        data_until=settings.data_until,
        tickets=True,
        source=source,
        name=DEFAULT_NAMES["simulated"],
    )
