"""Make and check the names in the store: keys of runs, handles, hashes of artifacts."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from fixviz.errors import RunNotFound

SCHEMA_VERSION = 5
"""Version of manifest and measures. Raise it when a stored run would differ from a new one."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_HANDLE = re.compile(r"[A-Za-z0-9_-]{22}")


def run_key(
    clip_sha256: str,
    sampling: Mapping[str, Any],
    models: Sequence[tuple[str, str]],
    options: Mapping[str, Any],
) -> str:
    """Return the SHA-256 (hex) of all that decides the content of a run.

    `models` holds pairs (name, checkpoint's SHA-256) in the order shown. The device is left out on
    purpose: a run computed on one device answers the same request on another.
    """
    content = {
        "schema": SCHEMA_VERSION,
        "clip": clip_sha256,
        "sampling": dict(sampling),
        "models": [list(model) for model in models],
        "options": dict(options),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def new_handle() -> str:
    """Return an unguessable name (128 random bits) that is safe in a URL and as a file name."""
    return secrets.token_urlsafe(16)


def is_handle(text: str) -> bool:
    """Tell whether `text` has the form of a handle, and so cannot lead out of its folder."""
    return _HANDLE.fullmatch(text) is not None


def is_sha256(text: str) -> bool:
    """Tell whether `text` is a SHA-256 in lower-case hex."""
    return _SHA256.fullmatch(text) is not None


def no_such_run() -> RunNotFound:
    """Return the error for a handle that is wrong, deleted or expired; it does not tell which."""
    return RunNotFound(
        "There is no such run: the link is wrong, or the run was deleted or has expired. "
        "Run the analysis again to get a new one."
    )
