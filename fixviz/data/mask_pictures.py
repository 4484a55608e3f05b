"""Pictures of masks, in a folder or a ZIP: which frame each belongs to, and what it marks.

Nothing in a ZIP is trusted. Its names never become paths here, sizes are counted while reading, and
only the pictures of frames that are looked at are unpacked.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from fixviz.errors import OptionError
from fixviz.media.clutter import clutter
from fixviz.media.container import check_pixels
from fixviz.media.files import hash_file, safe_name
from fixviz.settings import Settings

PICTURES: Final = ("png", "jpg", "jpeg")
"""Endings of pictures, lower case, without the dot."""
MOST_PICTURES: Final = 40_000
"""A folder or ZIP holds at most so many pictures: ten minutes at 60 frames per second, and some."""
_BYTES_PER_PIXEL = 8
_HEADER_BYTES = 1 << 20
_MOST_LABELS = 32
"""Pictures of labels hold at most so many different values. More of them are shades."""


@dataclass(frozen=True)
class MaskPictures:
    """The pictures of one folder, by name in the order of their numbers."""

    names: Sequence[str]
    read: Callable[[str], bytes]
    """Returns the content of the picture with that name."""


def is_picture(name: str) -> bool:
    """Tell whether a file's name is that of a picture, and no clutter of an operating system."""
    return PurePosixPath(name).suffix.lower().lstrip(".") in PICTURES and clutter(name) is None


@contextmanager
def open_pictures(path: Path, name: str, settings: Settings) -> Iterator[MaskPictures]:
    """Open a folder or a ZIP with the pictures of one sequence. name: what messages call it.

    Raises OptionError where there are none, or those of several folders.
    """
    most = settings.max_pixels * _BYTES_PER_PIXEL + _HEADER_BYTES
    if path.is_dir():
        files = {str(p.relative_to(path).as_posix()): p for p in path.rglob("*") if p.is_file()}
        names = _of_one_folder(list(files), name)
        yield MaskPictures(
            names, lambda picture: _bounded(files[picture].open("rb"), picture, most)
        )
        return
    with _readable(name):
        archive = zipfile.ZipFile(path)
    with archive:
        members = {
            info.filename.replace("\\", "/"): info
            for info in archive.infolist()
            if info.filename and not info.is_dir()
        }
        names = _of_one_folder(list(members), name)
        if any(members[picture].flag_bits & 1 for picture in names):
            raise OptionError(f"'{name}' is encrypted; pack it without a password.")

        def read(picture: str) -> bytes:
            with _readable(name):
                return _bounded(archive.open(members[picture]), picture, most)

        yield MaskPictures(names, read)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turn what a damaged ZIP raises into a sentence."""
    try:
        yield
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError),
        *(NotImplementedError, ValueError, UnicodeError, OSError),
    ):
        raise OptionError(
            f"'{name}' is not a ZIP that can be read: it is damaged, cut off, or something else; "
            "pack the masks again."
        ) from None


def hash_pictures(folder: Path) -> str:
    """Return a SHA-256 (hex) of the names and contents of the pictures in a folder."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and is_picture(p.name)):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(hash_file(path).encode())
    return digest.hexdigest()


def _bounded(file: IO[bytes], picture: str, most: int) -> bytes:
    """Read and close a file; its size is counted, since the one in a ZIP's header may be false."""
    with file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OptionError(f"The mask '{safe_name(picture)}' is too large to be a mask.")
    return data


