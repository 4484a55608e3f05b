"""Where the page files are."""

from __future__ import annotations

from pathlib import Path

from fixviz import resources


def page_file(section: str, name: str) -> Path:
    """The file of a page, such as page_file("inspect", "watch")."""
    return resources.root() / "pages" / section / f"{name}.py"
