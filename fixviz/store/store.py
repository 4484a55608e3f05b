"""Runs on disk: published whole or not at all, shared by content, held by private handles.

    home/artifacts/<sha256>          one compressed array or one file, named by its stored bytes
    home/runs/<key>/manifest.json    one run; its time of change is the run's last use
    home/runs/<key>/derived/*.json   what was computed from the run later, like a manifest
    home/handles/<handle>.json       who holds which run, under which title
    home/staging/<random>/           being written; never read

A run appears by one rename, after its artifacts have. A power cut can still leave an artifact short
(single files are not forced to the disk, which would cost seconds for a hundred frames), so `claim`
compares sizes and drops a run that is not whole: it is then computed again.
"""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.errors import StorageError
from fixviz.settings import Settings
from fixviz.store import expiry
from fixviz.store.codec import damaged, decode_array
from fixviz.store.files import (
    HomeLock,
    modified,
    staging_folder,
    storing,
    sync_folder,
    touch_rarely,
)
from fixviz.store.handles import Handles
from fixviz.store.keys import is_sha256, new_handle, no_such_run
from fixviz.store.layout import Layout
from fixviz.store.manifests import (
    all_manifests,
    are_stored,
    artifacts_of,
    derived_names,
    entries,
    is_whole,
    read_manifest,
    serving,
    stage,
)
from fixviz.store.records import Artifact, HandleRecord, RunInfo

_MANIFESTS_IN_MEMORY = 64
_LONGEST_TITLE = 200


