"""Keep the manifests that were read last in memory, since pages read them often."""

from __future__ import annotations

import threading
from typing import Any

from fixviz.store.damage import damaged, unreadable
from fixviz.store.files import touch_rarely
from fixviz.store.layout import Layout
from fixviz.store.manifests import read_manifest

_MANIFESTS_IN_MEMORY = 64


_Stamp = tuple[int, int, int]


class ManifestMemory:
    """Hold manifests by run key; threads may share it.

    Other processes may delete a run, or make it anew, at any time.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._lock = threading.Lock()
        self._manifests: dict[str, tuple[_Stamp, dict[str, Any]]] = {}

    def get(self, key: str, use: bool = True) -> dict[str, Any]:
        """Return the stored manifest, which callers share and must not change. use: count a use of the run.

        Raises DamagedRun when it is missing or damaged, StorageError when it cannot be read.
        """
        path = self._layout.manifest(key)
        try:
            status = path.stat()
            stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
            with self._lock:
                known = self._manifests.get(key)
            manifest = known[1] if known and known[0] == stamp else self._read(key, stamp)
        except (FileNotFoundError, ValueError):
            raise damaged() from None
        except OSError as error:
            raise unreadable(error) from error
        if use:
            touch_rarely(path)
        return manifest

    def _read(self, key: str, stamp: _Stamp) -> dict[str, Any]:
        manifest = read_manifest(self._layout, key)
        with self._lock:
            self._manifests.pop(key, None)
            while len(self._manifests) >= _MANIFESTS_IN_MEMORY:
                self._manifests.pop(next(iter(self._manifests)))
            self._manifests[key] = (stamp, manifest)
        return manifest

    def forget(self, key: str) -> None:
        """Forget a manifest, so that it is read anew next time."""
        with self._lock:
            self._manifests.pop(key, None)
