"""Addresses that the browser fetches from, the same for the routes and for the component."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import streamlit as st

COMPONENT_FILES = Path(__file__).resolve().parent / "watch" / "static"


def api() -> str:
    """Path under which the routes live, without a slash at its end; follows server.baseUrlPath."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/api" if base else "/api"


def run(handle: str) -> str:
    """Where the manifest and the artifacts of a run are."""
    return f"{api()}/runs/{handle}"


@cache
def component_version() -> str:
    """Hash over the component's files: another version has another address, so none is cached."""
    digest = hashlib.sha256()
    for path in sorted(COMPONENT_FILES.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def component() -> str:
    """Where the component's own modules and styles are."""
    return f"{api()}/ui/{component_version()}"
