"""How arrays become artifacts: raw C-order little-endian bytes, gzipped."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fixviz.errors import StorageError

GZIP_LEVEL = 1
"""On noisy float16 maps level 1 takes half the time of level 4 and gives the same size within 1 %."""


def encode_array(array: NDArray[np.generic]) -> bytes:
    """The gzipped bytes of a numeric or boolean array of any shape.

    Equal arrays give equal bytes (no time stamp), which is what lets runs share them.
    Raises TypeError for dtypes that are not plain numbers.
    """
    if array.dtype.kind not in "biuf":
        raise TypeError(f"an artifact holds numbers or booleans, not {array.dtype}")
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return gzip.compress(little.tobytes(), GZIP_LEVEL, mtime=0)


def decode_array(data: bytes, dtype: str, shape: Sequence[int]) -> NDArray[np.generic]:
    """The array that `encode_array` wrote. Raises StorageError when the bytes are damaged."""
    kind = np.dtype(dtype).newbyteorder("<")
    try:
        raw = gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        raise damaged() from None
    if len(raw) != math.prod(shape) * kind.itemsize:
        raise damaged()
    return np.frombuffer(raw, kind).reshape(tuple(shape)).astype(np.dtype(dtype), copy=True)


def damaged() -> StorageError:
    """What a reader gets when stored bytes are not what was written."""
    return StorageError(
        "A stored file of this run is damaged; delete the run and analyze the clip again."
    )
