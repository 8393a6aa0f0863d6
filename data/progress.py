"""Progress bars for what takes longer than a moment; on standard error, so that output can be piped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import progress as rich_progress
from rich.console import Console

Progress = Callable[[str, int, int], None]


@contextmanager
def bars() -> Iterator[Progress]:
    """Yield `report(name, done, total)`: a bar appears at the first report of a name, all vanish at the end.

    Nothing is drawn where standard error is no terminal.
    """
    console = Console(stderr=True)
    columns = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    tasks: dict[str, rich_progress.TaskID] = {}
    hidden = not console.is_terminal
    with rich_progress.Progress(*columns, console=console, transient=True, disable=hidden) as progress:

        def report(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=total)
            progress.update(tasks[name], completed=done)

        yield report
