"""Define the paths below the home folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """Return the paths of one home. Names must have been checked before (see `keys`)."""

    home: Path

    @property
    def lock(self) -> Path:
        """File that a writer locks."""
        return self.home / "store.lock"

    @property
    def artifacts(self) -> Path:
        """Folder of the artifacts."""
        return self.home / "artifacts"

    @property
    def runs(self) -> Path:
        """Folder of the runs."""
        return self.home / "runs"

    @property
    def handles(self) -> Path:
        """Folder of the handles."""
        return self.home / "handles"

    @property
    def staging(self) -> Path:
        """Folder of files that are being written."""
        return self.home / "staging"

    def artifact(self, sha: str) -> Path:
        """Return the file of one artifact."""
        return self.artifacts / sha

    def run(self, key: str) -> Path:
        """Return the folder of one run."""
        return self.runs / key

    def manifest(self, key: str) -> Path:
        """Return the manifest of one run."""
        return self.runs / key / "manifest.json"

    def derived(self, key: str) -> Path:
        """Return the folder of the results derived from one run."""
        return self.runs / key / "derived"

    def derived_result(self, key: str, name: str) -> Path:
        """Return the file of one derived result. Its name may be any text: the file is named by its hash."""
        return self.derived(key) / f"{hashlib.sha256(name.encode()).hexdigest()}.json"

    def handle(self, handle: str) -> Path:
        """Return the file of one handle."""
        return self.handles / f"{handle}.json"
