"""Progress of long steps: rich bars in a terminal, silence elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Advance = Callable[[str], None]
"""Called after each step of a long computation, with a short text on that step."""


@contextmanager
def progress_bar(title: str, total: int | None, console: Console | None) -> Iterator[Advance]:
    """Show a bar of ``total`` steps; yields the function to call after each.

    Parameters
    ----------
    title : str
    total : int or None
        None when nobody knows how many there will be.
    console : Console or None
        None shows nothing.
    """
    if console is None:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[done]}"),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=total, done="")
        yield lambda done: bar.update(task, advance=1, done=done)
