"""Try whether a home can take a run now."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from pathlib import Path
from typing import Final

_WORDS: Final = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "read-only",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.ENOENT: "missing",
    errno.ENOTDIR: "missing",
}


def try_home(home: Path, least_bytes: int) -> str:
    """Return "ok" if a file could be written to `home` and `least_bytes` are free there, else a word.

    full, read-only, denied, missing (no folder, and none can be made), or failing. Nothing is left behind.
    """
    trial = home / f".trial.{secrets.token_hex(8)}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        try:
            trial.write_bytes(os.urandom(1024))
        finally:
            with contextlib.suppress(OSError):
                trial.unlink(missing_ok=True)
        return "ok" if shutil.disk_usage(home).free >= least_bytes else "full"
    except OSError as error:
        return _WORDS.get(error.errno or 0, "failing")
