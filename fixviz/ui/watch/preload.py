"""What Watch needs first: the viewer's modules, and the maps and the frame of the run in view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from fixviz.browser_files import PLAYER_FILES
from fixviz.errors import StorageError
from fixviz.reading.opening_frame import opening_frame
from fixviz.store import Store
from fixviz.store.keys import is_handle
from fixviz.ui import urls
from fixviz.ui.preload import fetched, module, style

# Modules that the viewer loads later, when somebody uses them.
_LATER = ("attention/", "export/")


def hints(store: Callable[[], Store], parameters: Mapping[str, str]) -> list[str]:
    """Return the values of the Link header for a page with these query parameters."""
    found = [module(url) for url in _modules()]
    handle = parameters.get("run", "")
    if is_handle(handle):
        # Browsers warn of a file that was fetched early and is not used, unless it is a module.
        found.append(style(f"{urls.player()}/styles.css"))
        base = urls.run(handle)
        found.append(fetched(f"{base}/manifest.json"))
        try:
            manifest = store().manifest(handle)
        except StorageError:
            return found
        found += [fetched(f"{base}/artifacts/{sha}") for sha in first_parts(manifest, parameters)]
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


@cache
def _modules() -> tuple[str, ...]:
    files = sorted(PLAYER_FILES.rglob("*.js"))
    names = [path.relative_to(PLAYER_FILES).as_posix() for path in files]
    return tuple(f"{urls.player()}/{name}" for name in names if not name.startswith(_LATER))
