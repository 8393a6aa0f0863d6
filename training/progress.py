"""Progress of long steps: rich bars in a terminal, silence elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Advance = Callable[[str], None]
"""Called after each step of something long, with a word on what was done."""


@contextmanager
def progress_bar(title: str, total: int | None, console: Console | None) -> Iterator[Advance]:
    """A bar of ``total`` ticks; yields what to call after each.

    Parameters
    ----------
    title : str
    total : int or None
        None when nobody knows how many there will be.
    console : Console or None
        None keeps silent.
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
