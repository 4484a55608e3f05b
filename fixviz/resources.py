"""Where the files are that belong to the app but are not code: pages, sample clips, checkpoints.

In a clone they lie beside the package; in an installed wheel they lie inside it, under bundled/.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """The folder that holds `pages`, `assets` and `checkpoints`."""
    bundled = _PACKAGE / "bundled"
    return bundled if bundled.is_dir() else _PACKAGE.parent


def checkpoints() -> Path:
    """The folder of the shipped checkpoints, one folder a model."""
    return root() / "checkpoints"


def results() -> Path:
    """The file with what was measured of the shipped checkpoints."""
    return root() / "docs" / "results.json"


def samples() -> Path:
    """The folder of the bundled sample clips."""
    return root() / "assets" / "samples"
