"""Where things lie below the home folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """Paths of one home. The names passed in must have been checked (see `keys`)."""

    home: Path

    @property
    def lock(self) -> Path:
        """The file that a writer holds locked."""
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
        """Folder of what is being written."""
        return self.home / "staging"

    def artifact(self, sha: str) -> Path:
        """The file of one artifact."""
        return self.artifacts / sha

    def run(self, key: str) -> Path:
        """The folder of one run."""
        return self.runs / key

    def manifest(self, key: str) -> Path:
        """The manifest of one run."""
        return self.runs / key / "manifest.json"

    def derived(self, key: str) -> Path:
        """The folder of what was computed from one run later."""
        return self.runs / key / "derived"

    def derived_result(self, key: str, name: str) -> Path:
        """The file of one derived result. The name may be any text: the file has its hash."""
        return self.derived(key) / f"{hashlib.sha256(name.encode()).hexdigest()}.json"

    def handle(self, handle: str) -> Path:
        """The file of one handle."""
        return self.handles / f"{handle}.json"
