"""Routes beside the pages: manifests and artifacts of runs, and the modules of the browser.

    GET /api/runs/<handle>/manifest.json          and which attributions the run has by now, and the
                                                  frame on which it opens
    GET /api/runs/<handle>/artifacts/<sha256>
    GET /api/runs/<handle>/derived?kind=...        see fixviz.ui.derived_route
    GET /api/previews/<token>/<number>             pictures of a clip that is about to be analyzed
    GET /api/ui/<version>/<file>

Whoever has a handle may read its run. An artifact is named by its content, so it may be cached for
ever. What is not there is answered by 404 and {"error": one sentence}.
"""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from fixviz.errors import StorageError
from fixviz.reading.player_manifest import player_manifest
from fixviz.store import Store
from fixviz.ui import urls
from fixviz.ui.choose.previews import preview_picture
from fixviz.ui.derived_route import Deriver, derived_endpoint, failure

FOREVER = "public, max-age=31536000, immutable"
_NO_FILE = "There is no such file."
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
        headers = {"Cache-Control": FOREVER, "ETag": f'"{sha}"', "Vary": "Accept-Encoding"}
        if _unchanged(request, sha):
            return Response(status_code=304, headers=headers)
        if found.encoding == "gzip" and "gzip" not in request.headers.get("accept-encoding", ""):
            content = gzip.decompress(found.path.read_bytes())
            return Response(content, media_type=found.media_type, headers=headers)
        if found.encoding:
            headers["Content-Encoding"] = found.encoding
        return FileResponse(found.path, media_type=found.media_type, headers=headers)

    base = urls.api()
    return [
        Route(f"{base}/runs/{{handle}}/manifest.json", manifest),
        Route(f"{base}/runs/{{handle}}/artifacts/{{sha}}", artifact),
        Route(f"{base}/runs/{{handle}}/derived", derived_endpoint(store, engine)),
        Route(f"{base}/previews/{{token}}/{{number:int}}", preview_picture),
        Route(f"{base}/ui/{{version}}/{{name:path}}", _browser_file),
    ]


def _browser_file(request: Request) -> Response:
    path = urls.browser_file(request.path_params["name"])
    if path is None:
        return JSONResponse({"error": _NO_FILE}, status_code=404)
    current = request.path_params["version"] == urls.browser_version()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    # A page that is older than the server gets the new file, but must not keep it for the old name.
    cache = FOREVER if current else "no-store"
    return FileResponse(path, media_type=kind, headers={"Cache-Control": cache})


def _unchanged(request: Request, sha: str) -> bool:
    tags = request.headers.get("if-none-match", "").split(",")
    return any(
        tag.strip().removeprefix("W/").strip('"') in (sha, "*") for tag in tags if tag.strip()
    )
