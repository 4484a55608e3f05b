"""Routes beside the pages: manifests and artifacts of runs, and the modules of the browser.

    GET /api/runs/<handle>/manifest.json          and which attributions the run has by now, the
                                                  frame on which it opens, and what each window
                                                  shows where the truth is known
    GET /api/runs/<handle>/artifacts/<sha256>
    GET /api/runs/<handle>/derived?kind=...        see fixviz.ui.derived_route
    GET /api/previews/<token>/<number>             pictures of a clip that is about to be analyzed
    GET /api/course/<version>/...                  see fixviz.ui.learn.routes
    GET /api/ui/<version>/<file>

Whoever has a handle may read its run. An artifact is named by its content, so it may be cached for
ever. What is not there is answered by 404 and {"error": one sentence}.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from fixviz.browser_files import browser_file, browser_version
from fixviz.errors import StorageError
from fixviz.reading.player_manifest import player_manifest
from fixviz.store import Store
from fixviz.ui import urls
from fixviz.ui.choose.previews import preview_picture
from fixviz.ui.derived_route import Deriver, derived_endpoint, failure
from fixviz.ui.learn.routes import create_course_routes
from fixviz.ui.responses import FOREVER, artifact_file, missing

_TYPES = {".js": "text/javascript", ".css": "text/css"}


def create_routes(store: Callable[[], Store], engine: Callable[[], Deriver]) -> Sequence[BaseRoute]:
    """Return the routes for the server. `store` and `engine` are called on a request, not before."""

    def manifest(request: Request) -> Response:
        try:
            found = player_manifest(store(), request.path_params["handle"])
        except StorageError as error:
            return failure(error)
        return JSONResponse(found, headers={"Cache-Control": "private, no-store"})

    def artifact(request: Request) -> Response:
        sha = request.path_params["sha"]
        try:
            found = store().artifact(request.path_params["handle"], sha)
        except StorageError as error:
            return failure(error)
        return artifact_file(request, sha, found)

    base = urls.routes()
    return [
        Route(f"{base}/runs/{{handle}}/manifest.json", manifest),
        Route(f"{base}/runs/{{handle}}/artifacts/{{sha}}", artifact),
        Route(f"{base}/runs/{{handle}}/derived", derived_endpoint(store, engine)),
        Route(f"{base}/previews/{{token}}/{{number:int}}", preview_picture),
        *create_course_routes(f"{base}/course", store),
        Route(f"{base}/ui/{{version}}/{{name:path}}", _browser_file),
    ]


def _browser_file(request: Request) -> Response:
    path = browser_file(request.path_params["name"])
    if path is None:
        return missing()
    current = request.path_params["version"] == browser_version()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    # A page that is older than the server gets the new file, but must not keep it for the old name.
    cache = FOREVER if current else "no-store"
    return FileResponse(path, media_type=kind, headers={"Cache-Control": cache})
