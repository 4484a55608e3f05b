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
from collections.abc import Callable, Sequence
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fixviz.course import shipped
from fixviz.course.texts import course_text
from fixviz.course.version import course_version
from fixviz.errors import LessonError, StorageError
from fixviz.store import Store
from fixviz.ui.responses import FOREVER, NEVER, artifact_file, missing, pack, packed_json


def create_course_routes(base: str, store: Callable[[], Store]) -> Sequence[BaseRoute]:
    """Return the routes below `base`. `store` is called on a request that names a run, not before."""

    def text(request: Request) -> Response:
        language, name = request.path_params["language"], request.path_params["name"]
        handle = request.query_params.get("run")
        try:
            if handle is None:
                found = _shipped_text(course_version(), language, name)
                return packed_json(request, found, _cache(request))
            found = pack(course_text(language, name, store(), handle))
        except (LessonError, StorageError) as error:
            return missing(str(error))
        return packed_json(request, found, f"private, {NEVER}")

    return [
        Route(f"{base}/{{version}}/run/manifest.json", _manifest),
        Route(f"{base}/{{version}}/run/artifacts/{{sha}}", _artifact),
        Route(f"{base}/{{version}}/run/features/{{name}}.json", _features),
        Route(f"{base}/{{version}}/pack/{{name}}.json", _data),
        Route(f"{base}/{{version}}/{{language}}/{{name}}.json", text),
    ]


@lru_cache(maxsize=64)
def _shipped_text(_version: str, language: str, name: str) -> bytes:
    return pack(course_text(language, name))


def _manifest(request: Request) -> Response:
    try:
        return packed_json(request, pack(shipped.manifest()), _cache(request))
    except StorageError as error:
        return missing(str(error))


def _artifact(request: Request) -> Response:
    sha = request.path_params["sha"]
    try:
        return artifact_file(request, sha, shipped.artifact(sha), FOREVER)
    except StorageError as error:
        return missing(str(error))


def _features(request: Request) -> Response:
    # A model's name may have hyphens.
    model, axis, layer = ("", "", *request.path_params["name"].rsplit("-", 2))[-3:]
    if not (layer.isascii() and layer.isdecimal()):
        return missing()
    try:
        return packed_json(
            request, pack(shipped.features(model, axis, int(layer))), _cache(request)
        )
    except StorageError as error:
        return missing(str(error))


def _data(request: Request) -> Response:
    path = shipped.lesson_data(request.path_params["name"])
    if path is None:
        return missing()
    return packed_json(request, gzip.compress(path.read_bytes()), _cache(request))


def _cache(request: Request) -> str:
    """Return how long a response may be kept.

    A page that is older than the server gets the new text, but must not keep it for the old name.
    """
    return FOREVER if request.path_params["version"] == course_version() else NEVER
