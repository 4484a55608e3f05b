"""Reading videos in a process that can be killed: what the rest of fixviz calls.

A decoder that hangs for ever, crashes or runs out of memory on a damaged file ends its process,
not this one; the caller gets one clear error and the next call works.
"""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from fixviz.errors import (
    DecodeTimeout,
    MediaError,
    OptionError,
    UnreadableVideo,
    WorkerCrashed,
)
from fixviz.media.clip import Clip, Crop, VideoInfo
from fixviz.media.decode import Decoder, decode_clip, read_info
from fixviz.media.files import check_file, safe_name
from fixviz.media.pool import KillablePool, in_daemon_process
from fixviz.settings import Settings

T = TypeVar("T")

# Three times what a 4K film takes.
_MEMORY_BYTES = 2 * 2**30
_PROBE_TIMEOUT_S = 20.0
# Two, so that a file that hangs does not keep everybody else's waiting.
_pool = KillablePool(2, preload=("fixviz.media.decode",), memory_bytes=_MEMORY_BYTES, confined=True)
atexit.register(_pool.close)


def read_clip(
    path: str | os.PathLike[str],
    *,
    rate_hz: float = 8.0,
    start_s: float = 0.0,
    end_s: float | None = None,
    frames: int | None = None,
    crop: Crop | None = None,
    settings: Settings | None = None,
    decoder: Decoder = "auto",
    next_frames: bool = True,
    should_stop: Callable[[], bool] | None = None,
) -> Clip:
    """Return the frames of a video on screen at start_s, start_s + 1/rate_hz, ... up to `end_s` (seconds).

    At most `frames` and never more than `settings.max_frames`; `crop` is (left, top, width,
    height) in native pixels. The table of formats is `fixviz.media.containers`. With the decoder
    "auto", PyAV decodes, and decord tries where PyAV crashed.

    `should_stop` is asked every tenth of a second. In a daemonic process, which may not start
    others, the clip is decoded right there, without a time limit. `next_frames`: also keep the next
    native frame that differs from each, from which an analysis measures motion (twice the memory,
    while decoding three times).

    Raises UnreadableVideo, VideoTooLarge, DecodeTimeout (after `settings.decode_timeout_s`),
    OptionError, JobCancelled.
    """
    settings = settings or Settings.from_env()
    # Absolute: the decoding process may have started in another folder.
    path = check_file(path, settings)
    options: dict[str, Any] = {
        "rate_hz": rate_hz,
        "start_s": start_s,
        "end_s": end_s,
        "frames": frames,
        "crop": crop,
        "settings": settings,
        "next_frames": next_frames,
    }
    if in_daemon_process():
        return decode_clip(path, **options, decoder=decoder)
    limit = settings.decode_timeout_s
    started = time.monotonic()
    try:
        return _run(path, limit, limit, should_stop, decode_clip, path, **options, decoder=decoder)
    except _DecoderCrashed:
        if decoder != "auto":
            raise
        rest = max(limit / 2, limit - (time.monotonic() - started))
        options["decoder"] = "decord"
        with suppress(MediaError, OptionError):
            return _run(path, rest, limit, should_stop, decode_clip, path, **options)
        raise


def probe(path: str | os.PathLike[str], settings: Settings | None = None) -> VideoInfo:
    """Describe a video file: size, rate, duration, codec, hash. Decodes one frame only.

    Raises UnreadableVideo, VideoTooLarge, DecodeTimeout.
    """
    settings = settings or Settings.from_env()
    path = check_file(path, settings)
    if in_daemon_process():
        return read_info(path, settings)
    limit = min(_PROBE_TIMEOUT_S, settings.decode_timeout_s)
    return _run(path, limit, limit, None, read_info, path, settings)


def read_with(
    function: Callable[..., T], path: str | os.PathLike[str], *args: Any, settings: Settings
) -> T:
    """Return `function(path, *args, settings)`, an importable function, from the decoding process.

    It has `settings.decode_timeout_s` seconds. Raises what it raises, UnreadableVideo, DecodeTimeout.
    """
    if in_daemon_process():
        return function(path, *args, settings)
    limit = settings.decode_timeout_s
    return _run(path, limit, limit, None, function, path, *args, settings)


def warm_up() -> None:
    """Start the decoding processes now, so that the first video does not wait for them."""
    _pool.warm_up()


class _DecoderCrashed(UnreadableVideo):
    """The process that decoded the file died."""


def _run(
    path: str | os.PathLike[str],
    timeout_s: float,
    stated_limit_s: float,
    should_stop: Callable[[], bool] | None,
    function: Callable[..., T],
    *args: Any,
    **kwargs: Any,
) -> T:
    """Run a decoding function in the pool; turn its end into an error about the file."""
    name = safe_name(path)
    try:
        return _pool.run(timeout_s, should_stop, function, *args, **kwargs)
    except TimeoutError:
        raise DecodeTimeout(
            f"Decoding '{name}' took longer than {stated_limit_s:g} s and was stopped; use a "
            "shorter or smaller video, or convert it to H.264 mp4."
        ) from None
    except MemoryError:
        raise UnreadableVideo(
            f"Decoding '{name}' needs more memory than a decoder may use; scale the video down."
        ) from None
    except WorkerCrashed:
        raise _DecoderCrashed(
            f"The decoder crashed on '{name}', which is probably damaged; convert it to H.264 mp4."
        ) from None
