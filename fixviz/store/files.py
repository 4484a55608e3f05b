"""Write files completely or not at all, with errors that say what to do."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from fixviz.errors import StorageError

LOCK_TIMEOUT_S = 60.0
_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def storing(what: str, home: Path) -> Iterator[None]:
    """Turn an OSError in the block into a StorageError that names `what` could not be stored."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, what, home) from error


def storage_error(error: OSError, what: str, home: Path) -> StorageError:
    """Return the error for users when `what` could not be written below `home`."""
    if error.errno in _FULL:
        return StorageError(
            f"The disk is full, so {what} could not be stored in {home}. "
            "Free some space or delete old runs, then try again."
        )
    reason = error.strerror or str(error)
    return StorageError(
        f"{what[:1].upper()}{what[1:]} could not be stored in {home} ({reason}). "
        "Set FIXVIZ_HOME to a folder that can be written."
    )


def write_atomic(path: Path, data: bytes, *, private: bool = False) -> None:
    """Replace `path` by `data` in one step; the data is on the disk at the end. Raises OSError.

    private: only the system's user that runs fixviz may read the file.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with private_file(temporary) if private else temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def private_file(path: Path) -> BinaryIO:
    """Make a new file for writing that only the system's user that runs fixviz may read. Raises OSError."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def make_private(folder: Path) -> None:
    """Make a folder that only the system's user that runs fixviz may enter. Raises OSError.

    One that is there is closed to others; the folders above it stay as they are.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if folder.stat().st_mode & 0o077:
            with contextlib.suppress(PermissionError):  # It belongs to somebody else.
                folder.chmod(0o700)


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` survive a power cut, where the system can (not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def staging_folder(parent: Path) -> Iterator[Path]:
    """Make a new folder below `parent`, and delete it at the end of the block. Raises OSError."""
    make_private(parent)
    folder = parent / secrets.token_hex(16)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(folder: Path, older_than: float, prefix: str = "") -> int:
    """Delete what lies in `folder`, begins with `prefix` and was last changed before `older_than`.

    Returns how many entries were deleted.
    """
    gone = 0
    for path in list(folder.iterdir()) if folder.is_dir() else []:
        if not path.name.startswith(prefix) or modified(path) >= older_than:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        gone += 1
    return gone


def modified(path: Path) -> float:
    """Return the time of last change in seconds since 1970; infinite for a file that is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def touch_rarely(path: Path, every_s: float = 3600.0) -> None:
    """Note that `path` is used now, but at most once in `every_s` seconds, to spare disk writes."""
    now = time.time()
    try:
        if now - path.stat().st_mtime > every_s:
            os.utime(path, (now, now))
    except OSError:
        return  # The file is gone, or cannot be written: reading goes on without the note.


class HomeLock:
    """Let one writer at a time into a home, among all threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Hold the lock for the block. Raises StorageError when it cannot be had for a minute."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._threads:
            lock = FileLock(self._path, timeout=LOCK_TIMEOUT_S)
            try:
                lock.acquire(poll_interval=0.01)
            except Timeout:
                raise StorageError(
                    f"Another process has kept {self._path} locked for {LOCK_TIMEOUT_S:.0f} s. "
                    "Stop other fixviz processes that hang, then try again."
                ) from None
            try:
                yield
            finally:
                lock.release()
