from __future__ import annotations

import socket

import click
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer

from serving.errors import SettingsError
from serving.http.binding import LOOPBACK, bound_host, bound_port, check_binding, check_free


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1"])
def test_loopback_needs_no_keys(host: str) -> None:
    check_binding(host, keys_required=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "stayline.example"])
def test_any_other_address_does(host: str) -> None:
    check_binding(host, keys_required=True)
    with pytest.raises(SettingsError, match=f"not on {host}; make a key"):
        check_binding(host, keys_required=False)


def test_a_port_that_is_taken_is_named_and_one_that_is_free_is_not_held() -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"on 127\.0\.0\.1, port {port} .*another with `--port`"):
            check_free(LOOPBACK, port)
    check_free(LOOPBACK, port)
    check_free(LOOPBACK, port)


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(SettingsError, match=r"192\.0\.2\.1, port 3000 \(Cannot assign.*with `--host` or"):
        check_free("192.0.2.1", 3000)


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(SettingsError, match=f"{port} is no port; name one from 0 to 65535"):
        check_free(LOOPBACK, port)


def test_the_command_says_the_host_or_else_the_configuration() -> None:
    command = click.Command("serve", params=[click.Option(["--host"])])
    with click.Context(command) as context:
        context.params = {"host": "10.0.0.7"}
        assert bound_host() == "10.0.0.7"
        context.params = {"host": None}
        assert bound_host() == BentoMLContainer.http.host.get()
    assert bound_host() == BentoMLContainer.http.host.get()


def test_the_command_says_the_port_or_else_the_configuration() -> None:
    with click.Context(click.Command("serve")) as context:
        context.params = {"port": 0}
        assert bound_port() == 0
        context.params = {"port": None}
        assert bound_port() == BentoMLContainer.http.port.get()
    assert bound_port() == BentoMLContainer.http.port.get()
