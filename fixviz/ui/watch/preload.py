"""Headers with which a browser fetches the viewer beside Streamlit's own files, not after them.

Streamlit starts its script, and the script mounts the viewer, only once its own bundles have run. A
`Link` header on the page lets the viewer's modules, and the run that the address names, come
meanwhile (HTML standard, "preload" and "modulepreload"). All of it is a hint: without it the same is
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
from fixviz.ui import addresses

_PAGE = "watch"
# What the viewer loads later, when somebody asks for it.
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
                    words = QueryParams(scope["query_string"])
                    headers["Link"] = ", ".join(await run_in_threadpool(hints, self.store, words))
            await send(message)

        await self.app(scope, receive, send_with_hints)


def hints(store: Callable[[], Store], words: Mapping[str, str]) -> list[str]:
    """The values of the Link header for a page with these words in its address."""
    found = [f"<{address}>; rel=modulepreload" for address in _modules()]
    handle = words.get("run", "")
    if is_handle(handle):
        # Browsers complain of anything but a module that was fetched early and is not used.
        found.append(f"<{addresses.component()}/styles.css>; rel=preload; as=style")
        base = addresses.run(handle)
        found.append(_fetched(f"{base}/manifest.json"))
        try:
            manifest = store().manifest(handle)
        except StorageError:
            return found
        found += [_fetched(f"{base}/artifacts/{sha}") for sha in first_parts(manifest, words)]
    return found


def first_parts(manifest: Mapping[str, Any], words: Mapping[str, str]) -> list[str]:
    """Hashes of what the viewer draws first: the frame, and the maps of attention received.

    Another quantity brings its own maps once the viewer runs; so do words that make no sense.
    """
    frame = words.get("frame", str(opening_frame(manifest)))
    names = [f"frame/{frame.zfill(4)}"]
    if words.get("show", "attention") == "attention":
        for model in manifest["models"]:
            axis = words.get("axis", "joint" if "joint" in model["axes"] else "spatial")
            base = f"{model['name']}/{axis}"
            names += [f"{base}/attention_received/{words.get('by', 'source')}", f"{base}/metrics"]
    stored = {**manifest.get("files", {}), **manifest["arrays"]}
    return [stored[name]["sha"] for name in names if name in stored]


def _fetched(address: str) -> str:
    # As the viewer asks for it: fetch() in its default mode.
    return f"<{address}>; rel=preload; as=fetch; crossorigin"


@cache
def _modules() -> tuple[str, ...]:
    files = sorted(addresses.COMPONENT_FILES.rglob("*.js"))
    names = [path.relative_to(addresses.COMPONENT_FILES).as_posix() for path in files]
    return tuple(f"{addresses.component()}/{name}" for name in names if not name.startswith(_LATER))


def _shows_viewer(path: str) -> bool:
    return path.removeprefix(addresses.base()).strip("/") == _PAGE
