from __future__ import annotations

import click
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer

from serving.errors import SettingsError
from serving.http.binding import bound_host, check_binding


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1"])
def test_loopback_needs_no_keys(host: str) -> None:
    check_binding(host, keys_required=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "stayline.example"])
def test_any_other_address_does(host: str) -> None:
    check_binding(host, keys_required=True)
    with pytest.raises(SettingsError, match=f"not on {host}; make a key"):
        check_binding(host, keys_required=False)


def test_the_command_says_the_host_or_else_the_configuration() -> None:
    command = click.Command("serve", params=[click.Option(["--host"])])
    with click.Context(command) as context:
        context.params = {"host": "10.0.0.7"}
        assert bound_host() == "10.0.0.7"
        context.params = {"host": None}
        assert bound_host() == BentoMLContainer.http.host.get()
    assert bound_host() == BentoMLContainer.http.host.get()
