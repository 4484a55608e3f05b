"""Keep the handle files, which say who holds which run."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from fixviz.store.files import write_atomic
from fixviz.store.keys import is_handle, is_sha256, no_such_run
from fixviz.store.layout import Layout
from fixviz.store.records import HandleRecord

_Stamp = tuple[int, int]


class Handles:
    """Read and write handle files. Callers hold the home's lock while they write."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._known: dict[str, tuple[_Stamp, HandleRecord]] = {}

    def get(self, handle: str, owner: str | None = None) -> HandleRecord:
        """Return the record of `handle`. Raises RunNotFound, also when it belongs to another owner."""
        if not is_handle(handle):
            raise no_such_run()
        record = _read(self._layout.handle(handle))
        if record is None or owner not in (None, record.owner):
            raise no_such_run()
        return record

    def put(self, handle: str, record: HandleRecord) -> None:
        """Write a handle, new or changed. Raises OSError."""
        self._layout.handles.mkdir(parents=True, exist_ok=True)
        write_atomic(self._layout.handle(handle), json.dumps(asdict(record)).encode())

    def remove(self, handle: str) -> None:
        """Delete the handle if it exists."""
        self._layout.handle(handle).unlink(missing_ok=True)

    def all(self) -> dict[str, HandleRecord]:
        """Return all readable handles; open only files that are new or changed since the last call."""
        fresh: dict[str, tuple[_Stamp, HandleRecord]] = {}
        folder = self._layout.handles
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.suffix != ".json" or not is_handle(path.stem):
                continue
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            stamp = (status.st_mtime_ns, status.st_ino)
            known = self._known.get(path.stem)
            if known is not None and known[0] == stamp:
                fresh[path.stem] = known
            elif (record := _read(path)) is not None:
                fresh[path.stem] = (stamp, record)
        self._known = fresh
        return {handle: record for handle, (_, record) in fresh.items()}


def _read(path: Path) -> HandleRecord | None:
    try:
        record = HandleRecord.from_dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return record if is_sha256(record.key) else None
