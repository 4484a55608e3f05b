"""URLs that the browser fetches from, the same for the routes and for the components."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

import streamlit as st

COMPONENT_FILES = Path(__file__).resolve().parent / "watch" / "static"


def base() -> str:
    """Return the path of the app, such as /lab, without a slash at its end; follows server.baseUrlPath."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def api() -> str:
    """Return the path under which the routes live, without a slash at its end."""
    return f"{base()}/api"


def run(handle: str) -> str:
    """Return the path below which a run's manifest and artifacts are."""
    return f"{api()}/runs/{handle}"


def component_file(name: str) -> Path | None:
    """Return a file of the component by its path inside the component, such as "attention/rows.js"."""
    path = Path(os.path.normpath(COMPONENT_FILES / name))
    known = path.suffix in (".js", ".css") and path.is_relative_to(COMPONENT_FILES)
    return path if known and path.is_file() else None


@cache
def component_version() -> str:
    """Return a hash of the component's files: another version has other URLs, so no old file is used."""
    digest = hashlib.sha256()
    for path in sorted(p for p in COMPONENT_FILES.rglob("*") if p.suffix in (".js", ".css")):
        name = path.relative_to(COMPONENT_FILES).as_posix()
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def component() -> str:
    """Return the path below which the component's modules and styles are."""
    return f"{api()}/ui/{component_version()}"
