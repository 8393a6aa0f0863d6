from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from estimators import ESTIMATORS
from older_format import make_older
from small_cards import small_card

from serving.errors import FormatError, IntegrityError, UnknownModel
from serving.model.calibration import Calibrator
from serving.model.churn_model import ChurnModel
from serving.model.documents import FORMAT_VERSION
from serving.model.encoding import fit_encoder
from serving.model.signature import FeatureSpec, Signature
from serving.model.survival import Survival
from serving.registry.integrity import seal
from serving.registry.model_files import load_metadata, load_model, save_model

BuildModel = Callable[[str], ChurnModel]


@pytest.fixture
def tag(build_model: BuildModel, metadata: dict[str, Any], model_store: Path) -> str:
    return save_model(build_model("lightgbm"), metadata)


def folder_of(tag: str, store: Path) -> Path:
    return store.joinpath(*tag.split(":"))


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_a_registered_model_comes_back(
    kind: str, build_model: BuildModel, metadata: dict[str, Any], model_store: Path, customers: pd.DataFrame
) -> None:
    model = build_model(kind)
    loaded = load_model(save_model(model, metadata))
    assert loaded.signature == model.signature
    assert loaded.encoder == model.encoder
    assert loaded.segments.to_json() == model.segments.to_json()
    encoded = model.encoder.encode_frame(customers)
    np.testing.assert_array_equal(loaded.predict(encoded), model.predict(encoded))


SURVIVAL = Survival(
    knots=(-1.0, 1.0),
    hazards=((-4.0, -2.0), (-4.0, -3.0)),
    involuntary=0.01,
    window=4,
    margin=0.35,
    yearly_discount=0.12,
    months=24,
)


def test_a_survival_model_comes_back_and_is_as_guarded_as_the_rest(
    build_model: BuildModel, metadata: dict[str, Any], model_store: Path
) -> None:
    tag = save_model(replace(build_model("lightgbm"), survival=SURVIVAL), metadata)
    assert load_model(tag).survival == SURVIVAL
    path = folder_of(tag, model_store) / "survival.json"
    original = path.read_bytes()
    path.write_bytes(original.replace(b"0.35", b"0.36"))
    with pytest.raises(IntegrityError, match=r"survival.json is not the file that was registered"):
        load_model(tag)
    path.unlink()
    with pytest.raises(IntegrityError, match=r"survival.json is missing"):
        load_model(tag)


def test_a_model_without_a_survival_model_has_no_file_of_it(tag: str, model_store: Path) -> None:
    assert load_model(tag).survival is None
    assert not (folder_of(tag, model_store) / "survival.json").exists()


