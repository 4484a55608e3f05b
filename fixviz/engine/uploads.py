"""Keep uploaded videos and their masks by content, until nobody has used them for `settings.run_days`."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tempfile
import time
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from fixviz.engine.jobs import UploadRef
from fixviz.errors import UnreadableVideo, VideoTooLarge
from fixviz.media.files import check_file, safe_name
from fixviz.settings import Settings
from fixviz.store.files import make_private, modified, private_file, storing, sweep

_CHUNK = 1 << 20
_EXTENSION = re.compile(r"\.[a-z0-9]{1,5}")
_PART = ".part-"
_PART_AGE_S = 3600.0
_UNUSED_AGE_S = 86_400.0
"""Time for somebody to choose a part of an upload, or to try again what failed."""


Admit = Callable[[Path, int], None]
"""Takes the file that an upload would be, and its bytes; raises where it may not be kept."""


def admission(check_room: Callable[[str, int, Path], None], owner: str) -> Admit:
    """Return what raises QuotaReached where `owner` may not keep an upload.

    check_room: `Engine.check_room`.
    """
    return lambda path, size: check_room(owner, size, path)


def add_upload(
    name: str,
    data: bytes | os.PathLike[str] | BinaryIO,
    settings: Settings,
    admit: Admit | None = None,
) -> UploadRef:
    """Keep a video (its bytes, its path, or an open file) under home/uploads/<sha256><extension>.

    `name` comes from the user: only its cleaned extension reaches the disk. Raises UnreadableVideo
    for an empty or missing file, VideoTooLarge over `settings.max_upload_mb`, StorageError when it
    cannot be written, and what `admit` raises; no part of a file stays.
    """
    if isinstance(data, os.PathLike):
        with check_file(data, settings).open("rb") as file:
            return add_upload(name, file, settings, admit)
    shown = safe_name(name)
    folder = settings.home / "uploads"
    with storing("the video", settings.home):
        make_private(folder)
        part = folder / f"{_PART}{secrets.token_hex(8)}"
        try:
            sha, size = _write(part, data, shown, settings)
            path = folder / f"{sha}{_extension(shown)}"
            if admit is not None:
                admit(path, size)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    return UploadRef(name=shown, sha256=sha, path=str(path), bytes=size)


def add_masks(
    name: str,
    pictures: Sequence[tuple[str, bytes | BinaryIO]],
    settings: Settings,
    admit: Admit | None = None,
) -> UploadRef:
    """Keep pictures of masks as one ZIP, called `name`; equal pictures make an equal ZIP.

    pictures: pairs of name and content, in any order. Raises what `add_upload` raises.
    """
    limit = settings.max_upload_mb * 10**6
    total = 0
    with storing("the masks", settings.home), tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w") as archive:
            for shown, data in sorted(pictures, key=lambda picture: picture[0]):
                with archive.open(zipfile.ZipInfo(safe_name(shown)), "w") as member:
                    for chunk in _chunks(data):
                        total += len(chunk)
                        if total > limit:
                            raise _too_large(safe_name(name), settings)
                        member.write(chunk)
        return add_upload(name, file, settings, admit)


def is_upload(path: Path, settings: Settings) -> bool:
    """Tell whether a file is an upload."""
    return path.parent == settings.home / "uploads"


def note_use(path: Path, settings: Settings) -> None:
    """Note that an upload is used now; without effect on other files."""
    if is_upload(path, settings):
        os.utime(path)


def sweep_uploads(
    settings: Settings, now: float | None = None, needed: Collection[Path] | None = None
) -> int:
    """Delete uploads unused for `settings.run_days`, and parts an hour old; return how many.

    needed: uploads of runs and jobs; where it is given, others go after a day.
    """
    now = time.time() if now is None else now
    folder = settings.home / "uploads"
    parts = sweep(folder, now - _PART_AGE_S, prefix=_PART)
    gone = sweep(folder, now - settings.run_days * 86_400)
    for path in list(folder.iterdir()) if needed is not None and folder.is_dir() else ():
        if path not in (needed or ()) and modified(path) < now - _UNUSED_AGE_S:
            path.unlink(missing_ok=True)
            gone += 1
    return parts + gone


def _write(part: Path, data: bytes | BinaryIO, shown: str, settings: Settings) -> tuple[str, int]:
    limit = settings.max_upload_mb * 10**6
    digest = hashlib.sha256()
    size = 0
    with private_file(part) as target:
        for chunk in _chunks(data):
            size += len(chunk)
            if size > limit:
                raise _too_large(shown, settings)
            digest.update(chunk)
            target.write(chunk)
    if size == 0:
        raise UnreadableVideo(f"'{shown}' is empty (0 bytes); copy or upload the video again.")
    return digest.hexdigest(), size


def _too_large(shown: str, settings: Settings) -> VideoTooLarge:
    return VideoTooLarge(
        f"'{shown}' is larger than the limit of {settings.max_upload_mb} MB; use a shorter part or a "
        "smaller picture (or raise FIXVIZ_MAX_UPLOAD_MB)."
    )


def _chunks(data: bytes | BinaryIO) -> Iterator[bytes]:
    if isinstance(data, bytes | bytearray | memoryview):
        yield bytes(data)
        return
    if data.seekable():
        data.seek(0)  # The file may have been read before.
    while chunk := data.read(_CHUNK):
        yield chunk


def _extension(name: str) -> str:
    extension = Path(name).suffix.lower()
    return extension if _EXTENSION.fullmatch(extension) else ""
