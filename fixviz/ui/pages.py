"""Where the page files are."""

from __future__ import annotations

from pathlib import Path

from fixviz import resources


def page_file(section: str | None, name: str) -> Path:
    """Return the file of a page, such as page_file("inspect", "watch").

    section: None for a page that has no section.
    """
    return resources.root() / "pages" / (section or "") / f"{name}.py"
