"""Keep the manifests that were read last in memory, since pages read them often."""

from __future__ import annotations

import threading
from typing import Any

from fixviz.store.codec import damaged
from fixviz.store.files import touch_rarely
from fixviz.store.keys import no_such_run
from fixviz.store.layout import Layout
from fixviz.store.manifests import read_manifest

_MANIFESTS_IN_MEMORY = 64


class ManifestMemory:
    """Hold manifests by run key; threads may share it. Other processes may delete a run at any time."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._lock = threading.Lock()
        self._manifests: dict[str, dict[str, Any]] = {}

    def get(self, key: str, use: bool = True) -> dict[str, Any]:
        """Return the stored manifest, which callers share and must not change. use: count a use of the run.

        Raises RunNotFound, or StorageError when the file is damaged.
        """
        path = self._layout.manifest(key)
        with self._lock:
            known = self._manifests.get(key)
        if known is None or not path.exists():
            try:
                known = read_manifest(self._layout, key)
            except FileNotFoundError:
                raise no_such_run() from None
            except (OSError, ValueError):
                raise damaged() from None
            with self._lock:
                while len(self._manifests) >= _MANIFESTS_IN_MEMORY:
                    self._manifests.pop(next(iter(self._manifests)))
                self._manifests[key] = known
        if use:
            touch_rarely(path)
        return known

    def forget(self, key: str) -> None:
        """Forget a manifest, so that it is read anew next time."""
        with self._lock:
            self._manifests.pop(key, None)