def _of_one_folder(files: Sequence[str], name: str) -> list[str]:
    """Return the pictures in the order of their numbers. Raises OptionError unless they share a folder."""
    pictures = [
        file
        for file in files
        if is_picture(file) and not any(map(clutter, PurePosixPath(file).parts))
    ]
    if not pictures:
        raise OptionError(f"'{name}' holds no masks; they are PNG files, one for each frame.")
    if len(pictures) > MOST_PICTURES:
        raise OptionError(f"'{name}' holds {len(pictures)} pictures; use a shorter part.")
    folders = sorted({str(PurePosixPath(file).parent) for file in pictures})
    if len(folders) > 1:
        listed = ", ".join(f"'{safe_name(folder)}'" for folder in folders[:3])
        raise OptionError(
            f"'{name}' holds pictures in {len(folders)} folders ({listed}); give the masks of one video."
        )
    return sorted(pictures, key=_natural)


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts numbers in names by their value: frame9 before frame10."""
    parts = re.split(r"(\d+)", name)
    return [(1, int(p), "") if p.isdecimal() else (0, 0, p.lower()) for p in parts]


def frames_of(names: Sequence[str], frame_count: int, source: str) -> dict[int, str]:
    """Return the picture of each native frame that has one.

    As many pictures as frames belong to them in order. Otherwise the number in a name is that of the
    frame: counted from 0, or from 1 where that alone fits (the last picture is then that of the last
    frame). names: sorted. source: what messages call them. Raises OptionError where pictures and frames
    do not fit.
    """
    if len(names) == frame_count:
        return dict(enumerate(names))
    count = "1 mask" if len(names) == 1 else f"{len(names)} masks"
    frames = "1 frame" if frame_count == 1 else f"{frame_count} frames"
    if len(names) > frame_count:
        raise OptionError(
            f"'{source}' has {count}, the video {frames}; they do not belong together."
        )
    numbers = _numbers([PurePosixPath(name).stem for name in names])
    if numbers is None:
        raise OptionError(
            f"'{source}' has {count}, the video {frames}, and the masks' names do not say which frames "
            "they belong to. Name each by the number of its frame, such as 00012.png."
        )
    first = 1 if max(numbers) == frame_count and 0 not in numbers else 0
    if max(numbers) - first >= frame_count:
        raise OptionError(
            f"'{source}' has a mask of frame {max(numbers)}, but the video has only {frames}."
        )
    return {number - first: name for number, name in zip(numbers, names, strict=True)}


def _numbers(stems: Sequence[str]) -> list[int] | None:
    """Return the number in each name that tells it from all others; None where there is none."""
    groups = [re.findall(r"\d+", stem) for stem in stems]
    shapes = {re.sub(r"\d+", "#", stem) for stem in stems}
    if len(shapes) > 1 or not groups[0]:
        return None
    for place in reversed(range(len(groups[0]))):
        found = [int(numbers[place]) for numbers in groups]
        if len(set(found)) == len(found):
            return found
    return None


def read_values(data: bytes, name: str, settings: Settings) -> NDArray[np.unsignedinteger]:
    """Return how bright each pixel of a picture is: [h, w] in uint8 or uint16, 0 for nothing.

    Of colors the brightest channel counts, such as those that DAVIS gives to several objects. What is
    transparent is 0. Raises OptionError for what is no picture, VideoTooLarge for too many pixels.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            check_pixels(safe_name(name), *picture.size, settings)
            return _values(picture)
    except Image.DecompressionBombError:
        raise OptionError(
            f"The mask '{safe_name(name)}' has too many pixels to be a mask."
        ) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, zlib.error):
        raise OptionError(f"The mask '{safe_name(name)}' is no picture that can be read.") from None


def _values(picture: Image.Image) -> NDArray[np.unsignedinteger]:
    if picture.mode.startswith("I"):
        return np.asarray(picture).clip(0, 2**16 - 1).astype(np.uint16)
    if picture.has_transparency_data:
        rgba = np.asarray(picture.convert("RGBA"))
        opaque = rgba[..., 3]
        values = np.where(opaque > 0, rgba[..., :3].max(-1), 0).astype(np.uint8)
        # Black on a transparent ground is what programs for painting often save.
        return values if values.any() or opaque.min() == 255 else opaque
    values = np.asarray(picture.convert("RGB")).max(-1)
    if picture.mode == "P" and not values.any():
        return np.asarray(picture)
    return np.asarray(values, np.uint8)


def marked(
    pictures: Iterable[tuple[int, NDArray[np.unsignedinteger]]],
    fit: Callable[[NDArray[np.bool_]], NDArray[np.uint8]],
) -> dict[int, NDArray[np.uint8]]:
    """Return what pictures mark, by number. fit: brings a mask to the size that is wanted.

    A pixel of labels counts where it is not 0, one of shades where it is brighter than half. Which of them
    the pictures hold is asked of all together: one alone may be black.
    """
    seen: set[int] = set()
    labels, shades = {}, {}
    for number, values in pictures:
        if len(seen) <= _MOST_LABELS:
            seen.update(np.flatnonzero(np.bincount(values.ravel())).tolist())
        labels[number] = fit(values > 0)
        shades[number] = fit(values > np.iinfo(values.dtype).max // 2)
    return labels if len(seen) <= _MOST_LABELS else shades
