"""The format of a registered model: training writes through it, serving reads with it.

A version of ``churn`` in the BentoML model store holds ``metadata.json``, ``signature.json``,
``encoder.json``, ``calibrator.json``, ``segments.json``, ``classifier.json`` and the classifier's own file.
BentoML's metadata holds the sha256 of every one of them, and ``model.yaml.sha256`` that of the metadata, all
compared before anything is parsed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.card.metadata import ModelMetadata
from serving.errors import FormatError
from serving.model.documents import FORMAT_VERSION, read_document, write_document
from serving.model.signature import Signature
from serving.registry.integrity import checksums, verify_files
from serving.registry.store import registered_at, stored
from serving.registry.store_writing import create

if TYPE_CHECKING:
    from serving.model.churn_model import ChurnModel

MODEL_NAME = "churn"


@dataclass(frozen=True, eq=False)
class RegisteredModel:
    """What a version says of itself, after every file of it was compared with its checksum.

    Attributes
    ----------
    tag : str
        Exact tag.
    created : datetime
        When it was put into the store, UTC.
    folder : Path
    checksums : mapping of str to str
        The sha256 of every file.
    metadata : ModelMetadata
    signature : Signature
        What it asks of the online store.
    """

    tag: str
    created: datetime
    folder: Path
    checksums: Mapping[str, str]
    metadata: ModelMetadata
    signature: Signature

    def load(self) -> ChurnModel:
        """Load and try the model. Raises FormatError if its files cannot be used."""
        loaded = _read(self.folder)
        _check_fits(loaded, self.metadata)
        loaded.probe()
        return loaded


def save_model(model: ChurnModel, metadata: Mapping[str, Any]) -> str:
    """Register a model in the BentoML store.

    The files are written to one side, read back and tried before the store sees them.

    Parameters
    ----------
    model : ChurnModel
    metadata : mapping
        The fields of `serving.card.metadata.ModelMetadata`, plain JSON types.

    Returns
    -------
    str
        The exact tag, ``churn:<version>``.

    Raises
    ------
    FormatError
        If the metadata lacks a field or does not go with the model, or the model does not survive its files.
    """
    checked = ModelMetadata.parse_mapping(metadata)
    _check_fits(model, checked)
    with tempfile.TemporaryDirectory(prefix="stayline-model-") as name:
        folder = Path(name)
        _write(model, checked, folder)
        _read(folder).probe()
        with create(MODEL_NAME, _bentoml_metadata(checked, folder), sealed=True) as target:
            shutil.copytree(folder, target.path, dirs_exist_ok=True)
    return str(target.tag)


def registered_model(tag: str) -> RegisteredModel:
    """Read what a registered model says of itself, without its classifier.

    Raises
    ------
    UnknownModel
        If the store has no such version.
    IntegrityError
        Naming the file that is missing, was added, or is not the one that was registered.
    FormatError
        If the files are the registered ones, but cannot be read.
    """
    return open_registered(stored(tag))


def open_registered(model: Any) -> RegisteredModel:
    """As `registered_model`, of a `bentoml.Model` that need not be in the store."""
    tag, folder = str(model.tag), Path(model.path)
    files = verify_files(tag, folder, model.info.metadata)
    signature = Signature.from_json(read_document(folder / "signature.json"))
    return RegisteredModel(tag, registered_at(model), folder, files, _read_metadata(folder), signature)


def load_model(tag: str) -> ChurnModel:
    """Load and try a registered model; raises as `registered_model`, and FormatError as its `load`."""
    return registered_model(tag).load()


def load_metadata(tag: str) -> ModelMetadata:
    """What a registered model says about its making; raises as `registered_model`."""
    return registered_model(tag).metadata


def _bentoml_metadata(metadata: ModelMetadata, folder: Path) -> dict[str, Any]:
    """The checksums, and a few words for whoever looks with `bentoml models get`."""
    shown = {
        "base": metadata.base,
        "arm": metadata.arm.model_dump(),
        "feature_service": metadata.feature_service,
    }
    return {"format_version": FORMAT_VERSION, "files": checksums(folder), "about": shown}


def _read_metadata(folder: Path) -> ModelMetadata:
    return ModelMetadata.parse_mapping(read_document(folder / "metadata.json"))


def _write(model: ChurnModel, metadata: ModelMetadata, folder: Path) -> None:
    from serving.model.classifiers.classifier import save_classifier

    write_document(folder / "metadata.json", metadata.model_dump(mode="json"))
    write_document(folder / "signature.json", model.signature.to_json())
    write_document(folder / "encoder.json", model.encoder.to_json())
    write_document(folder / "calibrator.json", model.calibrator.to_json())
    write_document(folder / "segments.json", model.segments.to_json())
    save_classifier(model.classifier, folder)


def _read(folder: Path) -> ChurnModel:
    # What computes takes half a second to import; listing and promoting models do without it.
    from serving.model.calibration import Calibrator
    from serving.model.churn_model import ChurnModel
    from serving.model.classifiers.classifier import load_classifier
    from serving.model.encoding import Encoder
    from serving.model.segments import Segments

    return ChurnModel(
        signature=Signature.from_json(read_document(folder / "signature.json")),
        encoder=Encoder.from_json(read_document(folder / "encoder.json")),
        classifier=load_classifier(folder),
        calibrator=Calibrator.from_json(read_document(folder / "calibrator.json")),
        segments=Segments.from_json(read_document(folder / "segments.json")),
    )


def _check_fits(model: ChurnModel, metadata: ModelMetadata) -> None:
    said = (metadata.feature_service, metadata.feature_service_fingerprint)
    meant = (model.signature.feature_service, model.signature.fingerprint)
    if said != meant:
        raise FormatError(
            f"the metadata names feature service {said} and the signature {meant}; register it again"
        )
    if metadata.card.data.features != model.signature.names:
        raise FormatError("the card names other features than the signature has; register the model again")
