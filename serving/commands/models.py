"""``python -m serving models``: the commands of the registry."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from serving.language.catalogue import LANGUAGES, LanguageCode

if TYPE_CHECKING:
    from serving.model.roles import Mode
    from serving.settings import Promotion

_RUNNING = "Running services follow within seconds, except where a model is pinned."


def _user(_context: click.Context, _parameter: click.Parameter, given: str | None) -> str:
    if given:
        return given
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:  # a container without a user database
        raise click.ClickException("your user name is not known here; say --who NAME") from error


def _reason(_context: click.Context, _parameter: click.Parameter, given: str) -> str:
    if not given.strip():
        raise click.ClickException("--why is empty; say the reason")
    return given


def decision(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command that adds a pointer."""
    who = click.option("--who", callback=_user, help="Who decides. [default: your user name]")
    why = click.option("--why", required=True, callback=_reason, help="The reason, for those who come after.")
    return why(who(command))


@click.group()
def models() -> None:
    """List, show, promote, challenge, roll back, prune, export and import models."""


@models.command("list")
def list_models() -> None:
    """All models, newest first, and which is champion or challenger."""
    from serving.commands.model_tables import models_table
    from serving.registry.models import list_models

    entries = list_models()
    if entries:
        Console().print(models_table(entries))
    else:
        click.echo("No model is registered yet; `make run` trains one.")


@models.command()
@click.argument("tag")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the model card."
)
def show(tag: str, language: LanguageCode) -> None:
    """A model's card, lineage and making; checks every file. TAG may be `champion` or `challenger`.

    The exit status is 1 when the version cannot be used.
    """
    from serving.commands.model_tables import model_details
    from serving.language.language import Language
    from serving.registry.lineage import lineage_of
    from serving.registry.models import show_model
    from serving.registry.pointers import history

    exact = _exact(tag)
    entry = show_model(exact)
    pointers = [pointer for pointer in history().decisions if pointer.tag == exact]
    Console().print(model_details(entry, pointers, lineage_of(entry), Language(language)))
    if entry.problem:
        raise click.ClickException(f"{exact} cannot be used: {entry.problem}")


@models.command()
@click.option("--view", required=True, help="Name of a feature view.")
def lineage(view: str) -> None:
    """Which models use a feature view, which of its features, and what they are now.

    The exit status is 1 when a version cannot be read, because it may be one of them.
    """
    from serving.commands.model_tables import view_lineage
    from serving.registry.lineage import uses_of_view

    uses = uses_of_view(view)
    Console().print(view_lineage(uses))
    if uses.unreadable:
        raise click.ClickException(f"cannot be read, so perhaps left out: {', '.join(uses.unreadable)}")


@models.command()
def history() -> None:
    """Every decision about champion and challenger, oldest first: who, when, why.

    The exit status is 1 when one of them cannot be read.
    """
    from serving.commands.model_tables import decisions_table
    from serving.registry.pointers import history

    decisions, unreadable = history()
    if decisions:
        Console().print(decisions_table(decisions))
    else:
        click.echo("Nothing was decided yet; `python -m serving models promote` makes a model champion.")
    if unreadable:
        raise click.ClickException(f"cannot be read, so left out: {', '.join(unreadable)}")


@models.command()
@click.argument("tag")
@decision
@click.option("--force", is_flag=True, help="Promote a model that is worse than the champion; recorded.")
def promote(tag: str, why: str, who: str, force: bool) -> None:
    """Make the model TAG champion, if it passes every check; TAG may be `challenger`."""
    from serving.registry.decisions import promote
    from serving.registry.pointers import champion_pointer
    from serving.registry.promotion import to_promote

    before = champion_pointer()
    pointer = promote(_exact(tag), who, why, to_promote(_rules(), force))
    if pointer == before:
        click.echo(f"{pointer.tag} is the champion already; nothing was changed.")
        return
    overruled = f" Overruled: {', '.join(pointer.overruled)}." if pointer.forced else ""
    click.echo(f"{pointer.tag} is champion.{overruled} {_RUNNING}")


@models.command()
@click.argument("tag")
@decision
@click.option("--mode", type=click.Choice(["shadow", "split"]), required=True, help="Only score, or answer.")
@click.option("--share", type=float, help="Of the customers; needed for mode split: more than 0, at most 1.")
def challenge(tag: str, why: str, who: str, mode: Mode, share: float | None) -> None:
    """Let the model TAG challenge the champion, in shadow or for a share of the customers.

    TAG may be `challenger`, to change the mode or the share of the one that challenges.
    """
    from serving.registry.decisions import challenge
    from serving.registry.promotion import to_serve

    pointer = challenge(_exact(tag), who, why, mode, share, to_serve(_rules()))
    part = "in shadow" if pointer.share is None else f"for {pointer.share:.4g} of the customers"
    click.echo(f"{pointer.tag} challenges the champion {part}.")


@models.command()
@decision
def withdraw(why: str, who: str) -> None:
    """End the challenge that stands."""
    from serving.registry.decisions import withdraw

    click.echo(f"{withdraw(who, why).tag} is challenger no longer.")


@models.command()
@decision
def rollback(why: str, who: str) -> None:
    """Make the model champion that was so before."""
    from serving.registry.decisions import rollback
    from serving.registry.promotion import to_serve

    pointer = rollback(who, why, to_serve(_rules()))
    click.echo(f"{pointer.tag} is champion again. {_RUNNING}")


@models.command()
@click.option("--keep", type=click.IntRange(1), required=True, help="So many of the newest stay.")
@click.option("--dry-run", is_flag=True, help="Only tell what would go.")
def prune(keep: int, dry_run: bool) -> None:
    """Remove old versions, never one that a pointer or a roll-back may want."""
    from serving.registry.retention import prune

    going = prune(keep, dry_run)
    for removal in going:
        click.echo(f"{removal.tag}: {removal.why}")
    click.echo(f"{'To be removed' if dry_run else 'Removed'}: {len(going)}.")


@models.command("export")
@click.argument("tag")
@click.argument("file", type=click.Path(path_type=Path))
def export_model(tag: str, file: Path) -> None:
    """Write the model TAG into FILE (.bentomodel), for another machine.

    TAG may be `champion` or `challenger`.
    """
    from serving.registry.transfer import export_model, file_sha256

    exact = _exact(tag)
    click.echo(f"{exact}: {export_model(exact, file)}, sha256 {file_sha256(file)}")


@models.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def import_model(file: Path) -> None:
    """Put the model in FILE into the store, after comparing every checksum; it is not promoted."""
    from serving.registry.transfer import file_sha256, import_model

    tag, new = import_model(file)
    click.echo(f"{tag} is in the store{'' if new else ' already'}. The file's sha256 is {file_sha256(file)}")


def _rules() -> Promotion:
    from serving.settings import load_settings

    return load_settings().promotion


def _exact(tag: str) -> str:
    """The tag itself, or the one that `champion` or `challenger` stands for."""
    from serving.errors import NoChallenger
    from serving.registry.pinned import champion_tag
    from serving.registry.pointers import challenger

    if tag == "champion":
        return champion_tag()
    if tag == "challenger":
        standing = challenger()
        if standing is None:
            raise NoChallenger(
                "no model challenges the champion; `python -m serving models challenge` names one"
            )
        return standing.tag
    return tag
