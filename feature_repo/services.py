"""The feature services: the sets of features that a model is trained on and served with."""

from __future__ import annotations

from feast import FeatureService

from feature_repo.views import VIEWS

churn_v1 = FeatureService(
    name="churn_v1",
    features=list(VIEWS),
    description="Everything a churn model may know of a customer.",
)
SERVICES: dict[str, FeatureService] = {churn_v1.name: churn_v1}
