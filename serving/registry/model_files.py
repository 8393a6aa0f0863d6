"""The format of a registered model, which training writes and serving reads through this module.

A version of ``churn`` in the BentoML model store holds ``metadata.json``, ``signature.json``,
``encoder.json``, ``calibrator.json``, ``segments.json``, ``classifier.json`` and the classifier's own file;
and, unless it was registered without, ``survival.json``, ``effects.json`` with ``effect-N.txt`` for each
ranking, and ``customers.json``, hashes of whom it learned from.
BentoML's metadata holds the sha256 of each of them, and ``model.yaml.sha256`` that of the metadata. All are
verified before any file is parsed.
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
from serving.model.documents import CUSTOMERS_FILE, FORMAT_VERSION, read_document, write_document
from serving.model.signature import Signature
from serving.registry.integrity import checksums, verify_files
from serving.registry.store import registered_at, stored
from serving.registry.store_writing import create

if TYPE_CHECKING:
    from serving.model.churn_model import ChurnModel
    from serving.model.customers import Customers
    from serving.model.segments import Segments

MODEL_NAME = "churn"
SURVIVAL_FILE = "survival.json"


@dataclass(frozen=True, eq=False)
class RegisteredModel:
    """The metadata and signature of a version whose files have all been verified.

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
        The features that it reads.
    """

    tag: str
    created: datetime
    folder: Path
    checksums: Mapping[str, str]
    metadata: ModelMetadata
    signature: Signature

    def load(self) -> ChurnModel:
        """Load and probe the model. Raises FormatError if its files cannot be used."""
        loaded = _read(self.folder)
        _check_fits(loaded, self.metadata)
        loaded.probe()
        return loaded

    def customers(self) -> Customers | None:
        """Whom it learned from; None if it was registered without. Raises FormatError."""
        if CUSTOMERS_FILE not in self.checksums:
            return None
        from serving.model.customers import Customers  # numpy takes a tenth of a second to import

        return Customers.from_json(read_document(self.folder / CUSTOMERS_FILE))

    def segments(self) -> Segments:
        """Its customer segments. Raises FormatError."""
        from serving.model.segments import Segments  # as above

        return Segments.from_json(read_document(self.folder / "segments.json"))


def save_model(model: ChurnModel, metadata: Mapping[str, Any], customers: Customers | None = None) -> str:
    """Register a model in the BentoML store.

    The files are written to a temporary folder, read back and probed before they enter the store.

    Parameters
    ----------
    model : ChurnModel
    metadata : mapping
        The fields of `serving.card.metadata.ModelMetadata`, plain JSON types.
    customers : Customers, optional
        Whom it learned from.

    Returns
    -------
    str
        The exact tag, ``churn:<version>``.

    Raises
    ------
    FormatError
        If the metadata lacks a field or does not fit the model, or the written files cannot be used.
    """
    checked = ModelMetadata.parse_mapping(metadata)
    _check_fits(model, checked)
    with tempfile.TemporaryDirectory(prefix="stayline-model-") as name:
        folder = Path(name)
        _write(model, checked, folder)
        if customers is not None:
            write_customers(customers, folder)
        _read(folder).probe()
        with create(MODEL_NAME, _bentoml_metadata(checked, folder), sealed=True) as target:
            shutil.copytree(folder, target.path, dirs_exist_ok=True)
    return str(target.tag)


def write_customers(customers: Customers, folder: Path) -> None:
    """Write whom a model learned from beside its other files."""
    write_document(folder / CUSTOMERS_FILE, customers.to_json())


def registered_model(tag: str) -> RegisteredModel:
    """Read a registered model's metadata and signature, without its classifier.

    Raises
    ------
    UnknownModel
        If the store has no such version.
    IntegrityError
        Naming the file that is missing, was added, or is not the one that was registered.
    FormatError
        If the files are the registered ones, but cannot be parsed.
    """
    return open_registered(stored(tag))


def open_registered(model: Any) -> RegisteredModel:
    """Like `registered_model`, for a `bentoml.Model` that need not be in the store."""
    tag, folder = str(model.tag), Path(model.path)
    files = verify_files(tag, folder, model.info.metadata)
    signature = Signature.from_json(read_document(folder / "signature.json"))
    return RegisteredModel(tag, registered_at(model), folder, files, _read_metadata(folder), signature)


def load_model(tag: str) -> ChurnModel:
    """Load and probe a registered model; raises as `registered_model` and `RegisteredModel.load`."""
    return registered_model(tag).load()


def load_metadata(tag: str) -> ModelMetadata:
    """The metadata of a registered model; raises as `registered_model`."""
    return registered_model(tag).metadata


def _bentoml_metadata(metadata: ModelMetadata, folder: Path) -> dict[str, Any]:
    """The checksums, and a short description for `bentoml models get`."""
    about = {
        "base": metadata.base,
        "arm": metadata.arm.model_dump(),
        "feature_service": metadata.feature_service,
    }
    return {"format_version": FORMAT_VERSION, "files": checksums(folder), "about": about}


def _read_metadata(folder: Path) -> ModelMetadata:
    return ModelMetadata.parse_mapping(read_document(folder / "metadata.json"))


def _write(model: ChurnModel, metadata: ModelMetadata, folder: Path) -> None:
    from serving.model.classifiers.classifier import save_classifier

    write_document(folder / "metadata.json", metadata.model_dump(mode="json"))
    write_document(folder / "signature.json", model.signature.to_json())
    write_document(folder / "encoder.json", model.encoder.to_json())
    write_document(folder / "calibrator.json", model.calibrator.to_json())
    write_document(folder / "segments.json", model.segments.to_json())
    if model.survival is not None:
        write_document(folder / SURVIVAL_FILE, model.survival.to_json())
    save_classifier(model.classifier, folder)
    if model.effects is not None:
        model.effects.save(folder)


def _read(folder: Path) -> ChurnModel:
    # What computes takes half a second to import; listing and promoting models do without it.
    from serving.model.calibration import Calibrator
    from serving.model.churn_model import ChurnModel
    from serving.model.classifiers.classifier import load_classifier
    from serving.model.effects import Effects
    from serving.model.encoding import Encoder
    from serving.model.segments import Segments
    from serving.model.survival import Survival

    survival = folder / SURVIVAL_FILE
    return ChurnModel(
        signature=Signature.from_json(read_document(folder / "signature.json")),
        encoder=Encoder.from_json(read_document(folder / "encoder.json")),
        classifier=load_classifier(folder),
        calibrator=Calibrator.from_json(read_document(folder / "calibrator.json")),
        segments=Segments.from_json(read_document(folder / "segments.json")),
        survival=Survival.from_json(read_document(survival)) if survival.exists() else None,
        effects=Effects.load(folder),
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
