from __future__ import annotations

import errno
import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bentoml
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from file_modes import mode

from serving.errors import FormatError, IntegrityError, ModelError, TransferError, UnknownModel
from serving.model.churn_model import ChurnModel
from serving.model.documents import FORMAT_VERSION
from serving.registry import transfer
from serving.registry.integrity import checksums
from serving.registry.model_files import load_metadata, load_model, save_model
from serving.registry.store import store_path, versions
from serving.registry.transfer import export_model, import_model


@pytest.fixture
def tag(build_model: Callable[[str], ChurnModel], metadata: dict[str, Any], model_store: Path) -> str:
    return save_model(build_model("extra_trees"), metadata)


@pytest.fixture
def exported(tag: str, tmp_path: Path) -> Path:
    return export_model(tag, tmp_path / "model.bentomodel")


@pytest.fixture
def other_machine(exported: Path, tmp_path: Path) -> Path:
    """Work on an empty store from here on."""
    path = tmp_path / "other" / "models"
    path.mkdir(parents=True)
    BentoMLContainer.model_store.set(ModelStore(path))
    return path


def repack(source: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same archive with other content; what a file holds may be changed, and files added or left out."""
    with tarfile.open(source) as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
    change(files)
    target = source.with_name("changed.bentomodel")
    with tarfile.open(target, "w:xz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target


def test_a_model_is_the_same_on_another_machine(
    tag: str, model_store: Path, exported: Path, other_machine: Path
) -> None:
    before = checksums(model_store.joinpath(*tag.split(":")))
    assert versions("churn") == []
    assert import_model(exported) == (tag, True)
    assert checksums(other_machine.joinpath(*tag.split(":"))) == before
    load_model(tag)
    assert load_metadata(tag).provenance.registered_by == "ann"
    assert str(bentoml.models.get("churn:latest").tag) == tag
    assert import_model(exported) == (tag, False)
    assert [path.name for path in other_machine.parent.iterdir()] == ["models"]


@pytest.mark.usefixtures("umask")
def test_nobody_else_can_read_an_export(exported: Path) -> None:
    assert mode(exported) == 0o600


def test_bentoml_reads_the_file_as_well(tag: str, exported: Path, other_machine: Path) -> None:
    assert str(bentoml.models.import_model(str(exported)).tag) == tag
    load_model(tag)


def test_another_model_of_that_tag_stays(tag: str, exported: Path, other_machine: Path) -> None:
    import_model(exported)
    file = other_machine.joinpath(*tag.split(":"), "segments.json")
    file.write_text("{}")
    with pytest.raises(TransferError, match=r"another churn:\w+, or half of it .*segments.json"):
        import_model(exported)
    assert file.read_text() == "{}"


def test_half_a_model_of_that_tag_is_not_replaced(tag: str, exported: Path, other_machine: Path) -> None:
    other_machine.joinpath(*tag.split(":")).mkdir(parents=True)
    with pytest.raises(TransferError, match="half-written"):
        import_model(exported)


def older_format(files: dict[str, bytes]) -> None:
    told = f"format_version: {FORMAT_VERSION}".encode()
    files["./model.yaml"] = files["./model.yaml"].replace(told, b"format_version: 2")
    del files["./model.yaml.sha256"]


def set_file(name: str, content: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({name: content})


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (set_file("./segments.json", b"{}"), IntegrityError, "segments.json is not the file"),
        (lambda files: files.pop("./encoder.json"), IntegrityError, "encoder.json is missing"),
        (set_file("./custom_objects.pkl", b"x"), IntegrityError, "custom_objects.pkl was added"),
        (set_file("../outside.json", b"{}"), TransferError, "which no model has"),
        (set_file("/tmp/outside.json", b"{}"), TransferError, "which no model has"),
        (set_file("inner/outside.json", b"{}"), TransferError, "which no model has"),
        (lambda files: files.pop("./model.yaml"), TransferError, "model.yaml cannot be read"),
        (set_file("./model.yaml", b"name: ["), TransferError, "model.yaml cannot be read"),
        (
            lambda files: files.update(
                {"./model.yaml": files["./model.yaml"].replace(b"name: churn", b"name: other")}
            ),
            TransferError,
            "versions of churn only",
        ),
        (older_format, FormatError, "format_version 2"),
        (
            lambda files: files.update(
                {"./model.yaml": files["./model.yaml"].replace(b"base: ", b"base: other-")}
            ),
            IntegrityError,
            "model.yaml is not the file that was registered",
        ),
        (lambda files: files.pop("./model.yaml.sha256"), IntegrityError, "model.yaml.sha256 is missing"),
    ],
)
def test_a_changed_file_is_refused_before_the_store_sees_it(
    change: Callable[[dict[str, bytes]], None],
    error: type[ModelError],
    message: str,
    exported: Path,
    other_machine: Path,
) -> None:
    changed = repack(exported, change)
    with pytest.raises(error, match=message):
        import_model(changed)
    assert versions("churn") == []
    assert versions("other") == []
    assert [path.name for path in store_path().parent.iterdir()] == ["models"]
    assert not exported.parent.joinpath("outside.json").exists()


def test_a_link_is_refused(exported: Path, other_machine: Path, tmp_path: Path) -> None:
    target = tmp_path / "link.bentomodel"
    with tarfile.open(target, "w:xz") as archive:
        link = tarfile.TarInfo("encoder.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    with pytest.raises(TransferError, match="which no model has"):
        import_model(target)


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_broken_archive_is_refused(content: bytes | None, exported: Path, other_machine: Path) -> None:
    exported.write_bytes(exported.read_bytes()[:-200] if content is None else content)
    with pytest.raises(TransferError, match="cannot be read"):
        import_model(exported)
    assert versions("churn") == []


def test_a_file_that_unpacks_without_end_is_refused(
    exported: Path, other_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "MAX_BYTES", 1000)
    with pytest.raises(TransferError, match="more than 1,000 bytes"):
        import_model(exported)


def test_a_full_disk_is_not_taken_for_a_broken_file(
    exported: Path, other_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "extract", full)
    with pytest.raises(TransferError, match=r"cannot be unpacked to .* \(No space left on device\)"):
        import_model(exported)
    assert versions("churn") == []


def test_an_export_takes_no_other_files_place(tag: str, exported: Path, tmp_path: Path) -> None:
    before = exported.read_bytes()
    with pytest.raises(TransferError, match="is there already"):
        export_model(tag, exported)
    assert exported.read_bytes() == before
    with pytest.raises(TransferError, match="must end in .bentomodel"):
        export_model(tag, tmp_path / "model.tar")
    with pytest.raises(TransferError, match="cannot be written"):
        export_model(tag, tmp_path / "nowhere" / "model.bentomodel")
    with pytest.raises(UnknownModel):
        export_model("churn:nothing", tmp_path / "nothing.bentomodel")


def test_a_broken_model_is_not_exported(tag: str, model_store: Path, tmp_path: Path) -> None:
    model_store.joinpath(*tag.split(":"), "segments.json").write_text("{}")
    with pytest.raises(IntegrityError, match="segments.json"):
        export_model(tag, tmp_path / "model.bentomodel")
    assert not (tmp_path / "model.bentomodel").exists()
