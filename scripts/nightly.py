"""A night: load what is new of a history, apply the definitions, fill the online store, score everybody.

python scripts/nightly.py FOLDER --as-of 2026-11-01

Each step may be run again, and leaves what it writes as it was or as it will be. So a night that was
killed, or that failed, is finished by the same command. At the end stands one summary. The exit status is 0,
or that of the step that failed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import click

ROOT = Path(__file__).parents[1]


class Step(NamedTuple):
    """One command of a room, and whether what it says belongs to the summary."""

    name: str
    command: tuple[str, ...]
    told: bool = True


def steps(new: Path, as_of: str, scores: Path) -> tuple[Step, ...]:
    """Return the steps of a night, in their order."""
    return (
        Step("load", ("data", "load", str(new), "--as-of", as_of, "--append")),
        Step("apply", ("feature_repo", "apply"), told=False),
        Step("materialize", ("serving", "materialize")),
        Step("score", ("serving", "score", "--all", "--out", str(scores))),
    )


def run_night(night: tuple[Step, ...], as_of: str) -> int:
    """Run the steps up to the first that fails, tell the summary, and return the exit status."""
    begun, lines = monotonic(), []
    for step in night:
        start = monotonic()
        command = [sys.executable, "-m", *step.command]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        lines += _lines(step.name, monotonic() - start, done.stdout.splitlines() if step.told else [])
        if done.returncode:
            click.echo(f"Night of {as_of}: {step.name} failed, with exit status {done.returncode}.")
            lines.append("What was done stays. When the cause is mended, the same command goes on from here.")
            break
    else:
        click.echo(f"Night of {as_of}: done in {monotonic() - begun:.0f} s.")
    click.echo("\n".join(lines))
    # As a shell has it: 137 of a step that was killed.
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _lines(name: str, seconds: float, said: list[str]) -> list[str]:
    first, *rest = said or [""]
    return [f"  {name:<12}{seconds:5.0f} s  {first}".rstrip(), *(f"{'':23}{line}" for line in rest)]


def main() -> int:
    """Read the command line, and run the night."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("new", type=Path, help="folder with what is new of the history")
    parser.add_argument("--as-of", default="today", help="date up to which it was learned [default: today]")
    parser.add_argument(
        "--scores", type=Path, default=Path("serving/out/scores.parquet"), help="file to write"
    )
    asked = parser.parse_args()
    return run_night(steps(asked.new.absolute(), asked.as_of, asked.scores.absolute()), asked.as_of)


if __name__ == "__main__":
    sys.exit(main())
