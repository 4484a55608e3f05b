"""Keep runs behind a URL that many machines share, such as s3://bucket/runs.

    runs/<key>.zip         one run: its manifest, derived results and artifacts, none of them compressed again
    handles/<handle>.json  who holds which run
    held/<key>-<owner>     the handle of an owner on a run; the owner as a hash

A run is one object, since an object store writes an object whole or not at all, and takes as long for a
small one as for one of some megabytes. Readers keep a copy in their own home: see `Store`. Whatever fsspec
knows can be such a store. Its credentials come from the environment.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import secrets
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from fixviz.errors import OptionError, StorageError
from fixviz.store.keys import is_handle, is_sha256, new_handle
from fixviz.store.layout import Layout
from fixviz.store.manifests import artifacts_of, unpack_manifest
from fixviz.store.records import HandleRecord

_ARTIFACTS: Final = "artifacts/"
_MANIFEST: Final = "run/manifest.json"
_DERIVED: Final = re.compile(r"run/derived/[0-9a-f]{64}\.json")
_OPTIONS: Final = {
    # Objects of other machines appear at any time.
    "use_listings_cache": False,
    # Its asynchronous connections must not be shared with a process that was forked.
    "skip_instance_cache": True,
}


class SharedRuns:
    """Put runs into a store behind a URL, and get them. Safe to use from many threads.

    Methods raise StorageError where the store does not answer.
    """

    def __init__(self, url: str) -> None:
        """Prepare; nothing is asked of the store yet. Raises OptionError where a package is missing."""
        self.url = url.rstrip("/")
        self._damaged: set[str] = set()
        try:
            import fsspec
            from fsspec.implementations.local import LocalFileSystem

            self._files, self._root = fsspec.url_to_fs(self.url, **_OPTIONS)
            self._is_folder = isinstance(self._files, LocalFileSystem)
        except ImportError as error:
            raise OptionError(
                f"A package for {self.url} is missing ({error}). For s3://, run pip install "
                '"fixviz[s3]".'
            ) from None
        except ValueError as error:
            raise OptionError(f"{self.url} is no URL of a store ({error}).") from None

    def has(self, key: str) -> bool:
        """Tell whether the store has run `key`."""
        with self._asking():
            return bool(self._files.exists(self._run(key)))

    def put(self, layout: Layout, key: str) -> None:
        """Put run `key` of a home into the store, unless it is there; in the place of one found damaged."""
        if key in self._damaged or not self.has(key):
            packed = _pack(layout, key)
            with self._asking():
                self._write(self._run(key), packed)
            self._damaged.discard(key)

    def get(self, key: str, staging: Path) -> Path | None:
        """Write run `key` into `staging`, in the form of `manifests.stage`, and return its folder.

        None where there is none, or where a file of it is not what was written. Raises OSError.
        """
        with self._asking():
            packed = self._read(self._run(key))
        if packed is None:
            return None
        try:
            return _unpack(packed, staging)
        except (ValueError, KeyError, zipfile.BadZipFile):
            self._damaged.add(key)
            return None

    def hold(self, record: HandleRecord) -> str:
        """Return the handle of the record's owner on its run: the one in the store, or a new one."""
        with self._asking():
            mark = self._held(record)
            found = (self._read(mark) or b"").decode("ascii", "replace")
            if is_handle(found) and self._read(self._handle(found)) is not None:
                return found
            handle = new_handle()
            self._write(self._handle(handle), json.dumps(asdict(record)).encode())
            self._write(mark, handle.encode())
            return handle

    def record(self, handle: str) -> HandleRecord | None:
        """Return what a handle says; None for one that the store does not have."""
        if not is_handle(handle):
            return None
        with self._asking():
            data = self._read(self._handle(handle))
        try:
            record = HandleRecord.from_dict(json.loads(data or b""))
        except (KeyError, TypeError, ValueError):
            return None
        return record if is_sha256(record.key) else None

    def release(self, handle: str, record: HandleRecord) -> None:
        """Delete a handle; the run stays, since others may hold it."""
        with self._asking():
            for path in (self._handle(handle), self._held(record)):
                try:
                    self._files.rm_file(path)
                except FileNotFoundError:
                    continue

    def _run(self, key: str) -> str:
        return f"{self._root}/runs/{key}.zip"

    def _handle(self, handle: str) -> str:
        return f"{self._root}/handles/{handle}.json"

    def _held(self, record: HandleRecord) -> str:
        owner = hashlib.sha256(record.owner.encode()).hexdigest()
        return f"{self._root}/held/{record.key}-{owner}"

    def _read(self, path: str) -> bytes | None:
        try:
            data: bytes = self._files.cat_file(path)
        except FileNotFoundError:
            return None
        return data

    def _write(self, path: str, data: bytes) -> None:
        if not self._is_folder:
            self._files.pipe_file(path, data)
            return
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        # A folder shows half a file, an object store does not.
        temporary = f"{path}.{secrets.token_hex(8)}"
        self._files.pipe_file(temporary, data)
        self._files.mv(temporary, path)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turn whatever a file system of fsspec raises into a StorageError, without what it may quote."""
        try:
            yield
        except Exception as error:
            # The text of such an error may hold an address with a signature.
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise StorageError(
                f"The store {self.url} could not be used ({reason}). Check that it is there and that the "
                "environment has its credentials, then try again."
            ) from error


def _pack(layout: Layout, key: str) -> bytes:
    """Return run `key` of a home as one file. Raises OSError."""
    run = layout.run(key)
    members: dict[str, Any] = {
        _ARTIFACTS + sha: layout.artifact(sha) for sha in sorted(artifacts_of(layout, key))
    }
    derived = layout.derived(key)
    for path in sorted(derived.glob("*.json")) if derived.is_dir() else ():
        members[f"run/{path.relative_to(run).as_posix()}"] = path
    # The manifest comes last, as in a home.
    members[_MANIFEST] = layout.manifest(key)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as pack:
        for name, path in members.items():
            # Without its time, equal runs are equal files.
            pack.writestr(zipfile.ZipInfo(name), path.read_bytes())
    return sink.getvalue()


def _unpack(packed: bytes, staging: Path) -> Path:
    """Write what `_pack` packed. Raises OSError; ValueError, KeyError or BadZipFile for a damaged one."""
    run = staging / "run"
    run.mkdir()
    with zipfile.ZipFile(io.BytesIO(packed)) as pack:
        for member in pack.infolist():
            name = member.filename
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"compressed again: {name!r}")
            if not (name == _MANIFEST or name.startswith(_ARTIFACTS) or _DERIVED.fullmatch(name)):
                raise ValueError(f"no part of a run: {name!r}")
            data = pack.read(name)
            if name.startswith(_ARTIFACTS):
                sha = name.removeprefix(_ARTIFACTS)
                if hashlib.sha256(data).hexdigest() != sha:
                    raise ValueError("an artifact differs from what was written")
                (staging / sha).write_bytes(data)
            else:
                unpack_manifest(data)
                (staging / name).parent.mkdir(exist_ok=True)
                (staging / name).write_bytes(data)
        pack.getinfo(_MANIFEST)
    return run
