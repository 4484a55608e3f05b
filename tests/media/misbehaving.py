"""Functions that do in a worker process what bad decoders do."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from typing import Any

import numpy as np

from fixviz.media.clip import Clip
from fixviz.media.decode import decode_clip


def process_id() -> int:
    return os.getpid()


def sleep_for_ever() -> None:
    time.sleep(10_000)


def hold_the_lock_for_ever() -> None:
    """PyDLL keeps Python's global lock while C code runs, as decord's get_batch does."""
    ctypes.PyDLL(None).sleep(10_000)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(10)


def take_memory(gigabytes: int) -> int:
    return len(np.zeros(gigabytes * 2**30, dtype=np.uint8))


def crash_unless_decord(path: Any, *, decoder: str = "auto", **options: Any) -> Clip:
    if decoder != "decord":
        crash()
    return decode_clip(path, decoder="decord", **options)


def hang_always(path: Any, **options: Any) -> Clip:
    hold_the_lock_for_ever()
    raise AssertionError


def crash_always(path: Any, **options: Any) -> Clip:
    crash()
    raise AssertionError
