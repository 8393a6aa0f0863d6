"""The facts that ``/model`` returns, made once when the model is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from serving.card.card_text import card_text
from serving.card.metadata import ModelMetadata
from serving.explain.what_if_rules import Changeable
from serving.language.catalogue import LANGUAGES, LanguageCode
from serving.language.language import Language
from serving.model.signature import Signature
from serving.scoring.model_schemas import ChangeableFeature, ModelFacts, ModelSignature, SignatureFeature


def model_facts(
    tag: str,
    registered: datetime,
    metadata: ModelMetadata,
    signature: Signature,
    changeable: Iterable[Changeable],
) -> Mapping[LanguageCode, ModelFacts]:
    """The model's facts, with its card's sentences in every language.

    Parameters
    ----------
    tag : str
        Exact tag.
    registered : datetime
        When it was registered, UTC.
    metadata : ModelMetadata
    signature : Signature
    changeable : iterable of Changeable
        What a what-if may change.
    """
    changes = [_changeable(feature) for feature in changeable]
    features = [
        SignatureFeature(name=feature.name, type=feature.dtype, view=feature.view)
        for feature in signature.features
    ]
    asked = ModelSignature(
        fingerprint=signature.fingerprint, features=features, ttl_seconds=dict(signature.ttl_seconds)
    )
    return {
        code: ModelFacts(
            model=tag,
            registered=registered,
            base=metadata.base,
            arm=metadata.arm,
            feature_service=metadata.feature_service,
            signature=asked,
            changeable=changes,
            thresholds=metadata.thresholds,
            card=metadata.card,
            language=code,
            text=card_text(metadata.card, metadata.thresholds, Language(code)),
        )
        for code in LANGUAGES
    }


def _changeable(feature: Changeable) -> ChangeableFeature:
    return ChangeableFeature(
        feature=feature.feature,
        kind="number" if feature.values is None else "category",
        values=None if feature.values is None else list(feature.values),
        minimum=feature.minimum,
        maximum=feature.maximum,
        whole=feature.whole,
    )
