"""Read what a run consists of, by its key: artifacts, arrays, files and derived results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from fixviz.errors import StorageError
from fixviz.store.codec import damaged, decode_array
from fixviz.store.keys import is_sha256, no_such_run
from fixviz.store.layout import Layout
from fixviz.store.manifests import Entry, all_manifests, are_stored, serving
from fixviz.store.memory import ManifestMemory
from fixviz.store.records import Artifact


class RunReader:
    """Read runs of one home. Callers have the key from a handle, which gives permission.

    All methods count as a use of the run, and raise RunNotFound without one.
    """

    def __init__(self, layout: Layout, manifests: ManifestMemory) -> None:
        self._layout, self._manifests = layout, manifests

    def artifact(self, key: str, sha: str) -> Artifact:
        """Return an artifact of the run by its SHA-256. Raises RunNotFound, also for another run's."""
        found = serving(self._manifests.get(key), sha) or self._serving_derived(key, sha)
        if found is None or not is_sha256(sha):
            raise no_such_run()
        path = self._layout.artifact(sha)
        try:
            size = path.stat().st_size
        except OSError:
            raise no_such_run() from None
        return Artifact(path, *found, size)

    def array(self, key: str, name: str) -> NDArray[Any]:
        """Return the array called `name`, with its dtype and shape. Raises StorageError."""
        return self._decode(key, self._entry(key, "arrays", name))

    def file(self, key: str, name: str) -> bytes:
        """Return the bytes of the file called `name`. Raises StorageError."""
        return self._bytes(key, self._entry(key, "files", name)["sha"])

    def derived(self, key: str, name: str) -> dict[str, Any] | None:
        """Return the content of a derived result; None when there is no whole one."""
        self._manifests.get(key)
        try:
            found = json.loads(self._layout.derived_result(key, name).read_bytes())
        except (OSError, ValueError):
            return None
        return found if are_stored(self._layout, found) else None

    def derived_array(self, key: str, name: str, array: str) -> NDArray[Any]:
        """Return an array of a derived result. Raises StorageError."""
        entry = (self.derived(key, name) or {}).get("arrays", {}).get(array)
        if entry is None:
            raise StorageError(f"This run holds no {array!r} called {name!r}.")
        return self._decode(key, entry)

    def _serving_derived(self, key: str, sha: str) -> tuple[str, str | None] | None:
        try:
            manifests = list(all_manifests(self._layout, key))[1:]
        except (OSError, ValueError):
            return None
        return next((found for m in manifests if (found := serving(m, sha))), None)

    def _entry(self, key: str, kind: str, name: str) -> Entry:
        entry = self._manifests.get(key).get(kind, {}).get(name)
        if entry is None:
            raise StorageError(f"This run holds no {kind[:-1]} called {name!r}.")
        return dict(entry)

    def _decode(self, key: str, entry: Mapping[str, Any]) -> NDArray[Any]:
        return decode_array(self._bytes(key, entry["sha"]), entry["dtype"], entry["shape"])

    def _bytes(self, key: str, sha: str) -> bytes:
        try:
            data = self.artifact(key, sha).path.read_bytes()
        except FileNotFoundError:
            raise no_such_run() from None
        if hashlib.sha256(data).hexdigest() != sha:
            raise damaged()
        return data
