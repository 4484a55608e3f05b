"""Frames by decord, for those who ask for it and where PyAV crashes: what can be proved of them.

decord is installed on x86-64 Linux and Windows only. What was measured with decord 0.6:
- behind a keyframe with leading pictures (open GOP), a seek ends at another frame than asked for, by up to
  dozens, and nothing tells: so it never seeks here. It decodes from the start, and counts as long as the
  file has frames: only when it finds exactly as many is the number of each one proved;
- it turns frames upright itself in some containers, but does not mirror them; its AVI timestamps are
  garbage; it cannot open GIF or AV1;
- 8-bit 4:2:0, 4:2:2 and 4:4:4 video of even size comes out bit for bit as from PyAV. For odd sizes
  and deeper samples its older swscale interpolates color differently (a mean of 2 to 3 levels of
  255 on saturated test patterns);
- damaged files can make it repeat frames, miscount, or hang for ever;
- it keeps many frames: 4 GB for a film of 3840 x 2160, of which PyAV takes 0.6 GB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from fixviz.media.containers import container_named
from fixviz.media.display import Display
from fixviz.media.frame_table import FrameTable
from fixviz.media.light import Light
from fixviz.media.pyav_frames import Picture, decoder_threads

# Any damaged frame is an error: by default decord fills in copies of other frames in silence.
_NO_DAMAGE = 1e-9
_MOST_PIXELS = 1920 * 1200
_SAME_PICTURE = 16.0
"""Mean difference, of 255, up to which two decoders have decoded the same picture."""


class DecordFailed(Exception):
    """decord could not deliver the frames, or not so that their numbers are proved."""


def decord_installed() -> bool:
    """Tell whether decord can be imported (without importing it)."""
    return find_spec("decord") is not None


def decord_reads(container: str, first: VideoFrame) -> bool:
    """Tell whether decord opens this kind of file, and shows its first picture as a player does.

    Frames larger than full HD would take more memory than a decoder may use.
    """
    if first.width * first.height > _MOST_PIXELS:
        return False
    opaque = not any(component.is_alpha for component in first.format.components)
    return container_named(container).by_decord and opaque and Light.of(first) is None


def decord_frames(
    path: Path, wanted: Sequence[int], table: FrameTable, first: VideoFrame, display: Display
) -> Iterator[Picture]:
    """Yield the frames `wanted` (ascending, each once) of a file whose first frame, by PyAV, is `first`.

    Raises DecordFailed, and that at the end, too: take nothing before.
    """
    count = len(table.timestamps)
    try:
        import decord

        decord.logging.set_level(decord.logging.QUIET)
        reader = decord.VideoReader(str(path), num_threads=decoder_threads(), fault_tol=_NO_DAMAGE)
        found = len(reader)
    except Exception as error:  # decord raises OSError, RuntimeError, AssertionError and its own
        raise DecordFailed("decord cannot open the file") from error
    if found != count:
        raise DecordFailed(f"decord finds {found} frames, the file holds {count}")
    turns = 0
    ask = set(wanted)
    for number in range(count):
        try:
            turned = reader.next().asnumpy()
        except Exception as error:
            raise DecordFailed("decord cannot decode all frames") from error
        if number == 0:
            turns = _quarter_turns(turned, first)
        if number in ask:
            yield Picture(number, number, display.upright(np.rot90(turned, turns)))


def _quarter_turns(turned: NDArray[np.uint8], first: VideoFrame) -> int:
    """Return by how many quarters, counterclockwise, to turn decord's first picture to how it is stored.

    decord undoes the rotation that some containers state. Raises DecordFailed when its picture is not PyAV's
    either way.
    """
    stored = np.asarray(first.to_ndarray(format="rgb24"), np.int16)
    for turns in (round(-first.rotation / 90), 0):
        lying = np.rot90(turned, turns)
        if lying.shape == stored.shape and np.abs(lying - stored).mean() <= _SAME_PICTURE:
            return turns
    raise DecordFailed("decord delivers another first picture than the file holds")
