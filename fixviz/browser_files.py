"""Find the modules and styles that run in the browser: player, course, start page and the others."""

from __future__ import annotations

import hashlib
import os
import re
from functools import cache
from pathlib import Path
from typing import Final

BROWSER_FILES = Path(__file__).resolve().parent / "browser"
"""Folder of the modules and styles that run in the browser."""
PLAYER_FILES = BROWSER_FILES / "player"
_SUFFIXES = (".js", ".css")
_BUNDLES: Final = "bundle/"
"""Folder of the modules put together (`npm run bundle`), for pages that are one file."""
_IMPORT: Final = re.compile(
    r"""^(?:import|export)\b[^"';]*["'](\.{1,2}/[^"']+)["']""", re.MULTILINE
)


def browser_file(name: str) -> Path | None:
    """Return a module or style by its path, such as "player/attention/rows.js"; None if there is none."""
    path = Path(os.path.normpath(BROWSER_FILES / name))
    known = path.suffix in _SUFFIXES and path.is_relative_to(BROWSER_FILES)
    return path if known and path.is_file() else None


def browser_names() -> list[str]:
    """Return the paths of all modules and styles, relative to the folder, in order; no bundles of them."""
    paths = (path for path in BROWSER_FILES.rglob("*") if path.suffix in _SUFFIXES)
    names = (path.relative_to(BROWSER_FILES).as_posix() for path in paths)
    return sorted(name for name in names if not name.startswith(_BUNDLES))


@cache
def browser_version() -> str:
    """Return a hash of these files: another version has other URLs, so no old file is used."""
    digest = hashlib.sha256()
    for name in browser_names():
        digest.update(name.encode() + b"\0" + (BROWSER_FILES / name).read_bytes())
    return digest.hexdigest()[:12]


@cache
def imported_by(*names: str) -> tuple[str, ...]:
    """Return these modules and all that they import, as paths in the browser's folder; each once."""
    found: dict[str, None] = {}
    waiting = list(reversed(names))
    while waiting:
        name = waiting.pop()
        path = browser_file(name)
        if name in found or path is None:
            continue
        found[name] = None
        for target in _IMPORT.findall(path.read_text(encoding="utf-8")):
            there = (path.parent / target).resolve()
            waiting.append(there.relative_to(BROWSER_FILES).as_posix())
    return tuple(found)
