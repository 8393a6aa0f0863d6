"""The registry file: replaced in one step, and without undoing what another process wrote meanwhile.

Feast's own file store truncates the file in place and lets the last writer win. Here a write goes to a new
file that is renamed over the old one, under a lock. If the registry has changed since we read it, our changes
are merged into it (see `registry_merge`).

The file ends with the sha256 of what stands before it, as a field that Feast does not know and leaves out.
The registry's `version_id` says that it has one. A file that Feast or version 0.2 wrote says nothing, and is
read as it is.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path

from feast.infra.registry.file import FileRegistryStore
from feast.protos.feast.core.Registry_pb2 import Registry as RegistryProto
from feast.repo_config import RegistryConfig
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it publishes no types

from feature_repo.applied import applied_document, applied_path
from feature_repo.errors import RegistryError
from feature_repo.file_lock import file_lock
from feature_repo.files import replace_file
from feature_repo.paths import REGISTRY_ENV, state_path
from feature_repo.registry_merge import forget_other_base, merge
from feature_repo.sources import SOURCE_STAMP


class AtomicFileRegistryStore(FileRegistryStore):  # type: ignore[misc]  # Feast publishes no types
    """Registry store for `registry_store_type`, on a local file.

    It extends `FileRegistryStore`, because Feast's registry checks the file's modification time only for
    those, and so notices at once what another process applied.

    Parameters
    ----------
    registry_config : RegistryConfig
        Its `path` is overridden by `STAYLINE_REGISTRY`.
    repo_path : Path
        Folder that a relative path starts from.
    """

    def __init__(self, registry_config: RegistryConfig, repo_path: Path | None) -> None:
        self._filepath = state_path(REGISTRY_ENV, registry_config.path, repo_path or Path.cwd())
        self._read = RegistryProto()

    def get_registry_proto(self) -> RegistryProto:
        """Read the registry.

        Raises
        ------
        FileNotFoundError
            There is none yet; Feast then creates one.
        RegistryError
            The file is not a registry.
        """
        registry = self._load()
        if registry is None:
            raise FileNotFoundError(f"No registry at {self._filepath}; run `feast apply`.")
        self._remember(registry)
        return registry

    def update_registry_proto(self, registry_proto: RegistryProto) -> None:
        """Write the registry; changes made by others since it was read are merged into `registry_proto`.

        Raises
        ------
        RegistryError
            `registry_proto` is not the registry that this store read or wrote last.
        """
        if registry_proto.version_id != self._read.version_id:
            raise RegistryError(f"{self._filepath} was read again meanwhile; run the command again.")
        with file_lock(self._filepath.with_name(self._filepath.name + ".lock"), wait=True):
            current = self._load() or RegistryProto()
            if current.version_id != self._read.version_id:
                registry_proto.CopyFrom(merge(self._read, registry_proto, current))
            forget_other_base(registry_proto, current)
            self._write_registry(registry_proto)
        self._remember(registry_proto)

    def teardown(self) -> None:
        """Remove the registry file."""
        super().teardown()
        applied_path(self._filepath).unlink(missing_ok=True)
        self._read = RegistryProto()

    def _load(self) -> RegistryProto | None:
        try:
            content = self._filepath.read_bytes()
        except FileNotFoundError:
            return None
        registry, whole = RegistryProto(), _unsealed(content)
        try:
            registry.ParseFromString(content if whole is None else whole)
        except DecodeError as error:
            raise RegistryError(f"{self._filepath} is no Feast registry ({error}); {_CURE}") from error
        if not registry.version_id:
            raise RegistryError(f"{self._filepath} is empty or cut short; {_CURE}")
        if whole is None and registry.version_id.startswith(_SEALED):
            raise RegistryError(f"{self._filepath} is damaged; {_CURE}")
        return registry

    def _remember(self, registry: RegistryProto) -> None:
        self._read = RegistryProto()
        self._read.CopyFrom(registry)

    def _write_registry(self, registry_proto: RegistryProto) -> None:
        for view in registry_proto.feature_views:
            # Feast stamps the view's copy of its source again on apply.
            view.spec.batch_source.meta.created_timestamp.FromDatetime(SOURCE_STAMP)
            view.spec.batch_source.meta.last_updated_timestamp.FromDatetime(SOURCE_STAMP)
        registry_proto.version_id = f"{_SEALED}{uuid.uuid4()}"
        registry_proto.last_updated.GetCurrentTime()
        content = _sealed(registry_proto.SerializeToString())
        _put(self._filepath, content)
        _put(applied_path(self._filepath), applied_document(registry_proto, content))


def _put(path: Path, content: bytes) -> None:
    """Replace a file and force the rename to disk, so that a power cut does not undo it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _sealed(content: bytes) -> bytes:
    return content + _SEAL_FIELD + hashlib.sha256(content).digest()


def _unsealed(content: bytes) -> bytes | None:
    """What stands before the seal; None if there is no seal that fits."""
    whole = content[: -len(_SEAL_FIELD) - hashlib.sha256().digest_size]
    return whole if _sealed(whole) == content else None


_CURE = "move it away and run `feast apply`, or put a backup in its place."
_SEALED = "sealed-"
# Protobuf's bytes for field 15000, of 32 bytes.
_SEAL_FIELD = b"\xc2\xa9\x07\x20"
