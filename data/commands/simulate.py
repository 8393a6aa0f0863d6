"""`python -m data simulate`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from click.core import ParameterSource

from data.errors import LakeDamagedError, LakeMissingError
from data.lake_files.damage import check_files
from data.lake_files.manifest import Manifest
from data.lake_files.swap import open_lake
from data.paths import lake_path, truth_path
from data.progress import bars
from data.simulation.campaign_file import read_campaign
from data.simulation.continuation import go_on
from data.simulation.history import facts_of
from data.simulation.history import simulate as write_history
from data.simulation.parameters import Parameters
from data.simulation.resemblance import last_observation
from data.simulation.settings import GAP_DAYS, HORIZON_DAYS, Settings, parse_end
from data.simulation.tables.truth import read_about


@click.command()
@click.option("--customers", default=7043, show_default=True, help="Customers in the last labelled cohort.")
@click.option("--months", default=36, show_default=True, help="Length of the history.")
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same bytes.")
@click.option("--end", help="First day of a month, as 2026-11-01.  [default: that of the current month, UTC]")
@click.option("--gap-days", default=GAP_DAYS, show_default=True, help="Gap of the last labelled cohort.")
@click.option("--horizon-days", default=HORIZON_DAYS, show_default=True, help="Its horizon.")
@click.option("--replace", is_flag=True, help="Replace the base that lies in the lake, as a whole.")
@click.option("--continue", "continued", is_flag=True, help="Live the base in the lake on, for --months.")
@click.option(
    "--campaign",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --continue: a planned campaign, which begins where the lake ends.",
)
@click.pass_context
def simulate(
    context: click.Context,
    customers: int,
    months: int,
    seed: int,
    end: str | None,
    gap_days: int,
    horizon_days: int,
    replace: bool,
    continued: bool,
    campaign: Path | None,
) -> None:
    """Simulate a telecom's history into the lake, or live it on.

    What only a simulation can know, each customer's monthly risk with and without an offer, lands in
    data/truth, or where STAYLINE_TRUTH says.
    """
    if continued:
        _continue(context, months, campaign)
        return
    if campaign is not None:
        raise click.UsageError("--campaign goes with --continue")
    last_day = parse_end(end, datetime.now(UTC).date())
    settings = Settings(customers, months, seed, last_day, gap_days, horizon_days)
    lake, truth = lake_path(), truth_path()
    manifest = None if replace else already_there(settings, lake, truth)
    if manifest is None:
        with bars() as progress:
            manifest = write_history(settings, lake, truth, replace, progress=progress)
        click.echo(f"{settings.base} in {lake}, its truth in {truth}.")
    else:
        click.echo(f"{settings.base} is there already, in {lake}, its truth in {truth}.")
    for line in summary_lines(manifest):
        click.echo(line)


def _continue(context: click.Context, months: int, campaign: Path | None) -> None:
    """Live the base in the lake on; its own settings stay."""
    own = ("customers", "seed", "end", "gap_days", "horizon_days", "replace")
    given = [name for name in own if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if given:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise click.UsageError(f"{names} cannot change in a base that goes on; leave it out")
    if context.get_parameter_source("months") is not ParameterSource.COMMANDLINE:
        raise click.UsageError("--continue needs --months, how many the base goes on")
    planned = None if campaign is None else read_campaign(campaign, Parameters().campaigns.offers)
    lake, truth = lake_path(), truth_path()
    with bars() as progress:
        found = go_on(lake, truth, months, planned, datetime.now(UTC).date(), progress)
    facts, edition = found.manifest.facts, found.manifest.editions[-1]
    click.echo(f"{facts.base}, edition {len(found.manifest.editions)}, up to {facts.data_until:%Y-%m-%d}.")
    click.echo(f"New rows: {', '.join(f'{name} {n:,}' for name, n in edition.rows.items() if n)}.")
    if planned is not None:
        told = f"Campaign {planned.name}: {len(planned.customers):,} customers"
        click.echo(f"{told}, {found.gone:,} of whom had left before it began.")


def already_there(settings: Settings, lake: Path, truth: Path) -> Manifest | None:
    """Return the lake's manifest if the lake is undamaged, holds what is asked for and has its truth."""
    wanted = facts_of(settings, Parameters())
    try:
        if open_lake(lake).facts != wanted:
            return None
        read_about(truth, lake)
        return check_files(lake)
    except (LakeMissingError, LakeDamagedError):
        # Writing then refuses to change what is there without --replace.
        return None


def summary_lines(manifest: Manifest) -> list[str]:
    """Return what the history has, as lines for the user."""
    rows = {name: table.rows for name, table in manifest.tables.items()}
    counts = ", ".join(f"{name} {n:,}" for name, n in rows.items() if n)
    return [
        f"Rows: {counts}.",
        f"Last observation date with a whole window: {last_observation(manifest):%Y-%m-%d}.",
    ]
