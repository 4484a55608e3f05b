"""Find what may be deleted: runs unused for long, and remains of crashes.

Callers hold the home's lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fixviz.store.files import modified, sweep
from fixviz.store.keys import is_sha256
from fixviz.store.layout import Layout
from fixviz.store.manifests import artifacts_of
from fixviz.store.records import HandleRecord

DAY_S = 86_400.0
LEFT_OVER_S = 3_600.0
"""Age in seconds from which on files that nothing refers to are remains, and not being written."""


def run_keys(layout: Layout) -> list[str]:
    """Return the keys of all runs on disk."""
    if not layout.runs.is_dir():
        return []
    return [path.name for path in layout.runs.iterdir() if is_sha256(path.name)]


def expired_runs(
    layout: Layout, handles: Mapping[str, HandleRecord], run_days: float, now: float
) -> list[str]:
    """Return the keys of runs last used more than `run_days` ago, or an hour old without a handle."""
    held = {record.key for record in handles.values()}
    gone = []
    for key in run_keys(layout):
        limit = run_days * DAY_S if key in held else LEFT_OVER_S
        manifest = layout.manifest(key)
        used = modified(manifest) if manifest.exists() else modified(layout.run(key))
        if now - used > limit:
            gone.append(key)
    return gone


def used_artifacts(layout: Layout) -> set[str]:
    """Return the names of the artifacts that some run refers to. Raises OSError."""
    return set().union(*(artifacts_of(layout, key) for key in run_keys(layout)))


def sweep_left_over(layout: Layout, now: float) -> None:
    """Delete old staging folders, and old artifacts that no run refers to."""
    sweep(layout.staging, now - LEFT_OVER_S)
    used = used_artifacts(layout)
    for path in _entries(layout.artifacts):
        if path.name not in used and now - modified(path) > LEFT_OVER_S:
            path.unlink(missing_ok=True)
    for path in _entries(layout.handles):
        if path.name.startswith(".") and now - modified(path) > LEFT_OVER_S:
            path.unlink(missing_ok=True)


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
