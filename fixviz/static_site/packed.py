"""Pack content with gzip, the same bytes every time: a plain file host cannot, and the browser unpacks it."""

from __future__ import annotations

import gzip
import json
from typing import Any


def packed(content: bytes) -> bytes:
    """Return content packed with gzip, without a time stamp."""
    return gzip.compress(content, 9, mtime=0)


def packed_json(content: Any) -> bytes:
    """Return content as packed JSON."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return packed(text.encode())
