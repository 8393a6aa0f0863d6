"""Where the service listens: on a free port, and without API keys on a loopback address only."""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import Any

import click
from bentoml._internal.configuration.containers import BentoMLContainer

from serving.errors import SettingsError
from serving.http.guard.keys import KEYS_ENV

LOOPBACK = "127.0.0.1"


def bound_host() -> str:
    """The host given to `bentoml serve` (``--host``, BENTOML_HOST), or else the configured one."""
    return str(_option("host") or BentoMLContainer.http.host.get())


def bound_port() -> int:
    """The port given to `bentoml serve` (``--port``, BENTOML_PORT), or else the configured one."""
    port = _option("port")
    return int(BentoMLContainer.http.port.get() if port is None else port)


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


def check_free(host: str, port: int) -> None:
    """Refuse an address that cannot be bound. Call it before BentoML binds its own socket.

    Raises
    ------
    SettingsError
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as BentoML does
        try:
            probe.bind((host, port))
        except OverflowError:
            raise SettingsError(f"{port} is no port; name one from 0 to 65535 with `--port`") from None
        except OSError as error:
            cure = "name another with `--host` or `--port`"
            if error.errno == errno.EADDRINUSE:
                cure = "name another with `--port`, or stop what listens there"
            raise SettingsError(f"cannot listen on {host}, port {port} ({error.strerror}); {cure}") from None


def _option(option: str) -> Any:
    command = click.get_current_context(silent=True)
    return command.params.get(option) if command else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a host name: BentoML accepts IP addresses only, and refuses it itself
        return False
