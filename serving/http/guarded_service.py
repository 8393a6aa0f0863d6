"""A Bento service behind the `Guard`: the extension points of BentoML's own service class."""

from __future__ import annotations

from typing import Any

from _bentoml_sdk import Service
from bentoml._internal.configuration.containers import BentoMLContainer
from starlette.applications import Starlette
from starlette.types import ASGIApp

from serving.http.fast_path import FastPath, take_out_counters
from serving.http.guard.guard import Guard
from serving.http.json_logs import write_json_logs
from serving.http.protocol import use_bounded_protocol


class GuardedService(Service[Any]):  # type: ignore[misc]  # BentoML publishes no types
    """A service behind a `Guard`, with JSON logs.

    The class it serves must have three attributes: ``runtime``, its `Runtime`; ``api``, the application of
    its endpoints; and ``keys``, a function that returns its `KeyRing` or None.
    """

    def inject_config(self) -> None:
        """Set BentoML's configuration.

        Tracing is off unless there is an exporter: it is half of a request's cost. BentoML's timeout is off,
        because it writes its own error body and runs the work in a task that the guard's deadline cannot
        cancel.
        """
        super().inject_config()
        write_json_logs()
        config = BentoMLContainer.config.get()
        config["services"][self.name]["traffic"]["timeout"] = None
        if config["tracing"]["exporter_type"] is None:
            config["tracing"]["excluded_urls"] = ".*"
        BentoMLContainer.config.set(config)

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """Make the application that BentoML's worker runs."""
        app: Starlette = super().to_asgi(is_main=is_main)
        runtime = self.inner.runtime
        use_bounded_protocol(runtime.settings, runtime.stopping)
        counted = take_out_counters(app)
        return Guard(counted(FastPath(app, self.inner.api)), runtime, self.inner.keys())
