"""The Bento service: ``bentoml serve`` in the repository's root, or of a built Bento.

The wiring module. When BentoML imports it, it reads the settings and chooses the first model. A worker loads
a model when it starts, and then follows the registry. Everything else is in the modules imported here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import bentoml
from bentoml.exceptions import BentoMLException

from serving.errors import KeysError, ServingError
from serving.features.online_features import OnlineStore
from serving.http.api import build_app
from serving.http.binding import LOOPBACK, bound_host, bound_port, check_binding, check_free
from serving.http.guard.keys import KEYS_ENV, KeyRing, keys_path
from serving.http.guarded_service import GuardedService
from serving.http.open_files import raise_open_files_limit
from serving.http.runtime import Runtime
from serving.http.stopping import end_with_server, name_this_server
from serving.live.follower import Follower
from serving.live.load_served import load_served
from serving.live.policies import Policies
from serving.live.watcher import Watcher
from serving.registry.applied import Applied
from serving.registry.model_files import load_model
from serving.registry.pinned import FIRST_ENV, first_tag, pinned_tag
from serving.scoring.served import Served
from serving.settings import Settings, load_settings


def _prepare() -> tuple[Settings, str, bool]:
    try:
        return load_settings(), first_tag(), pinned_tag() is None
    except ServingError as error:  # BentoML prints its own errors as one line, others as a traceback
        raise BentoMLException(str(error)) from None


def _keys() -> KeyRing | None:
    """The API keys, or None if none is required, which `check_binding` allows on loopback only."""
    path = keys_path(_settings.api_keys_file)
    if path is not None:
        return KeyRing(path)
    if _settings.require_api_key:
        raise KeysError(
            f"require_api_key is set and no file of keys is named; name one in {KEYS_ENV} or api_keys_file"
        )
    return None


def _now() -> datetime:
    return _settings.as_of or datetime.now(UTC)


@cache
def _store() -> OnlineStore:
    return OnlineStore()


def _load(tag: str) -> Served:
    return load_served(tag, _settings, _now, _store())


end_with_server()
_settings, _tag, _follows = _prepare()
_runtime = Runtime(_settings)
_api = build_app(_runtime)


# BentoML installs with uv, and passes no options to it. The lock file is complete; without this, uv would add
# what it leaves out on purpose: 300 MB of GPU libraries.
_image = bentoml.images.Image(python_version="3.11", lock_python_packages=False).run(
    r"mkdir -p /etc/uv && printf '[pip]\nno-deps = true\n' > /etc/uv/uv.toml"
)


@bentoml.service(
    name="Stayline",
    image=_image,
    service_class=GuardedService,
    workers=_settings.workers,
    http={"host": LOOPBACK},
    logging={"access": {"enabled": False}},  # the guard logs each request, with its id
    envs=[{"name": FIRST_ENV, "value": _tag}],
)
@bentoml.asgi_app(_api, path="/")
class Stayline:
    """Who is about to leave: `POST /score`, `/score_many`, `/what_if`, and who says so: `/model`."""

    model = bentoml.models.BentoModel(_tag)
    runtime, api = _runtime, _api
    keys = staticmethod(_keys)

    @bentoml.on_deployment  # type: ignore[untyped-decorator]  # BentoML publishes no types
    @staticmethod
    def check() -> None:
        """Check keys, address and model before the workers start: a failing worker is restarted for ever."""
        name_this_server()
        try:
            check_binding(bound_host(), keys_required=_keys() is not None)
            check_free(bound_host(), bound_port())
            load_model(_tag)
        except ServingError as error:
            raise BentoMLException(str(error)) from None

    def __init__(self) -> None:
        raise_open_files_limit()
        policies = Policies(_settings, _now)
        follower = Follower(_runtime, _load, Applied(), follows=_follows, policies=policies)
        follower.start(_tag)
        self._watcher = Watcher(follower.step, _settings.registry_poll_seconds)
        self._watcher.start()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]  # BentoML publishes no types
    def stop(self) -> None:
        """Stop the threads of this worker."""
        self._watcher.stop()
        _runtime.shadow.stop()