class Store:
    """The runs of one home folder. Threads and processes may use the same home at the same time.

    A handle is a secret: whoever has it may read the run. `rename` and `delete` check the owner
    when given one, so that a shared link cannot be used to change or delete.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._layout = Layout(settings.home)
        self._lock = HomeLock(self._layout.lock)
        self._handles = Handles(self._layout)
        self._memory_lock = threading.Lock()
        self._manifests: dict[str, dict[str, Any]] = {}

    def add(
        self,
        key: str,
        manifest: Mapping[str, Any],
        arrays: Mapping[str, NDArray[np.generic]],
        files: Mapping[str, bytes],
    ) -> None:
        """Store the content of run `key`, which nobody holds yet; a run that is there stays.

        `manifest` is stored with "arrays" and "files" filled in: per name the artifact's sha, size
        on disk in bytes, and dtype and shape or media type. A run that nobody claims within an hour
        may be swept. Raises StorageError, with nothing left behind, when the disk is full or cannot
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
                self._move_in(key, staging, run)

    def claim(self, key: str, owner: str, name: str = "") -> str | None:
        """`owner`'s handle on run `key`: theirs if they have one, else a new one; None without a run.

        `name` is the clip's file name as this owner knows it. It becomes the title of a new handle.
        Raises StorageError when the handle cannot be written.
        """
        if not is_sha256(key) or not self._layout.run(key).exists():
            return None
        with storing("the run", self._layout.home), self._lock():
            if not is_whole(self._layout, key):
                self._drop_run(key)
                return None
            touch_rarely(self._layout.manifest(key))
            for handle, record in self._handles.all().items():
                if record.key == key and record.owner == owner:
                    return handle
            handle = new_handle()
            self._handles.put(handle, HandleRecord(key, owner, name, name, time.time()))
            return handle

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
        """`add` and `claim` in one: the owner's handle on the new run."""
        self.add(key, manifest, arrays, files)
        handle = self.claim(key, owner, name)
        if handle is None:
            raise no_such_run()
        return handle

    def add_derived(
        self,
        key: str,
        name: str,
        content: Mapping[str, Any],
        arrays: Mapping[str, NDArray[np.generic]],
    ) -> None:
        """Store something that was computed from run `key`, under a name; it goes when the run goes.

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
                if not is_sha256(key) or not self._layout.manifest(key).exists():
                    raise no_such_run()
                self._move_artifacts(staging)
                self._layout.derived(key).mkdir(exist_ok=True)
                staged.replace(self._derived_path(key, name))

    def derived(self, handle: str, name: str) -> dict[str, Any] | None:
        """What `add_derived` stored under that name; None when there is none. Raises RunNotFound."""
        key = self._handles.get(handle).key
        self._manifest(key)
        try:
            found = json.loads(self._derived_path(key, name).read_bytes())
        except (OSError, ValueError):
            return None
        return found if are_stored(self._layout, found) else None

    def derived_names(self, handle: str, prefix: str = "") -> Sequence[str]:
        """Names, in order, of all that was derived from the run and is whole. Raises RunNotFound.

        `prefix` chooses those that begin with it, such as "attribution/".
        """
        key = self._handles.get(handle).key
        self._manifest(key)
        return derived_names(self._layout, key, prefix)

    def derived_array(self, handle: str, name: str, array: str) -> NDArray[Any]:
        """An array of a derived result. Raises RunNotFound, StorageError."""
        entry = (self.derived(handle, name) or {}).get("arrays", {}).get(array)
        if entry is None:
            raise StorageError(f"This run holds no {array!r} called {name!r}.")
        return decode_array(self._read(handle, entry["sha"]), entry["dtype"], entry["shape"])

    def key_of(self, handle: str) -> str:
        """The key of the run that a handle holds. Raises RunNotFound."""
        return self._handles.get(handle).key

    def manifest(self, handle: str) -> dict[str, Any]:
        """The run's manifest (the caller's to change). Raises RunNotFound.

        The clip bears the name that the handle's owner gave it, not the one that somebody else with
        the same content gave.
        """
        record = self._handles.get(handle)
        manifest = copy.deepcopy(self._manifest(record.key))
        if record.name:
            manifest["clip"] = {**manifest.get("clip", {}), "name": record.name}
        return manifest

    def artifact(self, handle: str, sha: str) -> Artifact:
        """One artifact of the run, by its SHA-256. Raises RunNotFound, also for other runs' ones."""
        key = self._handles.get(handle).key
        found = serving(self._manifest(key), sha) or self._serving_derived(key, sha)
        if found is None or not is_sha256(sha):
            raise no_such_run()
        path = self._layout.artifact(sha)
        try:
            size = path.stat().st_size
        except OSError:
            raise no_such_run() from None
        return Artifact(path, *found, size)

    def artifact_path(self, handle: str, sha: str) -> Path:
        """Where one artifact of the run lies. Raises RunNotFound."""
        return self.artifact(handle, sha).path

    def array(self, handle: str, name: str) -> NDArray[Any]:
        """The array called `name`, with its dtype and shape. Raises RunNotFound, StorageError."""
        entry = self._entry(handle, "arrays", name)
        return decode_array(self._read(handle, entry["sha"]), entry["dtype"], entry["shape"])

    def file(self, handle: str, name: str) -> bytes:
        """The bytes of the file called `name`. Raises RunNotFound, StorageError."""
        return self._read(handle, self._entry(handle, "files", name)["sha"])

    def info(self, handle: str) -> RunInfo:
        """What a library shows of one run; does not count as a use. Raises RunNotFound."""
        record = self._handles.get(handle)
        manifest = self._manifest(record.key, use=False)
        used = modified(self._layout.manifest(record.key))
        sizes = {entry["sha"]: int(entry["bytes"]) for entry in entries(manifest)}
        return RunInfo(
            handle=handle,
            title=record.title,
            name=record.name,
            created=record.created,
            used=used,
            expires=used + self._settings.run_days * expiry.DAY_S,
            models=tuple(str(model["name"]) for model in manifest.get("models", ())),
            frames=len(manifest.get("frames", {}).get("index", ())),
            bytes=sum(sizes.values()),
            clip={**manifest.get("clip", {}), "name": record.name},
            thumbnail=self._middle_picture(manifest),
        )

    def list(self, owner: str) -> Sequence[RunInfo]:
        """The runs that `owner` holds, newest first."""
        runs = []
        for handle, record in self._handles.all().items():
            if record.owner != owner:
                continue
            try:
                runs.append(self.info(handle))
            except StorageError:
                continue  # Deleted meanwhile, or damaged: not a run that anybody can open.
        return sorted(runs, key=lambda run: run.created, reverse=True)

    def rename(self, handle: str, title: str, *, owner: str | None = None) -> None:
        """Give the handle a title (cut to 200 characters). Raises RunNotFound, StorageError."""
        with storing("the title", self._layout.home), self._lock():
            record = self._handles.get(handle, owner)
            self._handles.put(handle, replace(record, title=title.strip()[:_LONGEST_TITLE]))

    def delete(self, handle: str, *, owner: str | None = None) -> None:
        """Give the handle up; the last one of a run frees what no other run uses.

        With `owner`, only a handle of theirs. Raises RunNotFound.
        """
        with storing("the deletion", self._layout.home), self._lock():
            key = self._handles.get(handle, owner).key
            self._handles.remove(handle)
            if all(record.key != key for record in self._handles.all().values()):
                self._drop_run(key)

    def expire(self, now: float | None = None) -> int:
        """Delete runs unused for `settings.run_days`, and what crashes left. How many runs went.

        `now` is in seconds since 1970. Raises StorageError.
        """
        now = time.time() if now is None else now
        if not self._layout.home.is_dir():
            return 0
        with storing("the deletion of old runs", self._layout.home), self._lock():
            handles = self._handles.all()
            gone = expiry.expired_runs(self._layout, handles, self._settings.run_days, now)
            for key in gone:
                self._remove_folder(key)
            left = set(expiry.run_keys(self._layout))
            for handle, record in handles.items():
                if record.key not in left:
                    self._handles.remove(handle)
            expiry.sweep_left_over(self._layout, now)
        return len(gone)

    def _move_in(self, key: str, staging: Path, run: Path) -> None:
        if is_whole(self._layout, key):
            touch_rarely(self._layout.manifest(key))
            return
        self._drop_run(key)
        self._layout.runs.mkdir(parents=True, exist_ok=True)
        names = self._move_artifacts(staging)
        try:
            run.rename(self._layout.run(key))
        except OSError:
            self._free(names)
            raise
        sync_folder(self._layout.runs)

    def _move_artifacts(self, staging: Path) -> set[str]:
        """Move staged artifacts to their place, all or none; their names."""
        self._layout.artifacts.mkdir(parents=True, exist_ok=True)
        names = {path.name for path in staging.iterdir() if is_sha256(path.name)}
        try:
            for sha in names:
                # Also replaces one of the same name, which a power cut may have left short.
                (staging / sha).replace(self._layout.artifact(sha))
        except OSError:
            self._free(names)
            raise
        return names

    def _derived_path(self, key: str, name: str) -> Path:
        return self._layout.derived(key) / f"{hashlib.sha256(name.encode()).hexdigest()}.json"

    def _serving_derived(self, key: str, sha: str) -> tuple[str, str | None] | None:
        try:
            manifests = list(all_manifests(self._layout, key))[1:]
        except (OSError, ValueError):
            return None
        return next((found for m in manifests if (found := serving(m, sha))), None)

    def _drop_run(self, key: str) -> None:
        """Delete run `key` and the artifacts that only it uses."""
        mine = artifacts_of(self._layout, key)
        self._remove_folder(key)
        self._free(mine)

    def _free(self, artifacts: set[str]) -> None:
        """Delete those of the artifacts that no run uses."""
        unused = artifacts - expiry.used_artifacts(self._layout) if artifacts else artifacts
        for sha in unused:
            self._layout.artifact(sha).unlink(missing_ok=True)

    def _remove_folder(self, key: str) -> None:
        with self._memory_lock:
            self._manifests.pop(key, None)
        # The manifest goes first, so that a run is either whole or not there.
        self._layout.manifest(key).unlink(missing_ok=True)
        shutil.rmtree(self._layout.run(key), ignore_errors=True)

    def _manifest(self, key: str, use: bool = True) -> dict[str, Any]:
        """The stored manifest, kept in memory and shared: not to be changed."""
        path = self._layout.manifest(key)
        with self._memory_lock:
            known = self._manifests.get(key)
        if known is None or not path.exists():
            try:
                known = read_manifest(self._layout, key)
            except FileNotFoundError:
                raise no_such_run() from None
            except (OSError, ValueError):
                raise damaged() from None
            with self._memory_lock:
                while len(self._manifests) >= _MANIFESTS_IN_MEMORY:
                    self._manifests.pop(next(iter(self._manifests)))
                self._manifests[key] = known
        if use:
            touch_rarely(path)
        return known

    def _middle_picture(self, manifest: Mapping[str, Any]) -> Path | None:
        pictures = [name for name in manifest.get("files", {}) if name.startswith("frame/")]
        if not pictures:
            return None
        name = sorted(pictures)[len(pictures) // 2]
        path = self._layout.artifact(manifest["files"][name]["sha"])
        return path if path.is_file() else None

    def _entry(self, handle: str, kind: str, name: str) -> dict[str, Any]:
        entry = self._manifest(self._handles.get(handle).key).get(kind, {}).get(name)
        if entry is None:
            raise StorageError(f"This run holds no {kind[:-1]} called {name!r}.")
        return dict(entry)

    def _read(self, handle: str, sha: str) -> bytes:
        path = self.artifact_path(handle, sha)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise no_such_run() from None
        if hashlib.sha256(data).hexdigest() != sha:
            raise damaged()
        return data
