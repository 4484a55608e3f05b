"""Move runs, artifacts and derived results into a home, and delete them.

Callers hold the home's lock.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from fixviz.store import expiry
from fixviz.store.files import make_private, sync_folder, touch_rarely
from fixviz.store.keys import is_sha256, no_such_run
from fixviz.store.layout import Layout
from fixviz.store.manifests import artifacts_of
from fixviz.store.memory import ManifestMemory
from fixviz.store.soundness import Soundness


class RunFolders:
    """Move staged files (see `manifests.stage`) into a home, and delete runs from it.

    All methods may raise OSError.
    """

    def __init__(self, layout: Layout, manifests: ManifestMemory, sound: Soundness) -> None:
        self._layout, self._manifests, self._sound = layout, manifests, sound

    def take_in(self, key: str, staging: Path, run: Path) -> None:
        """Make the staged folder `run` the run `key`, unless a sound run of that key exists.

        A damaged one is mended in its place, for all who hold it: at no time there is no run.
        """
        if self._sound.run(key):
            touch_rarely(self._layout.manifest(key))
            return
        make_private(self._layout.runs)
        before = artifacts_of(self._layout, key)
        names = self._move_artifacts(staging)
        try:
            self._put(key, run)
        except OSError:
            self._free(names)
            raise
        self._manifests.forget(key)
        self._free(before - names)

    def take_in_derived(self, key: str, name: str, staging: Path, manifest: Path) -> None:
        """Add a staged derived result to run `key`, or replace it. Raises RunNotFound."""
        if not is_sha256(key) or not self._layout.manifest(key).exists():
            raise no_such_run()
        self._move_artifacts(staging)
        make_private(self._layout.derived(key))
        manifest.replace(self._layout.derived_result(key, name))

    def _put(self, key: str, run: Path) -> None:
        """Move the staged folder `run` to its place, or its files into the folder that is there."""
        target = self._layout.run(key)
        if not target.exists():
            run.rename(target)
            sync_folder(self._layout.runs)
            return
        derived = run / self._layout.derived(key).name
        for path in derived.iterdir() if derived.is_dir() else ():
            make_private(self._layout.derived(key))
            path.replace(self._layout.derived(key) / path.name)
        manifest = self._layout.manifest(key)
        (run / manifest.name).replace(manifest)
        sync_folder(target)

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
        make_private(self._layout.artifacts)
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
