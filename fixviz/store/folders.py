"""Move runs, artifacts and derived results into a home, and delete them.

Callers hold the home's lock.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from fixviz.store import expiry
from fixviz.store.files import sync_folder, touch_rarely
from fixviz.store.keys import is_sha256, no_such_run
from fixviz.store.layout import Layout
from fixviz.store.manifests import artifacts_of, is_whole
from fixviz.store.memory import ManifestMemory


class RunFolders:
    """Move staged files (see `manifests.stage`) into a home, and delete runs from it.

    All methods may raise OSError.
    """

    def __init__(self, layout: Layout, manifests: ManifestMemory) -> None:
        self._layout, self._manifests = layout, manifests

    def take_in(self, key: str, staging: Path, run: Path) -> None:
        """Make the staged folder `run` the run `key`, unless a whole run of that key exists."""
        if is_whole(self._layout, key):
            touch_rarely(self._layout.manifest(key))
            return
        self.drop(key)
        self._layout.runs.mkdir(parents=True, exist_ok=True)
        names = self._move_artifacts(staging)
        try:
            run.rename(self._layout.run(key))
        except OSError:
            self._free(names)
            raise
        sync_folder(self._layout.runs)

    def take_in_derived(self, key: str, name: str, staging: Path, manifest: Path) -> None:
        """Add a staged derived result to run `key`, or replace it. Raises RunNotFound."""
        if not is_sha256(key) or not self._layout.manifest(key).exists():
            raise no_such_run()
        self._move_artifacts(staging)
        self._layout.derived(key).mkdir(exist_ok=True)
        manifest.replace(self._layout.derived_result(key, name))

    def drop(self, key: str) -> None:
        """Delete run `key` and the artifacts that only it uses."""
        mine = artifacts_of(self._layout, key)
        self.remove(key)
        self._free(mine)

    def remove(self, key: str) -> None:
        """Delete run `key`, but not its artifacts."""
        self._manifests.forget(key)
        # The manifest is deleted first: without it, there is no run.
        self._layout.manifest(key).unlink(missing_ok=True)
        shutil.rmtree(self._layout.run(key), ignore_errors=True)

    def _move_artifacts(self, staging: Path) -> set[str]:
        """Move staged artifacts to their place, all or none, and return their names."""
        self._layout.artifacts.mkdir(parents=True, exist_ok=True)
        names = {path.name for path in staging.iterdir() if is_sha256(path.name)}
        try:
            for sha in names:
                # Replaces one of the same name too, which a power cut may have truncated.
                (staging / sha).replace(self._layout.artifact(sha))
        except OSError:
            self._free(names)
            raise
        return names

    def _free(self, artifacts: set[str]) -> None:
        """Delete those artifacts that no run uses."""
        unused = artifacts - expiry.used_artifacts(self._layout) if artifacts else artifacts
        for sha in unused:
            self._layout.artifact(sha).unlink(missing_ok=True)


def copy_run(source: Layout, key: str, staging: Path) -> Path:
    """Copy run `key` of another home into `staging`, in the form of `manifests.stage`; return its folder.

    Raises OSError.
    """
    for sha in artifacts_of(source, key):
        shutil.copyfile(source.artifact(sha), staging / sha)
    run = staging / "run"
    shutil.copytree(source.run(key), run, copy_function=shutil.copyfile)
    return run
