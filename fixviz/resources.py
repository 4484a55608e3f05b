"""Find the files of the app that are not code: pages, sample clips, runs, checkpoints.

In a clone they lie beside the package; in an installed wheel they lie inside it, under bundled/.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """Return the folder that holds `pages`, `assets` and `checkpoints`."""
    bundled = _PACKAGE / "bundled"
    return bundled if bundled.is_dir() else _PACKAGE.parent


def checkpoints() -> Path:
    """Return the folder of the shipped checkpoints, with one folder for each model."""
    return root() / "checkpoints"


def brand() -> Path:
    """Return the folder of the icon and the logo."""
    return root() / "assets" / "brand"


def settings_of_theme() -> Path:
    """Return the file with the app's theme."""
    return root() / ".streamlit" / "config.toml"


def results() -> Path:
    """Return the file with the results of the shipped checkpoints."""
    return root() / "docs" / "results.json"


def teaching() -> Path:
    """Return the folder of the example clips from which the models can be taught, one folder a class."""
    return root() / "assets" / "teaching"


def samples() -> Path:
    """Return the folder of the bundled sample clips."""
    return root() / "assets" / "samples"


def compared() -> Path:
    """Return the folder of the data set that comes with fixviz: sample clips and example clips."""
    return root() / "assets" / "compared"


def lessons() -> Path:
    """Return the folder of the course's texts, with one folder for each language."""
    return root() / "assets" / "lessons"


def course() -> Path:
    """Return the folder of the course pack: the run that comes with fixviz, and the lessons' data."""
    return root() / "assets" / "course"
