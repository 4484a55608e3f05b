"""Keep the handle files, which say who holds which run."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from fixviz.store.damage import damaged, unreadable
from fixviz.store.files import make_private, write_atomic
from fixviz.store.keys import is_handle, is_sha256, no_such_run
from fixviz.store.layout import Layout
from fixviz.store.records import HandleRecord

_Stamp = tuple[int, int]


class Handles:
    """Read and write handle files. Callers hold the home's lock while they write."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._known: dict[str, tuple[_Stamp, HandleRecord]] = {}
        self._finding = threading.Lock()
        # Who holds which run never changes for a handle, so that only new files must be read.
        self._seen: dict[str, tuple[str, str]] = {}
        self._held: dict[tuple[str, str], str] = {}

    def get(self, handle: str, owner: str | None = None) -> HandleRecord:
        """Return the record of `handle`.

        Raises RunNotFound, also when it belongs to another owner; DamagedRun or StorageError when the file
        is damaged or cannot be read.
        """
        if not is_handle(handle):
            raise no_such_run()
        try:
            record = _read(self._layout.handle(handle))
        except FileNotFoundError:
            raise no_such_run() from None
        except ValueError:
            raise damaged() from None
        except OSError as error:
            raise unreadable(error) from error
        if owner not in (None, record.owner):
            raise no_such_run()
        return record

    def find(self, key: str, owner: str) -> str | None:
        """Return `owner`'s handle on run `key`; None without one.

        It takes milliseconds where there are ten thousands of handles, unlike `all`. Raises StorageError.
        """
        with self._finding:
            try:
                names = self._names()
                for name in self._seen.keys() - names:
                    held = self._seen.pop(name)
                    if self._held.get(held) == name.removesuffix(".json"):
                        del self._held[held]
                for name in names - self._seen.keys():
                    self._see(self._layout.handle(name.removesuffix(".json")))
            except OSError as error:
                raise unreadable(error) from error
            return self._held.get((key, owner))

    def _names(self) -> set[str]:
        """Return the names of all handle files. Raises OSError."""
        try:
            with os.scandir(self._layout.handles) as entries:
                names = (entry.name for entry in entries)
                return {n for n in names if n.endswith(".json") and is_handle(n[:-5])}
        except FileNotFoundError:
            return set()

    def _see(self, path: Path) -> None:
        """Note who holds which run by a handle file. Raises OSError."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            record = _read(path)
            self._seen[path.name] = (record.key, record.owner)
            self._held[record.key, record.owner] = path.stem

    def put(self, handle: str, record: HandleRecord) -> None:
        """Write a handle, new or changed. Raises OSError."""
        make_private(self._layout.handles)
        write_atomic(self._layout.handle(handle), json.dumps(asdict(record)).encode(), private=True)

    def remove(self, handle: str) -> None:
        """Delete the handle if it exists."""
        self._layout.handle(handle).unlink(missing_ok=True)

    def all(self) -> dict[str, HandleRecord]:
        """Return all handles but damaged ones; open only files that are new or changed since the last call.

        Raises StorageError when one cannot be read, since then nobody knows which runs are held.
        """
        fresh: dict[str, tuple[_Stamp, HandleRecord]] = {}
        try:
            for path, stamp in self._files():
                known = self._known.get(path.stem)
                if known is not None and known[0] == stamp:
                    fresh[path.stem] = known
                else:
                    with contextlib.suppress(FileNotFoundError, ValueError):
                        fresh[path.stem] = (stamp, _read(path))
        except OSError as error:
            raise unreadable(error) from error
        self._known = fresh
        return {handle: record for handle, (_, record) in fresh.items()}

    def _files(self) -> Iterator[tuple[Path, _Stamp]]:
        folder = self._layout.handles
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.suffix != ".json" or not is_handle(path.stem):
                continue
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            yield path, (status.st_mtime_ns, status.st_ino)


def _read(path: Path) -> HandleRecord:
    """Read a handle file. Raises OSError, or ValueError when it is damaged."""
    try:
        record = HandleRecord.from_dict(json.loads(path.read_bytes()))
    except (KeyError, TypeError) as error:
        raise ValueError("not a handle") from error
    if not is_sha256(record.key):
        raise ValueError("not a handle")
    return record
