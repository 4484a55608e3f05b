"""Headers with which a browser fetches the viewer beside Streamlit's own files, not after them.

Streamlit starts its script, and the script mounts the viewer, only once its own bundles have run. A
`Link` header on the page lets the browser fetch the viewer's modules and the run that the URL names
meanwhile (HTML standard, "preload" and "modulepreload"). It is a hint only: without it, the same is
fetched a little later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fixviz.errors import StorageError
from fixviz.reading.opening_frame import opening_frame
from fixviz.store import Store
from fixviz.store.keys import is_handle
from fixviz.ui import urls

_PAGE = "watch"
# Modules that the viewer loads later, when somebody uses them.
_LATER = ("attention/", "export/")


class Preload:
    """ASGI middleware: adds the hints to the page that shows the viewer."""

    def __init__(self, app: ASGIApp, store: Callable[[], Store]) -> None:
        self.app = app
        self.store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with the hints added to an answer that is the page."""
        if scope["type"] != "http" or not _shows_viewer(scope["path"]):
            await self.app(scope, receive, send)
            return

        async def send_with_hints(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    parameters = QueryParams(scope["query_string"])
                    headers["Link"] = ", ".join(
                        await run_in_threadpool(hints, self.store, parameters)
                    )
            await send(message)

        await self.app(scope, receive, send_with_hints)


def hints(store: Callable[[], Store], parameters: Mapping[str, str]) -> list[str]:
    """Return the values of the Link header for a page with these query parameters."""
    found = [f"<{url}>; rel=modulepreload" for url in _modules()]
    handle = parameters.get("run", "")
    if is_handle(handle):
        # Browsers warn of a file that was fetched early and is not used, unless it is a module.
        found.append(f"<{urls.player()}/styles.css>; rel=preload; as=style")
        base = urls.run(handle)
        found.append(_fetched(f"{base}/manifest.json"))
        try:
            manifest = store().manifest(handle)
        except StorageError:
            return found
        found += [_fetched(f"{base}/artifacts/{sha}") for sha in first_parts(manifest, parameters)]
    return found


def first_parts(manifest: Mapping[str, Any], parameters: Mapping[str, str]) -> list[str]:
    """Return hashes of what the viewer draws first: the frame, and the maps of attention received.

    The maps of another quantity, or of parameters that make no sense, are fetched once the viewer runs.
    """
    frame = parameters.get("frame", str(opening_frame(manifest)))
    names = [f"frame/{frame.zfill(4)}"]
    if parameters.get("show", "attention") == "attention":
        for model in manifest["models"]:
            axis = parameters.get("axis", "joint" if "joint" in model["axes"] else "spatial")
            base = f"{model['name']}/{axis}"
            names += [
                f"{base}/attention_received/{parameters.get('by', 'source')}",
                f"{base}/metrics",
            ]
    stored = {**manifest.get("files", {}), **manifest["arrays"]}
    return [stored[name]["sha"] for name in names if name in stored]


def _fetched(url: str) -> str:
    # The viewer fetches it in the same way: fetch() in its default mode.
    return f"<{url}>; rel=preload; as=fetch; crossorigin"


@cache
def _modules() -> tuple[str, ...]:
    files = sorted(urls.PLAYER_FILES.rglob("*.js"))
    names = [path.relative_to(urls.PLAYER_FILES).as_posix() for path in files]
    return tuple(f"{urls.player()}/{name}" for name in names if not name.startswith(_LATER))


def _shows_viewer(path: str) -> bool:
    return path.removeprefix(urls.base()).strip("/") == _PAGE
