"""Name the file of a clip's run."""

from __future__ import annotations

import re
from pathlib import Path


def file_name(clip: str) -> str:
    """Name the file of a clip's run, so that every system accepts the name."""
    stem = re.sub(r"[^\w-]+", "-", Path(clip).stem).strip("-")[:80]
    return f"{stem or 'clip'}.html"