def test_metadata_comes_back(tag: str, metadata: dict[str, Any]) -> None:
    assert load_metadata(tag).model_dump(mode="json") == metadata


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_a_flipped_bit_in_any_file_names_the_file(
    kind: str, build_model: BuildModel, metadata: dict[str, Any], model_store: Path
) -> None:
    tag = save_model(build_model(kind), metadata)
    files = [path for path in folder_of(tag, model_store).iterdir() if not path.name.startswith("model.yaml")]
    assert len(files) == 7
    for path in files:
        original = path.read_bytes()
        for position in (0, len(original) // 2, len(original) - 1):
            for bit in (1, 128):
                flipped = bytearray(original)
                flipped[position] ^= bit
                path.write_bytes(flipped)
                with pytest.raises(IntegrityError, match=rf"{path.name} is not the file that was registered"):
                    load_model(tag)
        path.write_bytes(original)
    load_model(tag)


def test_a_flipped_bit_in_bentomls_own_file_names_it(tag: str, model_store: Path) -> None:
    for name in ("model.yaml", "model.yaml.sha256"):
        path = folder_of(tag, model_store) / name
        original = path.read_bytes()
        for position in range(0, len(original), 3):
            flipped = bytearray(original)
            flipped[position] ^= 1 << position % 8
            path.write_bytes(flipped)
            with pytest.raises(IntegrityError, match=r"model.yaml (is not the file|cannot be read|says)"):
                load_model(tag)
        path.write_bytes(original)
    load_model(tag)


def test_a_missing_file_is_named(tag: str, model_store: Path) -> None:
    for name in ("encoder.json", "model.yaml.sha256"):
        (folder_of(tag, model_store) / name).unlink()
        with pytest.raises(IntegrityError, match=rf"{name} is missing"):
            load_model(tag)


def test_an_added_file_is_named(tag: str, model_store: Path) -> None:
    (folder_of(tag, model_store) / "custom_objects.pkl").write_bytes(b"")
    with pytest.raises(IntegrityError, match=r"custom_objects.pkl was added"):
        load_model(tag)


def test_a_changed_checksum_does_not_help(tag: str, model_store: Path) -> None:
    folder = folder_of(tag, model_store)
    path = folder / "model.yaml"
    text = path.read_text()
    path.write_text(text.replace("calibrator.json: ", "calibrator.json: 0"))
    with pytest.raises(IntegrityError, match=r"model.yaml is not the file that was registered"):
        load_model(tag)
    seal(folder)
    with pytest.raises(FormatError, match="no checksums"):
        load_model(tag)
    path.write_text(text.replace(f"format_version: {FORMAT_VERSION}", "format_version: 9"))
    seal(folder)
    with pytest.raises(FormatError, match="format_version 9"):
        load_model(tag)


def test_an_older_format_is_told_as_such(tag: str, model_store: Path) -> None:
    make_older(folder_of(tag, model_store))
    with pytest.raises(FormatError, match=r"format_version 2 .* train again"):
        load_model(tag)


def test_the_seal_is_one_that_sha256sum_reads(tag: str, model_store: Path) -> None:
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "model.yaml.sha256"],
        cwd=folder_of(tag, model_store),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "model.yaml: OK\n")


@pytest.mark.parametrize("content", ["", "name: churn", "{{{", "- 1"])
def test_a_half_written_version_is_an_integrity_error(content: str, tag: str, model_store: Path) -> None:
    (folder_of(tag, model_store) / "model.yaml").write_text(content)
    with pytest.raises(IntegrityError, match="half-written"):
        load_model(tag)


def test_only_exact_tags_load(tag: str, model_store: Path) -> None:
    for loose in ("churn", "churn:latest", tag[:-3], "churn:nothing", ""):
        with pytest.raises(UnknownModel, match="exact tag"):
            load_model(loose)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": None}, "seed"),
        ({"card": None}, "card"),
        ({"card": small_card("base", ["tenure"])}, "card names other features"),
        ({"thresholds": {}}, "thresholds.rule"),
        ({"arm": {"sampler": "none"}}, "arm.classifier"),
        ({"shoe_size": 43}, "shoe_size"),
        ({"metrics": {"auc": float("nan")}}, "metrics.auc.float: Input should be a finite number"),
        ({"feature_service_fingerprint": "0"}, "feature service"),
    ],
)
def test_metadata_that_does_not_fit_registers_nothing(
    change: dict[str, Any],
    message: str,
    build_model: BuildModel,
    metadata: dict[str, Any],
    model_store: Path,
) -> None:
    with pytest.raises(FormatError, match=message):
        save_model(build_model("logistic"), {**metadata, **change})
    assert list(model_store.iterdir()) == []


def test_parts_that_do_not_go_together_are_refused(
    build_model: BuildModel, customers: pd.DataFrame, specs: tuple[FeatureSpec, ...], signature: Signature
) -> None:
    model = build_model("logistic")
    with pytest.raises(FormatError, match="6 columns and the encoder makes 5"):
        replace(model, encoder=fit_encoder(customers, specs[1:]))
    with pytest.raises(FormatError, match="the encoder uses Partner"):
        replace(model, signature=replace(signature, features=specs[1:]))


def test_a_model_that_gives_no_probability_is_not_registered(
    build_model: BuildModel, metadata: dict[str, Any], model_store: Path
) -> None:
    broken = Calibrator(1, 0)
    object.__setattr__(broken, "slope", float("nan"))
    with pytest.raises(FormatError):
        save_model(replace(build_model("logistic"), calibrator=broken), metadata)
    assert list(model_store.iterdir()) == []
