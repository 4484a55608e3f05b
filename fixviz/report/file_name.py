"""Names that the button and the command share."""

from __future__ import annotations

import re
from pathlib import Path


def file_name(clip: str) -> str:
    """What a report of a clip of that name is called, safe on every system."""
    stem = re.sub(r"[^\w-]+", "-", Path(clip).stem).strip("-")[:80]
    return f"{stem or 'clip'}-report.html"
