"""BentoML's cheapest answer: a constant, with every setting tuned as the project's own service has them.

uvloop and httptools are installed, so both services use them. Nothing is traced without an exporter,
each request is logged by one line of its own instead of BentoML's access log, and the body is held to the
same bounds.
"""

from __future__ import annotations

import gc
import logging
from datetime import UTC, datetime
from typing import Annotated, Any

import bentoml
from _bentoml_sdk import Service
from bentoml._internal.configuration.containers import BentoMLContainer
from pydantic import Field

from serving.scoring.answers import DecisionAnswer, FeatureReport, ScoreAnswer, Segment, ViewReport

access_log = logging.getLogger("bentoml.noop.access")


class Untraced(Service[Any]):  # type: ignore[misc]  # BentoML publishes no types
    """A service that does not trace for nobody."""

    def inject_config(self) -> None:
        """Exclude every path from tracing."""
        super().inject_config()
        config = BentoMLContainer.config.get()
        config["tracing"]["excluded_urls"] = ".*"
        BentoMLContainer.config.set(config)


def constant() -> ScoreAnswer:
    """An answer of the shape and size of the service's own."""
    view = ViewReport(event_timestamp=datetime(2026, 1, 1, tzinfo=UTC), fresh=True)
    views = dict.fromkeys(("demographics", "services", "billing", "tickets"), view)
    return ScoreAnswer(
        customerID="7590-VHVEG",
        probability=0.123456789012345,
        band="low",
        segment=Segment(id=1, name="new, monthly contract"),
        decision=DecisionAnswer(
            contact=False,
            offer=None,
            offer_name=None,
            why="the risk is low",
            effect="assumed",
            threshold=0.25,
            expected_profit=0.0,
        ),
        unknown_share=0.0,
        features=FeatureReport(views=views, missing=[], null=[], expired=[]),
        model="churn:abcdefghijklmnop",
        role="champion",
        feature_service="churn_v1",
        learned_until=datetime(2026, 1, 1, tzinfo=UTC),
        request_id="0" * 32,
    )


@bentoml.service(
    name="noop",
    workers=1,
    service_class=Untraced,
    traffic={"timeout": 12},
    logging={"access": {"enabled": False}},
)
class Noop:
    """Answers without doing anything."""

    def __init__(self) -> None:
        self.answer = constant()
        gc.collect()
        gc.freeze()

    @bentoml.api(route="/score")
    async def score(
        self, customerID: Annotated[str, Field(min_length=1, max_length=64, pattern="^(?:[!-~]+)$")]
    ) -> ScoreAnswer:
        """Return a constant."""
        access_log.info("POST %s %d", "/score", 200)
        return self.answer
