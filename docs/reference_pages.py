"""MkDocs hook: a page for every public module, so that a new module is in the reference by itself.

Left out are `fixviz.ui`, whose modules are parts of pages and not for others to call, and names that
begin with an underscore. mkdocstrings reads the source and never imports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

PACKAGE = Path(__file__).resolve().parents[1] / "fixviz"
LEFT_OUT = {"ui"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages, and name them in the navigation."""
    entries, pages = _section(PACKAGE, Path("reference"))
    for path, module in pages.items():
        files.append(File.generated(config, str(path), content=f"::: {module}\n"))
    config["nav"].append({"Reference": entries})
    return files


def _section(package: Path, place: Path) -> tuple[list[Any], dict[Path, str]]:
    """The navigation entries of a package, and its pages with the module that each shows."""
    start = place / "index.md"
    entries: list[Any] = [str(start)]
    pages = {start: _dotted(package)}
    for path in _modules(package):
        if path.is_dir():
            inner, more = _section(path, place / path.name)
            entries.append({path.name: inner})
            pages |= more
        else:
            page = place / f"{path.stem}.md"
            entries.append({path.stem: str(page)})
            pages[page] = _dotted(path)
    return entries, pages


def _modules(package: Path) -> Iterator[Path]:
    """The public packages below a package, then its public modules."""
    found = sorted(package.iterdir(), key=lambda path: (path.is_file(), path.name))
    for path in found:
        public = not path.name.startswith("_") and path.name not in LEFT_OUT
        if public and (path.suffix == ".py" or (path / "__init__.py").is_file()):
            yield path


def _dotted(path: Path) -> str:
    """The name under which Python imports the module or package."""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
