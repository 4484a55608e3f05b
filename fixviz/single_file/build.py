"""A stored run as one HTML file with the player in it: it opens from a disk or a mail and fetches nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from fixviz.browser_files import BROWSER_FILES
from fixviz.drawing.markup import Html, inline_json, join, tag
from fixviz.reading.browser_networks import FolderOf
from fixviz.reading.clip_facts import facts, notes
from fixviz.reading.player_texts import player_texts
from fixviz.single_file.run_parts import RunParts, run_parts
from fixviz.store import Store
from fixviz.version import __version__

_BUNDLE: Final = BROWSER_FILES / "bundle"
_WORKERS: Final = {
    "player/attention/worker.js": "attention-worker.js",
    "network/worker.js": "network-worker.js",
    "player/export/gif-worker.js": "gif-worker.js",
}
"""The modules of workers, and their bundles."""
LEFT_OUT: Final = (
    "The video itself and its sound: the frames looked at are here.",
    "What if, and the pages under Inspect with what they have computed.",
    "Attributions that had not been computed when the file was made.",
)
"""What no file holds: for the file itself and for the help of the command."""
_HASH_DIGITS: Final = 16


def build_file(
    store: Store,
    handle: str,
    folder_of: FolderOf,
    models: Sequence[str] | None = None,
    view: Mapping[str, str] | None = None,
) -> bytes:
    """Return the file of a run, in UTF-8.

    folder_of: finds checkpoints (fixviz.reading.browser_networks.folders). models: names of those to
    show; None for all. view: query parameters of the view in which the file opens. The file does not
    contain the handle, because whoever has the handle can open the run. Raises RunNotFound,
    StorageError, and OptionError for a model that the run lacks and for a run that is too large.
    """
    return page_of(run_parts(store, handle, folder_of, models), view or {}).encode()


def page_of(run: RunParts, view: Mapping[str, str]) -> str:
    """Return the page that carries a run and opens in a view, given by its query parameters."""
    manifest = run.manifest
    title = str(manifest["clip"]["name"])
    script = _script("player.js")
    head = join(
        [
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=_policy(script)),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("link", rel="icon", href="data:,"),
            tag("title", f"{title} · fixviz"),
            tag("style", Html(_text("single_file/styles.css"))),
        ]
    )
    opening = tag("p", "Opening the run…", class_="opening", role="status")
    body = tag(
        "div",
        _header(manifest),
        tag("main", tag("div", tag("div", opening, id="viewer"), class_="fixviz")),
        _footer(run),
        class_="page",
    )
    artifacts = (
        f'<script type="text/plain" id="artifact-{sha}">{text}</script>\n'
        for sha, text in run.texts()
    )
    return "".join(
        (
            f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head><body>{body}\n',
            f'<script type="application/json" id="data">{inline_json(_data(manifest, view))}</script>\n',
            # The player starts before the browser has read the artifacts.
            f"<script>{script}</script>\n",
            *artifacts,
            "</body></html>\n",
        )
    )


def _policy(script: str) -> str:
    """Return a policy with which the browser itself refuses every request, and any script but this one.

    Workers and styles come from texts of the page, by blob URLs. The kernels of the attention are
    WebAssembly. The player sets styles on elements.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}' blob: 'wasm-unsafe-eval'; "
        "worker-src blob:; style-src 'unsafe-inline' blob:; img-src blob: data:; media-src blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _data(manifest: Mapping[str, Any], view: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page's script reads first (fixviz/browser/single_file/main.js)."""
    styles = {
        path.relative_to(BROWSER_FILES).as_posix(): path.read_text(encoding="utf-8")
        for path in (BROWSER_FILES / "player").rglob("*.css")
    }
    workers = {module: _text(f"bundle/{bundle}") for module, bundle in _WORKERS.items()}
    return {
        "files": {**styles, **workers},
        "manifest": manifest,
        "view": dict(view),
        **player_texts(),
    }


def _script(name: str) -> str:
    """Return a bundle that ends no element: in JavaScript, "<\\/" means "</"."""
    return _text(f"bundle/{name}").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _text(name: str) -> str:
    return (BROWSER_FILES / name).read_text(encoding="utf-8")


def _header(manifest: Mapping[str, Any]) -> Html:
    models = [str(entry["title"]) for entry in manifest["models"]]
    count = len(manifest["frames"]["index"])
    listed = models[0] if len(models) == 1 else f"{', '.join(models[:-1])} and {models[-1]}"
    about = (
        f"What {listed} look{'s' if len(models) == 1 else ''} at in {count} frames of this clip. "
        "Click a patch to see where its attention goes, and turn the dial to change the fixation "
        "ratios: your browser computes it, and this file needs no network."
    )
    terms = [
        part
        for name, value in facts(dict(manifest))
        for part in (tag("dt", name), tag("dd", value.replace("`", "")))
    ]
    return tag(
        "header",
        tag("h1", manifest["clip"]["name"]),
        tag("p", about),
        *(tag("p", note, class_="soft") for note in notes(dict(manifest))),
        tag("details", tag("summary", "About this clip and its analysis"), tag("dl", *terms)),
        class_="page-head",
    )


def _footer(run: RunParts) -> Html:
    manifest = run.manifest
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    analyzed = manifest.get("created", "").replace("T", " ").replace("Z", " UTC")
    checkpoints = [
        f"{entry['title']} ({entry['checkpoint_sha256'][:_HASH_DIGITS]})"
        for entry in manifest["models"]
    ]
    lines = [
        f"File made with fixviz {__version__} on {made}."
        + (f" Clip analyzed on {analyzed}." if analyzed else ""),
        f"SHA-256 of the checkpoints: {', '.join(checkpoints)}.",
    ]
    return tag(
        "footer",
        *(tag("p", line) for line in lines),
        tag(
            "details",
            tag("summary", "What is not in this file"),
            tag("ul", *(tag("li", text) for text in (*LEFT_OUT, *run.left_out))),
            tag(
                "p",
                "The whole run is in the Library of the fixviz that made this file. Whoever has the "
                "clip gets it again with: fixviz analyze CLIP --models "
                + ",".join(entry["name"] for entry in manifest["models"]),
            ),
        ),
        class_="page-foot",
    )
