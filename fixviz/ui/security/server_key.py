"""A key that this installation alone knows: FIXVIZ_HOME/server.key, which servers of one home share."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import os
import secrets
import threading
from pathlib import Path
from typing import Final

from fixviz.store.files import private_file

_FILE: Final = "server.key"
_BYTES: Final = 32
_lock: Final = threading.Lock()
_known: Final[dict[Path, bytes]] = {}
_log = logging.getLogger(__name__)


def keyed_hash(home: Path, *parts: str) -> bytes:
    """Return the HMAC-SHA256 of texts under the key of a home; the first part names what it is for."""
    # Lengths keep ("a", "bc") and ("ab", "c") apart.
    message = b"".join(len(data := part.encode()).to_bytes(8, "big") + data for part in parts)
    return hmac.digest(_key(home), message, hashlib.sha256)


def _key(home: Path) -> bytes:
    with _lock:
        if home not in _known:
            try:
                _known[home] = _kept(home)
            except OSError as error:
                _log.warning(
                    "No key can be kept in %s, so this one ends with the server: %s", home, error
                )
                _known[home] = secrets.token_bytes(_BYTES)
        return _known[home]


def _kept(home: Path) -> bytes:
    """Return the key in the home, which is made where there is none. Raises OSError."""
    path = home / _FILE
    if not path.is_file():
        home.mkdir(parents=True, exist_ok=True)
        part = home / f".{_FILE}.{secrets.token_hex(8)}"
        try:
            with private_file(part) as file:
                file.write(secrets.token_bytes(_BYTES))
                file.flush()
                os.fsync(file.fileno())
            # Of several servers that start at once, the first decides.
            with contextlib.suppress(FileExistsError):
                os.link(part, path)
        finally:
            part.unlink(missing_ok=True)
    key = path.read_bytes()
    if len(key) < _BYTES:
        raise OSError(f"{path} is damaged; delete it, and a new one is made")
    return key
