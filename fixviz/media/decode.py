"""A video file into a Clip, in this process: what runs inside the process that can be killed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from fixviz.errors import OptionError, UnreadableVideo
from fixviz.media.clip import Clip, Crop, VideoInfo
from fixviz.media.container import Header, read_header
from fixviz.media.decord_frames import (
    DecordFailed,
    decord_frames,
    decord_installed,
    decord_reads,
)
from fixviz.media.display import Display
from fixviz.media.files import check_file, hash_file
from fixviz.media.frame_table import FrameTable, read_frame_table
from fixviz.media.light import Light
from fixviz.media.opening import open_video
from fixviz.media.pyav_frames import Picture, first_frame, pyav_frames
from fixviz.media.sampling import (
    check_crop,
    display_size,
    following_frames,
    frames_on_screen,
    plan_span,
)
from fixviz.settings import Settings

Decoder = Literal["auto", "decord", "pyav"]
REPEATED = 1.0
"""Mean difference, of 255, up to which a frame counts as a repeat of another: encoders add a little."""


@dataclass(frozen=True, eq=False)
class Inspection:
    """A file that has been looked at, but not decoded."""

    path: Path
    info: VideoInfo
    table: FrameTable
    first: VideoFrame
    """The first frame, as stored."""
    display: Display
    notes: tuple[str, ...]


def inspect_video(
    path: str | os.PathLike[str], settings: Settings, decoder: Decoder = "auto"
) -> Inspection:
    """Check a file against the limits and read its frame table and its first frame.

    Raises UnreadableVideo, VideoTooLarge, or OptionError for a decoder that cannot be had.
    """
    if decoder not in get_args(Decoder):
        raise OptionError(f"There is no decoder {decoder!r}; use auto, decord or pyav.")
    file = check_file(path, settings)
    with open_video(file) as (container, stream):
        header = read_header(file, container, stream, settings)
        table = read_frame_table(file, container, stream, header, settings)
    found = first_frame(file, table, settings)
    if found is None:
        raise UnreadableVideo(
            f"'{header.name}' is damaged: none of its frames can be decoded; "
            "record or export it again."
        )
    number, first = found
    table = table.from_frame(min(number, table.lead_in()))
    display = Display.of(first, header.pixel_aspect)
    height, width = display.size(first.height, first.width)
    able = decord_installed() and decord_reads(header.container, first)
    if decoder == "decord" and not able:
        raise OptionError(
            f"decord cannot read '{header.name}' ({header.codec} in {header.container}, {header.width} x "
            f"{header.height}) or is not installed here; use the decoder auto or pyav."
        )
    info = VideoInfo(
        name=header.name,
        sha256=hash_file(file),
        width=width,
        height=height,
        fps=table.fps,
        duration_s=table.duration_s,
        frame_count=len(table.timestamps),
        rotation=display.orientation.clockwise,
        mirrored=display.orientation.mirrored,
        pixel_aspect=float(display.pixel_aspect),
        codec=header.codec,
        container=header.container,
        decoder="decord" if decoder == "decord" else "pyav",
    )
    notes = _notes(header, table, Light.of(first))
    return Inspection(file, info, table, first, display, notes)


def _notes(header: Header, table: FrameTable, light: Light | None) -> tuple[str, ...]:
    """Return sentences about what is lost, mended or changed of a file."""
    name = header.name
    notes = []
    stated = header.duration_s or 0.0
    lacks = stated > table.duration_s + max(0.1, 2 / table.fps)
    # What is missing of a file that has all its pictures is only their index.
    if table.damaged or (table.cut_off and (lacks or not stated)):
        if lacks:
            notes.append(
                f"'{name}' is cut off or damaged: it should last {stated:.1f} s, but "
                f"only {table.duration_s:.1f} s are in the file."
            )
        else:
            notes.append(f"'{name}' is damaged: not all of its frames are in the file.")
    if table.mended:
        frames = "1 frame" if table.mended == 1 else f"{table.mended} frames"
        notes.append(
            f"In '{name}' the time stamps of {frames} are missing or wrong; those frames were put "
            "between their neighbors."
        )
    if light is not None and light.hdr is not None:
        notes.append(
            f"'{name}' is an HDR video ({light.hdr}); its brightness and colors were mapped to "
            "those of a normal screen."
        )
    return tuple(notes)


def read_info(path: str | os.PathLike[str], settings: Settings) -> VideoInfo:
    """Describe a file; only its first frame is decoded. Raises as `inspect_video` does."""
    return inspect_video(path, settings).info


def decode_clip(
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
) -> Clip:
    """Return the frames of a video that are on screen at start_s, start_s + 1/rate_hz, ... up to `end_s`.

    At most `frames` and never more than `settings.max_frames`. With "auto", PyAV decodes, each frame numbered
    by its own packet; decord decodes when asked for, and is refused where its frames are not proved. Only the
    sampled frames and, with `next_frames`, the next native frame that differs are kept (read in the same
    pass), every one scaled down (cv2 INTER_AREA) as soon as it is decoded.

    Raises UnreadableVideo, VideoTooLarge, OptionError. It may also hang or crash, as decoders do
    on damaged files: `read_clip` runs it in a process that can be killed.
    """
    settings = settings or Settings.from_env()
    video = inspect_video(path, settings, decoder)
    info, table = video.info, video.table
    crop = check_crop(crop, info.height, info.width)
    span = plan_span(
        info.duration_s,
        info.fps,
        rate_hz=rate_hz,
        start_s=start_s,
        end_s=end_s,
        frames=frames,
        max_frames=settings.max_frames,
        tick_s=table.tick_s,
    )
    chosen = frames_on_screen(table.timestamps, span.times, table.tick_s)
    following = following_frames(chosen, info.frame_count)
    wanted = np.unique(np.append(chosen, following) if next_frames else chosen).tolist()
    if info.decoder == "decord":
        pictures = decord_frames(video.path, wanted, table, video.first, video.display)
    else:
        pictures = pyav_frames(video.path, table, wanted, video.display, settings)
    try:
        kept = _keep(pictures, crop, video.display)
    except DecordFailed as error:
        raise UnreadableVideo(
            f"'{info.name}' cannot be decoded with decord ({error}); use the decoder auto or pyav."
        ) from error

    delivered = [
        (int(k), after) for k, after in zip(chosen, following.tolist(), strict=True) if k in kept
    ]
    if not delivered:
        raise UnreadableVideo(
            f"'{info.name}' is damaged: no frame between {span.start_s:.2f} s and "
            f"{span.end_s:.2f} s can be decoded; choose another part or export it again."
        )
    indices = np.array([kept[k][0] for k, _ in delivered], dtype=np.int64)
    notes = (*video.notes, *_damage(info.name, chosen, indices, table))
    count = len(delivered)
    after = [_neighbor(kept, k, after) for k, after in delivered] if next_frames else []
    return Clip(
        frames=np.stack([kept[k][1] for k, _ in delivered]),
        indices=indices,
        timestamps=table.timestamps[indices],
        source=info,
        rate_hz=float(rate_hz),
        start_s=span.start_s,
        end_s=span.end_s if count == len(chosen) else span.start_s + count / rate_hz,
        requested_end_s=span.requested_end_s,
        truncated=span.truncated,
        crop=crop,
        notes=notes,
        next_frames=np.stack([frame for _, frame in after]) if next_frames else None,
        next_indices=np.array([k for k, _ in after], dtype=np.int64) if next_frames else None,
    )


def decode_frames(
    video: Inspection, numbers: Sequence[int], settings: Settings
) -> dict[int, NDArray[np.uint8]]:
    """Return native frames by number, uint8 RGB, upright, scaled down as those of a clip are.

    Frames that cannot be decoded are left out. Raises VideoTooLarge. It may hang or crash as `decode_clip`.
    """
    wanted = sorted(set(numbers))
    pictures = pyav_frames(video.path, video.table, wanted, video.display, settings)
    kept = _keep(pictures, None, video.display)
    return {number: picture for number, (delivered, picture) in kept.items() if delivered == number}


def _neighbor(
    kept: dict[int, tuple[int, NDArray[np.uint8]]], frame: int, candidates: list[int]
) -> tuple[int, NDArray[np.uint8]]:
    """Return (number, picture) of the first candidate that differs from the frame.

    Many videos repeat frames to reach their frame rate, and motion to a repeat is none. Where none
    differs it is the first candidate; where none was decoded, or the frame itself was not, it is
    what was delivered for the frame.
    """
    own = kept[frame]
    if own[0] != frame:
        return own
    decoded = [kept[k] for k in candidates if k in kept and kept[k][0] == k]
    differing = (other for other in decoded if _differ(own[1], other[1]))
    return next(differing, decoded[0] if decoded else own)


def _differ(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> bool:
    return float(cv2.absdiff(a, b).mean()) > REPEATED


def _keep(
    pictures: Iterator[Picture], crop: Crop | None, display: Display
) -> dict[int, tuple[int, NDArray[np.uint8]]]:
    """Return {requested frame: (delivered frame, its picture, cropped, scaled down, for a normal screen)}."""
    kept: dict[int, tuple[int, NDArray[np.uint8]]] = {}
    size: tuple[int, int] | None = None
    for picture in pictures:
        part = display.part(picture.rgb, crop)
        if size is None:
            down, across = display.stretch
            shown = (round(part.shape[0] * down), round(part.shape[1] * across))
            size = display_size(*(shown if crop is None else (crop[3], crop[2])))
        if part.shape[:2] != size:
            # A stream may change its size on the way; all frames of a clip have the first one's.
            resized = cv2.resize(part, size[::-1], interpolation=cv2.INTER_AREA)
            part = np.asarray(resized, part.dtype)
        rgb = part.copy() if picture.light is None else picture.light.for_screen(part)
        kept[picture.wanted] = picture.index, np.ascontiguousarray(rgb, dtype=np.uint8)
    return kept


def _damage(
    name: str, chosen: NDArray[np.int64], indices: NDArray[np.int64], table: FrameTable
) -> list[str]:
    """Return sentences about sampled frames that could not be decoded."""
    notes = []
    replaced = int((chosen[: len(indices)] != indices).sum())
    if replaced:
        notes.append(
            f"{replaced} of the {len(chosen)} frames taken from '{name}' are damaged; "
            "their nearest neighbors stand in for them."
        )
    if len(indices) < len(chosen):
        end = float(table.timestamps[indices[-1]])
        notes.append(
            f"'{name}' is damaged after {end:.1f} s: {len(indices)} of {len(chosen)} frames were used."
        )
    return notes
