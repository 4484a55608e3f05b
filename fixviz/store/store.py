"""Store runs on disk: whole or not at all, shared by content, held by private handles.

    home/artifacts/<sha256>          one compressed array or one file, named by its stored bytes
    home/runs/<key>/manifest.json    one run; its time of change is the run's last use
    home/runs/<key>/derived/*.json   what was computed from the run later, like a manifest
    home/handles/<handle>.json       who holds which run, under which title
    home/staging/<random>/           files that are being written; never read

One rename makes a run appear, after its artifacts. A power cut can still leave an artifact short
(single files are not forced to the disk, which would cost seconds for a hundred frames), and disks fail.
So every file is checked against its SHA-256 before it is read (`soundness`), and `claim` gives no damaged
run: it is computed again, and takes the place of the damaged one for all who hold it.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.errors import DamagedRun, RunNotFound
from fixviz.settings import Settings
from fixviz.store import expiry
from fixviz.store.damage import damaged
from fixviz.store.files import HomeLock, staging_folder, storing, touch_rarely
from fixviz.store.folders import RunFolders, copy_run
from fixviz.store.handles import Handles
from fixviz.store.keys import is_sha256, new_handle, no_such_run
from fixviz.store.layout import Layout
from fixviz.store.listing import Listing
from fixviz.store.manifests import stage
from fixviz.store.memory import ManifestMemory
from fixviz.store.reading import RunReader
from fixviz.store.records import Artifact, HandleRecord, RunInfo
from fixviz.store.shared import SharedRuns
from fixviz.store.soundness import REMEMBERED, Soundness

_LONGEST_TITLE = 200


class Store:
    """Add, read and delete the runs of one home; many threads and processes may use the same home.

    A handle is a secret: whoever has it may read the run. `rename` and `delete` check the owner
    when given one, so that a shared link cannot be used to change or delete.
    """

    def __init__(self, settings: Settings, *, remembered: int = REMEMBERED) -> None:
        """Open the home of the settings. remembered: how many checked files are kept in mind.

        A program that looks at each run once needs few, and then its memory does not grow with the runs.
        """
        self._settings = settings
        self._layout = Layout(settings.home)
        self._lock = HomeLock(self._layout.lock)
        self._handles = Handles(self._layout)
        self._manifests = ManifestMemory(self._layout)
        self._sound = Soundness(self._layout, remembered)
        self._reader = RunReader(self._layout, self._manifests, self._sound)
        self._listing = Listing(self._layout, self._manifests, self._sound, settings.run_days)
        self._folders = RunFolders(self._layout, self._manifests, self._sound)
        self._shared = SharedRuns(settings.store) if settings.store else None

    def add(
        self,
        key: str,
        manifest: Mapping[str, Any],
        arrays: Mapping[str, NDArray[np.generic]],
        files: Mapping[str, bytes],
    ) -> None:
        """Store the content of run `key`, which nobody holds yet; an existing run stays.

        `manifest` is stored with "arrays" and "files" filled in: per name the artifact's sha, size
        on disk in bytes, and dtype and shape or media type. A run that nobody claims within an hour
        may be deleted. Raises StorageError, with nothing left behind, when the disk is full or cannot
        be written; ValueError for a key that is no SHA-256 or a manifest that is not JSON.
        """
        if not is_sha256(key):
            raise ValueError(f"not a run key: {key!r}")
        with (
            storing("the run", self._layout.home),
            staging_folder(self._layout.staging) as staging,
        ):
            run = stage(staging, manifest, arrays, files)
            with self._lock():
                self._folders.take_in(key, staging, run)

    def claim(
        self, key: str, owner: str, name: str = "", origin: Mapping[str, Any] | None = None
    ) -> str | None:
        """Return `owner`'s handle on run `key`, an existing or a new one; None without a sound run.

        name: the clip's file name as this owner knows it, which becomes the title of a new handle. origin:
        how the owner asked for the run, as plain JSON; the method `origin` returns it. Raises StorageError
        when the handle cannot be written.
        """
        if not is_sha256(key) or not (self._sound.run(key) or self._fetch(key)):
            return None
        with storing("the run", self._layout.home):
            # Somebody who holds the run already writes nothing, and so waits for nobody.
            held = self._held(key, owner)
            if held is not None and (origin is None or held[1].origin == origin):
                touch_rarely(self._layout.manifest(key))
                return held[0]
            with self._lock():
                return self._hand_out(key, owner, name, origin)

    def _hand_out(
        self, key: str, owner: str, name: str, origin: Mapping[str, Any] | None
    ) -> str | None:
        """Return a handle that is written now. Callers hold the lock."""
        if not self._sound.run(key):
            return None
        touch_rarely(self._layout.manifest(key))
        held = self._held(key, owner)
        if held is None:
            handle, record = new_handle(), HandleRecord(key, owner, name, name, time.time())
        else:
            handle, record = held
        self._handles.put(handle, replace(record, origin=origin or record.origin))
        return handle

    def _held(self, key: str, owner: str) -> tuple[str, HandleRecord] | None:
        """Return `owner`'s handle on run `key` with its record. Raises StorageError."""
        handle = self._handles.find(key, owner)
        if handle is None:
            return None
        try:
            return handle, self._handles.get(handle, owner)
        except (RunNotFound, DamagedRun):
            return None

    def publish(
        self,
        key: str,
        manifest: Mapping[str, Any],
        arrays: Mapping[str, NDArray[np.generic]],
        files: Mapping[str, bytes],
        *,
        owner: str = "",
        name: str = "",
    ) -> str:
        """Do `add` and `claim`; return the owner's handle on the new run."""
        self.add(key, manifest, arrays, files)
        handle = self.claim(key, owner, name)
        if handle is None:
            raise no_such_run()
        return handle

    def share(self, handle: str) -> str:
        """Put a run into the store that machines share, if the settings name one; return its handle there.

        Without one, that is the same handle. Raises RunNotFound, StorageError.
        """
        if self._shared is None:
            return handle
        record = self._handles.get(handle)
        with storing("the run", self._layout.home):
            self._shared.put(self._layout, record.key)
            return self._shared.hold(record)

    def _fetch(self, key: str) -> bool:
        """Copy a run from the shared store, and tell whether that has it."""
        if self._shared is None:
            return False
        with (
            storing("the run", self._layout.home),
            staging_folder(self._layout.staging) as staging,
        ):
            run = self._shared.get(key, staging)
            if run is None:
                return False
            with self._lock():
                self._folders.take_in(key, staging, run)
        return True

    def _record(self, handle: str, owner: str | None = None) -> HandleRecord:
        """Return the record of a handle of this home, or of the shared store, which is copied with its run.

        Raises as `Handles.get`.
        """
        try:
            return self._handles.get(handle, owner)
        except RunNotFound:
            if self._shared is None or not self._take_handle(handle):
                raise
        return self._handles.get(handle, owner)

    def _take_handle(self, handle: str) -> bool:
        """Copy a handle and its run from the shared store; tell whether it is new here."""
        assert self._shared is not None
        record = self._shared.record(handle)
        if record is None or self._layout.handle(handle).exists():
            return False
        if not self._sound.run(record.key) and not self._fetch(record.key):
            return False
        with storing("the run", self._layout.home), self._lock():
            self._handles.put(handle, record)
        return True

    def take_over(self, key: str, home: Path) -> bool:
        """Copy run `key` with its derived results from another home; return whether that home has it.

        An existing run stays, and a run there that is damaged counts as none. Nobody holds the run yet,
        as after `add`. Raises StorageError when it cannot be written.
        """
        source = Layout(home)
        if not is_sha256(key) or not Soundness(source).run(key):
            return False
        with (
            storing("the run", self._layout.home),
            staging_folder(self._layout.staging) as staging,
        ):
            run = copy_run(source, key, staging)
            with self._lock():
                self._folders.take_in(key, staging, run)
        return True

    def add_derived(
        self,
        key: str,
        name: str,
        content: Mapping[str, Any],
        arrays: Mapping[str, NDArray[np.generic]],
    ) -> None:
        """Store a result computed from run `key` under a name; it is deleted with the run.

        `content` is plain JSON and is stored with "arrays" filled in, as in a manifest, and with the
        name under "derived". Raises StorageError when it cannot be written, RunNotFound when the run
        is gone.
        """
        with (
            storing("the result", self._layout.home),
            staging_folder(self._layout.staging) as staging,
        ):
            staged = stage(staging, {**content, "derived": name}, arrays, {}) / "manifest.json"
            with self._lock():
                self._folders.take_in_derived(key, name, staging, staged)

    def derived(self, handle: str, name: str) -> dict[str, Any] | None:
        """Return what `add_derived` stored under that name; None without one. Raises RunNotFound."""
        return self._reader.derived(self.key_of(handle), name)

    def derived_names(self, handle: str, prefix: str = "") -> Sequence[str]:
        """Return, in order, the names of all sound results derived from the run. Raises RunNotFound.

        prefix: start of the names, such as "attribution/".
        """
        return self._reader.derived_names(self.key_of(handle), prefix)

    def derived_array(self, handle: str, name: str, array: str) -> NDArray[Any]:
        """Return an array of a derived result. Raises RunNotFound, StorageError."""
        return self._reader.derived_array(self.key_of(handle), name, array)

    def check(self, handle: str) -> None:
        """Raise DamagedRun when a file of the run is missing or differs from what was written.

        Also raises RunNotFound, StorageError. Files that have not changed since are not read again.
        """
        if not self._sound.manifest(self._manifests.get(self.key_of(handle))):
            raise damaged()

    def origin(self, handle: str, owner: str) -> Mapping[str, Any] | None:
        """Return how `owner` asked for the run, as given to `claim`; None for a run of an earlier version.

        Raises RunNotFound, also when the handle belongs to another owner.
        """
        return self._record(handle, owner).origin

    def origins(self, owner: str | None = None) -> Sequence[Mapping[str, Any]]:
        """Return how all runs were asked for, as far as it is known. Raises StorageError.

        owner: of this owner's runs only.
        """
        records = self._handles.all().values()
        return [
            record.origin
            for record in records
            if record.origin is not None and owner in (None, record.owner)
        ]

    def keys_of(self, owner: str) -> Set[str]:
        """Return the keys of the runs that `owner` holds. Raises StorageError."""
        return {record.key for record in self._handles.all().values() if record.owner == owner}

    def bytes_of(self, keys: Iterable[str]) -> int:
        """Return the bytes of these runs on disk, without what was derived from them.

        An artifact of several of them counts once, and a run that cannot be read not at all.
        """
        sizes: dict[str, int] = {}
        for key in keys:
            sizes |= self._listing.sizes(key)
        return sum(sizes.values())

    def key_of(self, handle: str) -> str:
        """Return the key of the run that a handle holds. Raises RunNotFound."""
        return self._record(handle).key

    def manifest(self, handle: str) -> dict[str, Any]:
        """Return a copy of the run's manifest. Raises RunNotFound.

        The clip has the name that the handle's owner gave it, also in the notes; other owners may have
        given the same content other names.
        """
        record = self._record(handle)
        manifest = copy.deepcopy(self._manifests.get(record.key))
        if record.name:
            clip = manifest.get("clip", {})
            given, own = f"'{clip.get('name')}'", f"'{record.name}'"
            if notes := manifest.get("notes"):
                manifest["notes"] = [note.replace(given, own) for note in notes]
            manifest["clip"] = {**clip, "name": record.name}
        return manifest

    def artifact(self, handle: str, sha: str) -> Artifact:
        """Return an artifact of the run by its SHA-256. Raises RunNotFound, also for another run's."""
        return self._reader.artifact(self.key_of(handle), sha)

    def artifact_path(self, handle: str, sha: str) -> Path:
        """Return the path of an artifact of the run. Raises RunNotFound."""
        return self.artifact(handle, sha).path

    def array(self, handle: str, name: str) -> NDArray[Any]:
        """Return the array called `name`, with its dtype and shape. Raises RunNotFound, StorageError."""
        return self._reader.array(self.key_of(handle), name)

    def file(self, handle: str, name: str) -> bytes:
        """Return the bytes of the file called `name`. Raises RunNotFound, StorageError."""
        return self._reader.file(self.key_of(handle), name)

    def info(self, handle: str) -> RunInfo:
        """Describe one run for a library; does not count as a use.

        Raises RunNotFound, DamagedRun, StorageError.
        """
        return self._listing.info(handle, self._record(handle))

    def held(self) -> Set[tuple[str, str]]:
        """Return the keys of all runs that anybody holds, each with the names of the clip."""
        return {(record.key, record.name) for record in self._handles.all().values()}

    def list(self, owner: str) -> Sequence[RunInfo]:
        """Return the runs that `owner` holds, newest first; `fault` says why one cannot be opened.

        Raises StorageError.
        """
        return self._listing.runs(self._handles.all(), owner)

    def rename(self, handle: str, title: str, *, owner: str | None = None) -> None:
        """Give the handle a title (cut to 200 characters). Raises RunNotFound, StorageError."""
        self._record(handle, owner)
        with storing("the title", self._layout.home), self._lock():
            record = self._handles.get(handle, owner)
            self._handles.put(handle, replace(record, title=title.strip()[:_LONGEST_TITLE]))

    def delete(self, handle: str, *, owner: str | None = None) -> None:
        """Delete the handle; with the last handle of a run, delete the run and the artifacts of it alone.

        owner: delete a handle of this owner only. In a shared store the handle is deleted and the run stays.
        Raises RunNotFound, StorageError.
        """
        record = self._record(handle, owner)
        if self._shared is not None:
            self._shared.release(handle, record)
        with storing("the deletion", self._layout.home), self._lock():
            key = self._handles.get(handle, owner).key
            # Looked up first: a list that cannot be read must not look like nobody else's.
            held = [other for other, record in self._handles.all().items() if record.key == key]
            self._handles.remove(handle)
            if held == [handle]:
                self._folders.drop(key)

    def expire(self, now: float | None = None) -> int:
        """Delete runs unused for `settings.run_days`, and remains of crashes; return how many runs.

        `now` is in seconds since 1970. Raises StorageError.
        """
        now = time.time() if now is None else now
        if not self._layout.home.is_dir():
            return 0
        with storing("the deletion of old runs", self._layout.home), self._lock():
            handles = self._handles.all()
            days = self._settings.run_days
            gone = set(expiry.expired_runs(self._layout, handles, days, now))
            for key in gone:
                self._folders.remove(key)
            left = set(expiry.run_keys(self._layout))
            for handle, record in handles.items():
                # A run that is missing for another reason stays listed as damaged, until its time is over.
                lost = record.key not in left and now - record.created > days * expiry.DAY_S
                if record.key in gone or lost:
                    self._handles.remove(handle)
            expiry.sweep_left_over(self._layout, now)
        return len(gone)
