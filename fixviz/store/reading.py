"""Read what a run consists of, by its key: artifacts, arrays, files and derived results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from fixviz.errors import StorageError
from fixviz.store.codec import decode_array
from fixviz.store.damage import unreadable
from fixviz.store.keys import is_sha256, no_such_run
from fixviz.store.layout import Layout
from fixviz.store.manifests import (
    Entry,
    derived_manifests,
    serving,
    unpack_manifest,
)
from fixviz.store.memory import ManifestMemory
from fixviz.store.records import Artifact
from fixviz.store.soundness import Soundness


class RunReader:
    """Read runs of one home. Callers have the key from a handle, which gives permission.

    All methods count as a use of the run. They raise DamagedRun when stored files are missing or differ from
    what was written, StorageError when they cannot be read.
    """

    def __init__(self, layout: Layout, manifests: ManifestMemory, sound: Soundness) -> None:
        self._layout, self._manifests, self._sound = layout, manifests, sound

    def artifact(self, key: str, sha: str) -> Artifact:
        """Return an artifact of the run by its SHA-256. Raises RunNotFound, also for another run's."""
        found = serving(self._manifests.get(key), sha) or self._serving_derived(key, sha)
        if found is None or not is_sha256(sha):
            raise no_such_run()
        size = self._sound.check(sha).st_size
        return Artifact(self._layout.artifact(sha), *found, size)

    def array(self, key: str, name: str) -> NDArray[Any]:
        """Return the array called `name`, with its dtype and shape."""
        return self._decode(key, self._entry(key, "arrays", name))

    def file(self, key: str, name: str) -> bytes:
        """Return the bytes of the file called `name`. Raises StorageError."""
        return self._bytes(key, self._entry(key, "files", name)["sha"])

    def derived(self, key: str, name: str) -> dict[str, Any] | None:
        """Return the content of a derived result; None when there is no sound one."""
        self._manifests.get(key)
        try:
            found = unpack_manifest(self._layout.derived_result(key, name).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        except OSError as error:
            raise unreadable(error) from error
        return found if self._sound.manifest(found) else None

    def derived_names(self, key: str, prefix: str) -> list[str]:
        """Return, in order, the names with `prefix` of the sound results derived from the run."""
        self._manifests.get(key)
        names = []
        for found in self._derived_manifests(key):
            name = found.get("derived")
            if isinstance(name, str) and name.startswith(prefix) and self._sound.manifest(found):
                names.append(name)
        return sorted(names)

    def derived_array(self, key: str, name: str, array: str) -> NDArray[Any]:
        """Return an array of a derived result. Raises StorageError."""
        entry = (self.derived(key, name) or {}).get("arrays", {}).get(array)
        if entry is None:
            raise StorageError(f"This run holds no {array!r} called {name!r}.")
        return self._decode(key, entry)

    def _serving_derived(self, key: str, sha: str) -> tuple[str, str | None] | None:
        manifests = self._derived_manifests(key)
        return next((found for m in manifests if (found := serving(m, sha))), None)

    def _derived_manifests(self, key: str) -> list[dict[str, Any]]:
        try:
            return list(derived_manifests(self._layout, key))
        except OSError as error:
            raise unreadable(error) from error

    def _entry(self, key: str, kind: str, name: str) -> Entry:
        entry = self._manifests.get(key).get(kind, {}).get(name)
        if entry is None:
            raise StorageError(f"This run holds no {kind[:-1]} called {name!r}.")
        return dict(entry)

    def _decode(self, key: str, entry: Mapping[str, Any]) -> NDArray[Any]:
        return decode_array(self._bytes(key, entry["sha"]), entry["dtype"], entry["shape"])

    def _bytes(self, key: str, sha: str) -> bytes:
        path = self.artifact(key, sha).path
        try:
            return path.read_bytes()
        except OSError as error:
            raise unreadable(error) from error
