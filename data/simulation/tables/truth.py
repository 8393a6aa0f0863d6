"""What only a simulation knows, in a folder of its own: each customer's risk with and without an offer.

`risk.parquet`: customerID, month (its first day, UTC), risk_without_offer and risk_with_offer, the chances of
leaving in that month; the second is with the offer in force, and equal to the first where none is.
`effects.parquet`: customerID, campaign, event_timestamp, offer, and `effect_<offer>` for every offer: what it
adds to the log-odds of leaving in each of the months it lasts, also for the offers not made. Of a planned
campaign it has all customers, with a null offer for those left out of it.
`planned.parquet`: customerID, campaign, month, offer and probability of planned campaigns, if there are any.
`truth.json`: the base, the settings, the parameters of the model, and the intercept of every month.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import InputError, LakeDamagedError, LakeError, LakeMissingError
from data.lake_files.manifest import Facts
from data.lake_files.private import private_file, private_folder
from data.lake_files.swap import heal, locked, new_folder, open_lake, swap_in
from data.lake_files.table_file import sync
from data.schema import TIMESTAMP
from data.simulation.customers import Bools, Ints
from data.simulation.events.campaigns import Draw
from data.simulation.events.month import Month
from data.simulation.identities import customer_ids
from data.simulation.parameters import Campaigns, to_plain
from data.simulation.planned import Planned
from data.simulation.tables import spelling
from data.simulation.timeline import DAY_US, day_number, first_day
from data.simulation.world import World

RISK, EFFECTS, PLANNED, ABOUT = "risk.parquet", "effects.parquet", "planned.parquet", "truth.json"
_DECIMALS = 9


class TruthWriter:
    """Write the truth of a base month by month; only a clean exit puts it in its place.

    Parameters
    ----------
    target : Path
        The truth's folder.
    facts : Facts
        Of the base in the lake.
    lake : Path
        The lake's folder, in which the truth must not lie.

    Raises
    ------
    InputError
        Truth and lake lie in each other.
    LakeError
        The place holds something else, or another process is writing there.
    """

    def __init__(self, target: Path, facts: Facts, lake: Path) -> None:
        self.target = target.resolve()
        self._facts = facts
        self._about: dict[str, Any] = {"base": facts.base, "source": dict(facts.source), "intercepts": {}}
        self._files: dict[str, pq.ParquetWriter] = {}
        self._held = ExitStack()
        _refuse(self.target, lake.resolve())

    def __enter__(self) -> TruthWriter:
        with ExitStack() as stack:
            stack.enter_context(locked(self.target))
            heal(self.target)
            folder = new_folder(self.target)
            private_folder(folder)
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            self._held = stack.pop_all()
        return self

    def append(self, world: World, month: Month, included: Bools) -> None:
        """Write the rows of a month.

        Parameters
        ----------
        world : World
            The simulation.
        month : Month
            What happened.
        included : ndarray of bool
            By running number: whether the tables have this customer.
        """
        self._about["parameters"] = to_plain(world.parameters)
        self._about["intercepts"][f"{first_day(month.number)}"] = month.leaving.intercept
        self._write(RISK, _risk_rows(world, month, included))
        if month.draw is not None:
            self._write(EFFECTS, _effect_rows(world, month, month.draw, included))

    def plan(self, planned: Mapping[int, Planned], model: Campaigns) -> None:
        """Write the campaigns that somebody planned, by month; `read_planned` reads them back."""
        for month, campaign in planned.items():
            n = len(campaign.customers)
            columns = {
                "customerID": campaign.customers,
                "campaign": pa.array([campaign.name] * n, pa.string()),
                "month": pa.array(np.full(n, month)),
                "offer": spelling.spell(campaign.offer, model.offers).cast(pa.string()),
                "probability": pa.array(campaign.probability, pa.float64()),
            }
            self._write(PLANNED, pa.table(columns))

    def _write(self, name: str, rows: pa.Table) -> None:
        if name not in self._files:
            path = new_folder(self.target) / name
            private_file(path)
            self._files[name] = pq.ParquetWriter(path, rows.schema, compression="zstd")
        self._files[name].write_table(rows)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._held:
            for file in self._files.values():
                file.close()
            if kind is None:
                self._swap_in()

    def _swap_in(self) -> None:
        folder = new_folder(self.target)
        text = json.dumps(self._about, indent=2, sort_keys=True) + "\n"
        private_file(folder / ABOUT)
        (folder / ABOUT).write_text(text, encoding="utf-8")
        sync(folder)
        swap_in(self.target)


def read_about(truth: Path, lake: Path) -> dict[str, Any]:
    """Return the content of `truth.json`, after checking that the truth is that of the lake's base.

    Raises
    ------
    LakeMissingError
        There is no lake or no truth.
    LakeDamagedError
        The truth is that of another base, or not readable.
    """
    facts = open_lake(lake).facts
    try:
        about: dict[str, Any] = json.loads((truth / ABOUT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LakeMissingError(
            f"There is no truth in {truth}; `python -m data simulate` writes it."
        ) from None
    except (OSError, ValueError) as wrong:
        raise LakeDamagedError(f"{truth / ABOUT} cannot be read: {wrong}.") from wrong
    if (about.get("base"), about.get("source")) != (facts.base, dict(facts.source)):
        raise LakeDamagedError(
            f"The truth in {truth} is that of {about.get('base')}, but the lake {lake} holds {facts.base}. "
            "Simulate again with --replace."
        )
    return about


def read_planned(truth: Path, model: Campaigns) -> dict[int, Planned]:
    """Return the planned campaigns that a base has lived through, by month."""
    if not (truth / PLANNED).exists():
        return {}
    rows = pq.read_table(truth / PLANNED)
    found = {}
    for month in pc.unique(rows["month"]).to_pylist():
        chosen = rows.filter(pc.equal(rows["month"], month))
        found[month] = Planned(
            chosen["campaign"][0].as_py(),
            chosen["customerID"].combine_chunks(),
            pc.index_in(chosen["offer"], pa.array(model.offers)).to_numpy().astype(np.int8),
            chosen["probability"].to_numpy(),
        )
    return found


def _refuse(truth: Path, lake: Path) -> None:
    if truth == lake or truth in lake.parents or lake in truth.parents:
        raise InputError(
            f"The truth {truth} and the lake {lake} lie in each other, so features could read the truth. "
            "Set STAYLINE_TRUTH to another place."
        )
    if truth.exists() and not truth.is_dir():
        raise LakeError(
            f"{truth} is a file; the truth must be a folder. Set STAYLINE_TRUTH to another place."
        )
    foreign = (
        sorted(p.name for p in truth.iterdir() if p.name not in (RISK, EFFECTS, PLANNED, ABOUT))
        if truth.exists()
        else []
    )
    if foreign:
        raise LakeError(
            f"{truth} holds {foreign[0]!r}, which is no part of a truth, so it is not replaced. "
            "Move it away or set STAYLINE_TRUTH to another place."
        )


def _risk_rows(world: World, month: Month, included: Bools) -> pa.Table:
    numbers = month.customers.number[: month.present]
    chosen = included[numbers]
    leaving = month.leaving
    return pa.table(
        {
            "customerID": customer_ids(numbers[chosen], world.settings.seed),
            "month": _month_start(month.number, int(chosen.sum())),
            "risk_without_offer": np.round(leaving.without_offer[chosen].astype(np.float64), _DECIMALS),
            "risk_with_offer": np.round(leaving.with_offer[chosen].astype(np.float64), _DECIMALS),
        }
    )


def _effect_rows(world: World, month: Month, draw: Draw, included: Bools) -> pa.Table:
    """Effects on the customers drawn; of a planned campaign on all, with a null where nothing was drawn."""
    model: Campaigns = world.parameters.campaigns
    drawn = spelling.spell(draw.offer, model.offers).cast(pa.string())
    if draw.others is None:
        rows, found, offers = draw.rows, draw.effects, drawn
    else:
        rows, found = np.arange(month.present), draw.others
        place = np.full(month.present, -1)
        place[draw.rows] = np.arange(len(draw.rows))
        offers = drawn.take(pa.array(place, mask=place < 0))
    numbers: Ints = month.customers.number[rows]
    chosen = included[numbers]
    n = int(chosen.sum())
    effects = {
        f"effect_{offer}": np.round(found[chosen, code].astype(np.float64), _DECIMALS)
        for code, offer in enumerate(model.offers)
    }
    return pa.table(
        {
            "customerID": customer_ids(numbers[chosen], world.settings.seed),
            "campaign": pa.array([draw.name] * n, pa.string()),
            "event_timestamp": _month_start(month.number, n),
            "offer": offers.filter(pa.array(chosen)),
            **effects,
        }
    )


def _month_start(month: int, n: int) -> pa.Array:
    return pa.array(np.full(n, day_number(first_day(month)) * DAY_US)).cast(TIMESTAMP)
