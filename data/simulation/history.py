"""The whole history: lived through once to see who is there in the end, and once more to write it down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from data.lake import LakeWriter
from data.manifest import Facts, Manifest
from data.simulation.chance import Stream, generator
from data.simulation.customers import Bools, Ints
from data.simulation.growth import planned_at_cohort
from data.simulation.month import Month, live
from data.simulation.parameters import Parameters, fingerprint
from data.simulation.population import nobody
from data.simulation.rows import Rows
from data.simulation.settings import Settings
from data.simulation.timeline import day_number, first_day
from data.simulation.truth import TruthWriter
from data.simulation.world import State, World
from data.swap import open_lake

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Rehearsal:
    """What the first life showed.

    Parameters
    ----------
    world : World
        In which the cohort is large enough.
    opening : State
        The telecom at the start of the history.
    struck : ndarray, (k,)
        Running numbers of the customers who are over: struck out, as if they had never joined.
    """

    world: World
    opening: State
    struck: Ints


def rehearse(settings: Settings, parameters: Parameters, progress: Progress) -> Rehearsal:
    """Live from the founding to the end of the gap, and strike out at random who is over in the cohort.

    Customers do not act on each other, so striking some leaves the others' history as it was. Should the
    telecom have turned out too small, it is founded anew, larger.
    """
    at_cohort = planned_at_cohort(settings.customers, settings.gap_days, parameters.base)
    while True:
        world = World(settings, parameters, at_cohort)
        opening, cohort = _first_life(world, progress)
        over = len(cohort) - settings.customers
        if over >= 0:
            rng = generator(settings.seed, world.timeline.cohort_month, Stream.STRIKING)
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


def relive(rehearsal: Rehearsal, progress: Progress) -> Iterator[tuple[Month, Bools]]:
    """Yield every month of the history, and who of all who ever joined is shown, by running number."""
    world, state = rehearsal.world, rehearsal.opening
    shown = np.ones(0, dtype=bool)
    for done, number in enumerate(range(world.timeline.start_month, world.timeline.end_month), start=1):
        month, state = live(world, replace(state, customers=state.customers.copy()), number)
        shown = np.ones(state.joined, dtype=bool)
        shown[rehearsal.struck[rehearsal.struck < state.joined]] = False
        yield month, shown
        progress("writing", done, world.settings.months)


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
        The two folders; both are written to one side and swapped in whole.
    replace_base : bool
        Whether another base in the lake may be replaced.
    parameters : Parameters, optional
        Of the model, by default as documented.
    progress : callable, optional
        Called as `progress(stage, done, total)`.

    Raises
    ------
    BaseConflictError, LakeError
        As `LakeWriter`; or the place of the truth is not fit for it. Lake and truth are as they were.
    """
    model = parameters or Parameters()
    facts = facts_of(settings, model)
    with TruthWriter(truth, facts, lake) as hidden, LakeWriter(lake, facts, replace_base, progress) as writer:
        rehearsal = rehearse(settings, model, progress)
        _write_opening(rehearsal, writer)
        for month, shown in relive(rehearsal, progress):
            for name, rows in Rows(rehearsal.world, shown, month.number).of(month):
                writer.append(name, rows)
            hidden.append(rehearsal.world, month, shown)
    return open_lake(lake)


def _write_opening(rehearsal: Rehearsal, writer: LakeWriter) -> None:
    start = rehearsal.world.timeline.start_month
    shown = np.ones(rehearsal.opening.joined, dtype=bool)
    shown[rehearsal.struck[rehearsal.struck < rehearsal.opening.joined]] = False
    rows = Rows(rehearsal.world, shown, start - 1)
    for name, table in rows.opening(rehearsal.opening.customers, start):
        writer.append(name, table)


def facts_of(settings: Settings, parameters: Parameters) -> Facts:
    """Return what the manifest says of a base before its first row."""
    source = {**settings.to_plain(), "model": fingerprint(parameters)}
    return Facts(settings.base, "simulated", "events", settings.data_until, True, source)
