"""Routes of the course: its texts, the data of its figures, and the run that it ships with.

    GET /api/course/<version>/<language>/<name>.json[?run=<handle>]   a lesson, quiz, course or glossary
    GET /api/course/<version>/pack/<name>.json
    GET /api/course/<version>/run/manifest.json
    GET /api/course/<version>/run/artifacts/<sha256>
    GET /api/course/<version>/run/features/<model>-<axis>-<layer>.json

The version names the content (fixviz.course.version), so a response without a run may be cached for ever.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from fixviz import resources
from fixviz.course import shipped
from fixviz.course.lesson import LESSONS
from fixviz.course.version import course_version
from fixviz.errors import LessonError, StorageError
from fixviz.store import Store
from fixviz.ui.learn.texts import course_text

FOREVER = "public, max-age=31536000, immutable"
_NO_FILE = "There is no such file."


def create_course_routes(base: str, store: Callable[[], Store]) -> Sequence[BaseRoute]:
    """Return the routes below `base`. `store` is called on a request that names a run."""

    def text(request: Request) -> Response:
        language, name = request.path_params["language"], request.path_params["name"]
        handle = request.query_params.get("run")
        try:
            if handle is None:
                return _packed(request, _shipped_text(course_version(), language, name))
            found = course_text(language, name, store(), handle)
        except LessonError as error:
            return _missing(str(error))
        return _packed(request, _pack(found), cache="private, no-store")

    return [
        Route(f"{base}/{{version}}/run/manifest.json", _manifest),
        Route(f"{base}/{{version}}/run/artifacts/{{sha}}", _artifact),
        Route(f"{base}/{{version}}/run/features/{{name}}.json", _features),
        Route(f"{base}/{{version}}/pack/{{name}}.json", _data),
        Route(f"{base}/{{version}}/{{language}}/{{name}}.json", text),
    ]


@lru_cache(maxsize=64)
def _shipped_text(_version: str, language: str, name: str) -> bytes:
    return _pack(course_text(language, name, None, None))


def _manifest(request: Request) -> Response:
    return _packed(request, _pack(shipped.manifest()))


def _features(request: Request) -> Response:
    model, axis, layer = _split(request.path_params["name"])
    try:
        found = shipped.features(model, axis, int(layer)) if layer.isdecimal() else None
    except StorageError:
        found = None
    return _packed(request, _pack(found)) if found else _missing(_NO_FILE)


def _artifact(request: Request) -> Response:
    try:
        content, packed = shipped.artifact(request.path_params["sha"])
    except StorageError:
        return _missing(_NO_FILE)
    return Response(content)


def _data(request: Request) -> Response:
    name = request.path_params["name"]
    path = resources.course() / f"{name}.json"
    if name not in LESSONS or not path.is_file():
        return _missing(_NO_FILE)
    return _packed(request, gzip.compress(path.read_bytes()))


def _split(name: str) -> tuple[str, str, str]:
    """Return the parts of model-axis-layer; a model's name may have hyphens."""
    front, _, layer = name.rpartition("-")
    model, _, axis = front.rpartition("-")
    return model, axis, layer


def _pack(content: Any) -> bytes:
    return gzip.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def _packed(request: Request, content: bytes, cache: str | None = None) -> Response:
    """Answer with JSON that is packed already, to whoever can unpack it."""
    current = request.path_params["version"] == course_version()
    # A page that is older than the server gets the new text, but must not keep it for the old name.
    headers = {
        "Cache-Control": cache or (FOREVER if current else "no-store"),
        "Vary": "Accept-Encoding",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    return Response(content, media_type="application/json", headers=headers)


def _missing(fault: str) -> Response:
    return JSONResponse({"error": fault}, status_code=404, headers={"Cache-Control": "no-store"})
