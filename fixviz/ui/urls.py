"""URLs that the browser fetches from, the same for the routes and for the components."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

import streamlit as st

from fixviz.course.version import course_version

BROWSER_FILES = Path(__file__).resolve().parents[1] / "browser"
"""Folder of the modules and styles that run in the browser: the player and the course."""
PLAYER_FILES = BROWSER_FILES / "player"


def base() -> str:
    """Return the path of the app, such as /lab, without a slash at its end; follows server.baseUrlPath."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def is_start(path: str) -> bool:
    """Return whether the path of a request is that of the start page, which has no name."""
    return path.rstrip("/") == base()


def page(name: str) -> str:
    """Return the path of a page, such as "watch"."""
    return f"{base()}/{name}"


def api() -> str:
    """Return the path under which the routes live, without a slash at its end."""
    return f"{base()}/api"


def run(handle: str) -> str:
    """Return the path below which a run's manifest and artifacts are."""
    return f"{api()}/runs/{handle}"


def browser_file(name: str) -> Path | None:
    """Return a module or style by its path, such as "player/attention/rows.js"."""
    path = Path(os.path.normpath(BROWSER_FILES / name))
    known = path.suffix in (".js", ".css") and path.is_relative_to(BROWSER_FILES)
    return path if known and path.is_file() else None


@cache
def browser_version() -> str:
    """Return a hash of these files: another version has other URLs, so no old file is used."""
    digest = hashlib.sha256()
    for path in sorted(p for p in BROWSER_FILES.rglob("*") if p.suffix in (".js", ".css")):
        name = path.relative_to(BROWSER_FILES).as_posix()
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def modules() -> str:
    """Return the path below which the modules and styles of the browser are."""
    return f"{api()}/ui/{browser_version()}"


def player() -> str:
    """Return the path below which the player's modules and styles are."""
    return f"{modules()}/player"


def course() -> str:
    """Return the path below which the course's modules and styles are."""
    return f"{modules()}/course"


def course_data() -> str:
    """Return the path below which the course's texts, numbers and data are."""
    return f"{api()}/course/{course_version()}"


def start() -> str:
    """Return the path below which the start page's modules and styles are."""
    return f"{modules()}/start"
