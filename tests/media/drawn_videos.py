"""Videos whose frames say their own number, so that a test knows what it must see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream

HEIGHT, WIDTH, FRAMES, FPS = 2 * 31, 2 * 53, 41, 24
_BITS, _BLOCK = 6, 16


def drawn_frame(number: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Six blocks at the top are the bits of `number`; bottom left is red, bottom right blue."""
    y, x = np.mgrid[0:height, 0:width]
    frame = np.stack([90 + 0 * x, 60 + x, 60 + y], -1).astype(np.uint8)
    for bit in range(_BITS):
        frame[:_BLOCK, bit * _BLOCK : (bit + 1) * _BLOCK] = 235 if number >> bit & 1 else 20
    frame[-_BLOCK:, :_BLOCK] = (220, 30, 30)
    frame[-_BLOCK:, -_BLOCK:] = (30, 30, 220)
    return frame


def number_in(frame: np.ndarray) -> int:
    """The number that a (decoded) drawn frame says."""
    bits = (frame[4:12, b * _BLOCK + 4 : b * _BLOCK + 12].mean() > 128 for b in range(_BITS))
    return sum(1 << b for b, on in enumerate(bits) if on)


def write_video(
    path: Path,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    *,
    frames: int = FRAMES,
    size: tuple[int, int] = (HEIGHT, WIDTH),
    fps: int = FPS,
    options: dict[str, str] | None = None,
    milliseconds: Sequence[int] | None = None,
    prepare: Callable[[VideoStream], None] | None = None,
    draw: Callable[[int, int, int], np.ndarray] = drawn_frame,
    pixels: str = "rgb24",
    format: str | None = None,
) -> Path:
    """Write a drawn video; `milliseconds` gives each frame its own time (variable frame rate).

    `prepare` sets what else there is to set of the stream; `draw` makes frame (number, height, width) in the
    format `pixels`; `format` is the container where the name does not say it.
    """
    with av.open(str(path), "w", format=format) as container:
        stream = container.add_stream(codec, rate=fps, options=options or {})
        stream.height, stream.width = size
        stream.pix_fmt = pix_fmt
        if prepare is not None:
            prepare(stream)
        if milliseconds is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for k in range(frames):
            frame = av.VideoFrame.from_ndarray(draw(k, *size), format=pixels)
            if milliseconds is not None:
                frame.pts, frame.time_base = milliseconds[k], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_sound(path: Path) -> Path:
    """A file with a sound track only."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        samples = np.zeros((1, 4096), dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
