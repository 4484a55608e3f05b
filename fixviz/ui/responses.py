"""Responses that several routes give: JSON that is packed once, and artifacts of runs."""

from __future__ import annotations

import gzip
import json
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from fixviz.store import Artifact

FOREVER: Final = "public, max-age=31536000, immutable"
FOREVER_PRIVATE: Final = "private, max-age=31536000, immutable"
"""For what belongs to somebody: only the browser keeps it, and no cache on the way."""
NEVER: Final = "no-store"
NO_FILE: Final = "There is no such file."


def missing(fault: str = NO_FILE) -> Response:
    """Answer 404 with one sentence."""
    return JSONResponse({"error": fault}, status_code=404, headers={"Cache-Control": NEVER})


def pack(content: Any) -> bytes:
    """Return content as JSON, packed with gzip."""
    return gzip.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def packed_json(request: Request, content: bytes, cache: str) -> Response:
    """Answer with JSON that is packed, unpacked for who cannot do it. cache: the Cache-Control header."""
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
    if _unpacks(request):
        headers["Content-Encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    return Response(content, media_type="application/json", headers=headers)


def artifact_file(
    request: Request, sha: str, found: Artifact, cache: str = FOREVER_PRIVATE
) -> Response:
    """Answer with an artifact. It is named by its content, so it may be kept for ever."""
    headers = {"Cache-Control": cache, "ETag": f'"{sha}"', "Vary": "Accept-Encoding"}
    if _unchanged(request, sha):
        return Response(status_code=304, headers=headers)
    if found.encoding == "gzip" and not _unpacks(request):
        content = gzip.decompress(found.path.read_bytes())
        return Response(content, media_type=found.media_type, headers=headers)
    if found.encoding:
        headers["Content-Encoding"] = found.encoding
    return FileResponse(found.path, media_type=found.media_type, headers=headers)


def _unpacks(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def _unchanged(request: Request, sha: str) -> bool:
    tags = request.headers.get("if-none-match", "").split(",")
    return any(
        tag.strip().removeprefix("W/").strip('"') in (sha, "*") for tag in tags if tag.strip()
    )
