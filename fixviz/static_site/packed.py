"""Pack content for a plain file host, which cannot: the browser unpacks it (player/packed.js).

Everything is packed with gzip, the same bytes every time. Arrays are put into another order before, in which
gzip finds more: `filter` in the entry of the manifest says which.
"""

from __future__ import annotations

import gzip
import json
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SHUFFLE: Final = "shuffle"
"""The first bytes of all values, then their second bytes, and so on."""
DELTA: Final = "delta"
"""Each byte less the one of the same place in the slice before, along the first axis, modulo 256."""


def packed(content: bytes) -> bytes:
    """Return content packed with gzip, without a time stamp."""
    return gzip.compress(content, 9, mtime=0)


def packed_json(content: Any) -> bytes:
    """Return content as packed JSON."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return packed(text.encode())


def packed_array(array: NDArray[np.generic]) -> tuple[bytes, str]:
    """Return a numeric array packed, and the name of its filter."""
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    if little.dtype == np.uint8:
        before = np.concatenate([np.zeros_like(little[:1]), little[:-1]])
        return packed((little - before).tobytes()), DELTA
    values = np.frombuffer(little.tobytes(), np.uint8).reshape(-1, little.dtype.itemsize)
    return packed(values.T.tobytes()), SHUFFLE
