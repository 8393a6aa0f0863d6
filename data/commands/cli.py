"""The room's door: `python -m data load | check | show | simulate`.

What a command needs is imported when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import click

from data.errors import DataError
from data.paths import lake_path

SIMULATE = ("data.commands.simulate", "simulate")
SIMULATE_HELP = "Simulate a telecom's history into the lake, or live it on."


class Door(click.Group):
    """A group that reports an error as one message with exit status 1, and imports `simulate` when used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, `simulate` among them without importing it."""
        return sorted([*super().list_commands(ctx), "simulate"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name, or None."""
        if cmd_name != "simulate":
            return super().get_command(ctx, cmd_name)
        module, attribute = SIMULATE
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing `simulate`."""
        rows = [(name, command.get_short_help_str(limit=80)) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(sorted([*rows, ("simulate", SIMULATE_HELP)]))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of this room or of the disk becomes the message that click prints."""
        try:
            return super().invoke(ctx)
        except DataError as wrong:
            raise click.ClickException(str(wrong)) from wrong
        except BrokenPipeError:  # the reader of the pipe has ended; click then ends without a message
            raise
        except OSError as wrong:
            raise click.ClickException(f"{wrong.filename or 'The disk'}: {wrong.strerror}.") from wrong


@click.group(cls=Door)
def main() -> None:
    """Make, check and show the lake: dated tables of customers in Parquet.

    The lake lies in data/lake, or where STAYLINE_LAKE says.
    """


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--as-of", required=True, help="The date it was true, as 2026-11-01, or `today` (UTC).")
@click.option(
    "--base", metavar="NAME", help="The base's name.  [default: telco for a CSV, history for a folder]"
)
@click.option("--replace", is_flag=True, help="Begin a base anew, in the place of whatever lies in the lake.")
@click.option("--append", is_flag=True, help="The folder holds only what is new since the latest edition.")
@click.option(
    "--accept-corrections",
    is_flag=True,
    help="Take rows that differ from an earlier edition's as corrections that were learned at --as-of.",
)
@click.option("--timezone", metavar="ZONE", help="Of a folder's clocks that name none, as Europe/Madrid.")
@click.option(
    "--if-changed",
    is_flag=True,
    help="Keep the lake when it was made from this very file, whatever its date; otherwise replace it.",
)
def load(
    path: Path,
    as_of: str,
    base: str | None,
    replace: bool,
    append: bool,
    accept_corrections: bool,
    timezone: str | None,
    if_changed: bool,
) -> None:
    """Load a Telco churn CSV, or a folder of tables, into the lake.

    The CSV has 21 columns, or 23 with numAdminTickets and numTechTickets. The folder has a Parquet file for
    each table of data/README.md. Bad rows are all listed and leave the lake as it was.

    Where a base of the same name and kind lies in the lake, this is its next edition: later than the latest
    one, with the same past. A CSV may then lack Churn; its customers are scored and not learned from.
    """
    from datetime import UTC, datetime

    from data.loading.load_csv import load as load_file
    from data.loading.load_csv import parse_as_of
    from data.loading.load_tables import HowToLoad, load_tables
    from data.progress import bars

    moment = parse_as_of(as_of, datetime.now(UTC).date())
    with bars() as report:
        if path.is_dir():
            how = HowToLoad(base, timezone, replace or if_changed, append, accept_corrections)
            done = load_tables(path, moment, lake_path(), how, report)
        else:
            if path.exists() and (append or accept_corrections or timezone):
                raise click.UsageError(
                    f"{path} is a file; --append, --accept-corrections and --timezone are for a folder of "
                    "tables. A later CSV is the next edition without them."
                )
            done = load_file(path, moment, lake_path(), replace, if_changed, report, base)
    for line in done.summary_lines():
        click.echo(line)


@main.command()
def check() -> None:
    """Check files, checksums and contracts of what lies in the lake."""
    from data.contracts.check import check_lake
    from data.progress import bars

    with bars() as report:
        manifest = check_lake(lake_path(), report)
    rows = sum(table.rows for table in manifest.tables.values())
    click.echo(
        f"{manifest.facts.base} in {lake_path()}: {len(manifest.tables)} tables, {rows:,} rows; "
        "files, checksums and contracts hold."
    )


@main.command()
def show() -> None:
    """Show the base, its tables, rows and dates."""
    from rich.console import Console

    from data.commands.show import lake_table

    Console().print(lake_table(lake_path()), highlight=False, soft_wrap=True)
