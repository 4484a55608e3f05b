"""Name the file of a clip's run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_MOST_BYTES: Final = 180
"""Of the name in UTF-8. Systems allow 255, and a file has a longer name while it is written."""


def file_name(clip: str) -> str:
    """Name the file of a clip's run, so that every system accepts the name."""
    stem = re.sub(r"[^\w-]+", "-", Path(clip).stem).strip("-")[:80]
    stem = stem.encode()[:_MOST_BYTES].decode(errors="ignore")
    return f"{stem or 'clip'}.html"
