"""The commands of ``python -m serving``. Each prints what it did, or one sentence and exits with status 1."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from serving.commands.campaign_outcome import goals, readout
from serving.commands.campaigns import campaign
from serving.commands.keys import keys
from serving.commands.models import models
from serving.errors import ServingError

DATE = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


class _OneSentence(click.Group):
    """Prints the errors of serving as click prints its own."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ServingError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_OneSentence)
def cli() -> None:
    """Fill the online store, score all customers, look after the models, plan campaigns."""
    # By default BentoML reports every use of its store to its makers.
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
    # Before a command imports Feast; not with the imports above, as `--help` needs none of it.
    from feature_repo.feast_import import check_constructors_only

    check_constructors_only()


cli.add_command(keys)


@cli.command()
@click.option("--end", type=DATE, help="Read rows up to this moment, UTC. [default: all that the lake holds]")
@click.option("--full", is_flag=True, help="Read all rows again, not only new ones.")
def materialize(end: datetime | None, full: bool) -> None:
    """Bring the online store and the suppression file up to date with the lake."""
    from feature_repo.paths import REPO
    from serving.decision.suppressing import renew_suppressed
    from serving.features.materialize import materialize as fill
    from serving.settings import load_settings

    with _progress("Materializing") as advance:
        report = fill(REPO, end=_utc(end), full=full, progress=advance)
    click.echo(str(report))
    suppressed = renew_suppressed(load_settings(), report.end)
    click.echo(f"{suppressed:,} customers are not to be contacted, or not through a channel")


@cli.command()
@click.option("--all", "everybody", is_flag=True, help="Score every active customer.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Parquet file to write.")
@click.option("--as-of", type=DATE, help="The scoring date, UTC. [default: where the lake's data end]")
@click.option("--model", "tag", help="Exact tag of a model. [default: the champion]")
@click.option("--top", type=click.IntRange(0), default=0, help="Print so many of those most at risk.")
def score(everybody: bool, out: Path, as_of: datetime | None, tag: str | None, top: int) -> None:
    """Score customers from the offline store, with the same scorer as the service."""
    if out.suffix != ".parquet":
        raise click.ClickException(
            f"--out {out}: it is a Parquet file; name it {out.with_suffix('.parquet')}"
        )
    from serving.batch import score_all
    from serving.commands.at_risk_table import most_at_risk
    from serving.registry.pinned import decided_tag
    from serving.settings import load_settings

    if not everybody:
        raise click.ClickException(
            "say --all to score every active customer; ask the service for single ones"
        )
    with _progress("Scoring") as advance:
        report = score_all(out, tag or decided_tag(), load_settings(), _utc(as_of), top, advance)
    if top:
        Console().print(most_at_risk(report))
    marked = f", {report.left:,} of them marked as left" if report.left else ""
    scored = report.rows - report.unscored
    click.echo(f"{scored:,} customers scored as of {report.as_of:%Y-%m-%d}{marked}: {out}")
    if report.unscored:
        click.echo(
            f"{report.unscored:,} more have no score: too much of what the model goes by is missing or "
            "expired (max_unknown_share)"
        )
    if top and len(report.top):
        asked = json.dumps({"customerID": report.top["customerID"].iloc[0]})
        click.echo("Ask the service for one customer: `bentoml serve`, and in another terminal")
        click.echo(
            f"  curl -X POST localhost:3000/score -H 'content-type: application/json' -d {shlex.quote(asked)}"
        )


cli.add_command(models)
cli.add_command(campaign)
campaign.add_command(readout)
campaign.add_command(goals)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield advance
