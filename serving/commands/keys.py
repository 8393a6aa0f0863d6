"""``python -m serving keys``: make, list and revoke API keys."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.option(
    "--file", "path", type=click.Path(path_type=Path), help="The file of keys. [default: the service's own]"
)


@click.group()
def keys() -> None:
    """Make, list and revoke API keys; a running service follows within a second."""


@keys.command("new")
@click.argument("name")
@_FILE
def new(name: str, path: Path | None) -> None:
    """Make a key for NAME and print it, this once."""
    from serving.http.guard.keys import new_key

    where = _chosen(path)
    click.echo(new_key(where, name))
    click.echo(f"This is the only time it is shown; {where} keeps its sha256.", err=True)


@keys.command("list")
@_FILE
def names(path: Path | None) -> None:
    """The names of the keys."""
    from serving.http.guard.keys import read_keys

    where = _chosen(path)
    found = list(read_keys(where))
    for name in found:
        click.echo(name)
    if not found:
        click.echo(f"{where} has no key, and nobody is let in; make one with `new NAME`.", err=True)


@keys.command()
@click.argument("name")
@_FILE
def revoke(name: str, path: Path | None) -> None:
    """Take the key of NAME out of the file."""
    from serving.http.guard.keys import revoke_key

    revoke_key(_chosen(path), name)
    click.echo(f"The key of {name} is revoked.")


def _chosen(path: Path | None) -> Path:
    from serving.http.guard.keys import KEYS_ENV, keys_path
    from serving.settings import load_settings

    chosen = path or keys_path(load_settings().api_keys_file)
    if chosen is None:
        raise click.ClickException(
            f"no file of keys is named; say --file, or set {KEYS_ENV} or api_keys_file"
        )
    return chosen
