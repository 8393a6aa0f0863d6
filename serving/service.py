"""The Bento service: ``bentoml serve`` in the repository's root, or of a built Bento.

The wiring module: it reads the settings and fixes the model when BentoML imports it, and loads the model when
a worker starts. Everything else is in the modules that it names.
"""

from __future__ import annotations

import gc
import logging
from datetime import UTC, datetime

import bentoml
from bentoml.exceptions import BentoMLException

from serving.errors import ServingError
from serving.http.api import build_app
from serving.http.guarded_service import GuardedService
from serving.http.runtime import Runtime
from serving.http.served import load_served
from serving.model.model_format import load_model
from serving.model.pinned import MODEL_ENV, pinned_tag
from serving.settings import Settings, load_settings

logger = logging.getLogger("bentoml.stayline")


def _prepare() -> tuple[Settings, str]:
    try:
        return load_settings(), pinned_tag()
    except ServingError as error:  # BentoML prints its own errors as one line, others as a traceback
        raise BentoMLException(str(error)) from None


def _now() -> datetime:
    return _settings.as_of or datetime.now(UTC)


_settings, _tag = _prepare()
_runtime = Runtime(_settings)


# BentoML installs with uv, and passes no option on. The lock is complete; without this, uv would add what it
# leaves out on purpose: 300 MB of GPU libraries.
_image = bentoml.images.Image(python_version="3.11", lock_python_packages=False).run(
    r"mkdir -p /etc/uv && printf '[pip]\nno-deps = true\n' > /etc/uv/uv.toml"
)


@bentoml.service(
    name="Stayline",
    image=_image,
    service_class=GuardedService,
    workers=_settings.workers,
    # The inner limits (body 5 s, store `read_timeout_seconds`) come first and have answers of their own.
    traffic={"timeout": 10 + _settings.read_timeout_seconds},
    logging={"access": {"enabled": False}},  # `serving.http.endpoint` logs each request, with its id
    envs=[{"name": MODEL_ENV, "value": _tag}],
)
@bentoml.asgi_app(build_app(_runtime), path="/")
class Stayline:
    """Who is about to leave: `POST /score`, `/score_many`, `/what_if`, and who says so: `/model`."""

    model = bentoml.models.BentoModel(_tag)
    runtime = _runtime

    @bentoml.on_deployment  # type: ignore[untyped-decorator]  # BentoML publishes no types
    @staticmethod
    def check() -> None:
        """Load the model once before the workers do, which a broken one would restart for ever."""
        try:
            load_model(_tag)
        except ServingError as error:
            raise BentoMLException(str(error)) from None

    def __init__(self) -> None:
        _runtime.served = load_served(_tag, _settings, _now)
        gc.collect()
        gc.freeze()  # the model is never garbage, so it need not be looked at again and again
        logger.info("Serving model %s of base %s", _tag, _runtime.served.scoring.base)
