"""Where the service listens: without API keys only where nobody else can come."""

from __future__ import annotations

import ipaddress

import click
from bentoml._internal.configuration.containers import BentoMLContainer

from serving.errors import SettingsError
from serving.http.keys import KEYS_ENV

LOOPBACK = "127.0.0.1"


def bound_host() -> str:
    """The address that `bentoml serve` was told (``--host``, BENTOML_HOST), or else the configured one."""
    command = click.get_current_context(silent=True)
    told = command.params.get("host") if command else None
    return str(told or BentoMLContainer.http.host.get())


def check_binding(host: str, *, keys_required: bool) -> None:
    """Refuse to listen to other machines without API keys.

    Raises
    ------
    SettingsError
    """
    if keys_required or _is_loopback(host):
        return
    raise SettingsError(
        f"without API keys the service listens on {LOOPBACK} only, not on {host}; make a key with "
        f"`python -m serving keys new NAME --file FILE` and name the file in {KEYS_ENV}"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # BentoML takes addresses only, and refuses the rest itself
        return False
