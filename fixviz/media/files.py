"""The checks that need no decoder: is there a file, may it be read, is it small enough."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from fixviz.errors import UnreadableVideo, VideoTooLarge
from fixviz.media.containers import FORMATS
from fixviz.settings import Settings

_LONGEST_NAME = 80


def safe_name(path: str | os.PathLike[str]) -> str:
    """Return the base name of `path`, without control characters and cut to 80 characters.

    Uploads carry names that their senders chose: line breaks, terminal codes and marks that
    reverse the direction of text go, so that the name can stand in a sentence.
    """
    base = os.fspath(path).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    name = "".join(c for c in base if c.isprintable()).strip()
    if len(name) > _LONGEST_NAME:
        stem, dot, suffix = name.rpartition(".")
        tail = f"{dot}{suffix}" if stem and len(suffix) <= 5 else ""
        name = name[: _LONGEST_NAME - 1 - len(tail)] + "…" + tail
    return name or "unnamed"


def check_file(path: str | os.PathLike[str], settings: Settings) -> Path:
    """Return the absolute path of a file that can be read and is not too large.

    Raises UnreadableVideo (missing, a folder, not permitted, empty) or VideoTooLarge.
    """
    name = safe_name(path)
    try:
        file = Path(path).expanduser().absolute()
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise UnreadableVideo(f"There is no file '{name}'; check its path.") from None
    except PermissionError:
        raise UnreadableVideo(_not_permitted(name)) from None
    except (OSError, ValueError, RuntimeError):
        raise UnreadableVideo(f"'{name}' is not a usable path; give a video file.") from None
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableVideo(f"'{name}' is a folder; give a video file ({FORMATS}).")
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableVideo(f"'{name}' is a device, not a file; give a video file ({FORMATS}).")
    if status.st_size == 0:
        raise UnreadableVideo(f"'{name}' is empty (0 bytes); copy or upload the video again.")
    if status.st_size > settings.max_upload_mb * 10**6:
        raise VideoTooLarge(
            f"'{name}' has {status.st_size / 10**6:.0f} MB, the limit is {settings.max_upload_mb} "
            "MB; use a shorter part or a smaller picture (or raise FIXVIZ_MAX_UPLOAD_MB)."
        )
    try:
        with file.open("rb"):
            pass
    except PermissionError:
        raise UnreadableVideo(_not_permitted(name)) from None
    except OSError as error:
        raise UnreadableVideo(
            f"'{name}' cannot be read ({error.strerror}); copy it again."
        ) from None
    return file


def hash_file(path: Path) -> str:
    """Return the SHA-256 of the file's content, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _not_permitted(name: str) -> str:
    return f"'{name}' may not be read by this user; change its permissions or copy it."
