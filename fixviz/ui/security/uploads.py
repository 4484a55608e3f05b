"""Uploads: too large ones are refused as they begin, and none stays in memory for longer than it is needed.

Streamlit keeps an uploaded file in memory for its session, and forgets a session that was closed only when
another one is closed later. So a page releases what it has kept on disk, and the server looks itself, every
few seconds, whose visitor has left.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, MutableMapping
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fixviz.media.containers import SUFFIXES
from fixviz.settings import Settings

KEPT_S: Final = 120.0
"""Seconds for which the files of a closed session are kept, since a browser that lost its way comes back."""
_ROUTE: Final = "/_stcore/upload_file/"
_FRAMING: Final = 1_000_000
"""Bytes that a request may have beside its file."""
_NAME: Final = re.compile(rb'filename="((?:[^"\\]|\\.)*)"')


class UploadLimit:
    """ASGI middleware: answers 413 and a sentence to a file that is larger than its kind may be."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless it says or shows that it is too large."""
        uploads = scope["type"] == "http" and scope["method"] == "PUT" and _ROUTE in scope["path"]
        if not uploads:
            await self.app(scope, receive, send)
            return
        first = await receive()
        most = self.most_mb(first.get("body", b"")[:4096])
        length = Headers(scope=scope).get("content-length", "")
        if length.isascii() and length.isdecimal() and int(length) > most * 10**6 + _FRAMING:
            sentence = f"This file is larger than {most} MB, the most that fixviz takes here."
            await JSONResponse({"error": sentence}, 413, headers={"Connection": "close"})(
                scope, receive, send
            )
            return
        waiting = [first]

        async def receive_from_first() -> Message:
            return waiting.pop() if waiting else await receive()

        await self.app(scope, receive_from_first, send)

    def most_mb(self, beginning: bytes) -> int:
        """Return the limit in megabytes for the file whose request begins like this."""
        found = _NAME.search(beginning)
        ending = found[1].decode("utf-8", "replace").rpartition(".")[2].lower() if found else ""
        if ending in SUFFIXES:
            return self.settings.max_upload_mb
        return max(self.settings.max_upload_mb, self.settings.max_checkpoint_mb)


def release(files: Iterable[UploadedFile]) -> None:
    """Drop uploaded files of this session from memory, once they are kept elsewhere.

    Their uploader must not be shown again as it is, since it would name files that are gone.
    """
    context = get_script_run_ctx()
    manager = context and context.uploaded_file_mgr
    if context is not None and isinstance(manager, MemoryUploadedFileManager):
        for file in files:
            manager.remove_file(context.session_id, file.file_id)


def forget_uploads(
    manager: Any,
    active: Collection[str],
    left: MutableMapping[str, float],
    now: float | None = None,
) -> None:
    """Drop the files of sessions that have been closed for `KEPT_S`.

    manager: Streamlit's, with the files by session in `file_storage`. active: ids of open sessions. left:
    since when each was seen closed, in seconds; kept from call to call.
    """
    now = time.monotonic() if now is None else now
    for session in list(manager.file_storage):
        if session in active:
            left.pop(session, None)
        elif now - left.setdefault(session, now) >= KEPT_S:
            manager.remove_session_files(session)
            del left[session]
