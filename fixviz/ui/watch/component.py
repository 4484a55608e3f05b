"""The viewer: a components.v2 component of plain JavaScript modules.

Streamlit carries only addresses and a handful of words. The modules, the manifest, the maps and the
frames are fetched by the browser from the routes, and all exploring happens there; the view comes
back once a change has settled, so that the address names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import streamlit as st

from fixviz.reading.texts.player import QUANTITY_HELP
from fixviz.ui import addresses

VIEW_WORDS = (
    "frame",
    "show",
    "layer",
    "head",
    "axis",
    "by",
    "neighbor",
    "scale",
    "overlay",
    "style",
    "colors",
    "query",
    "active",
    "at",
    "alpha",
    "off",
    "versus",
    "attribution",
)
"""The parameters of an address that say which view of the run it opens."""

_WORD = re.compile(r"[a-z0-9.-]{1,40}")
_KEY = "viewer"

# The line breaks keep Streamlit from taking the code for the name of a file. The manifest of a first
# run is fetched while the modules load; later the modules are there already.
_BOOTSTRAP = """
let loaded = false;
export default async function (component) {
  const { modules, run } = component.data;
  const asked = loaded ? null : fetch(run + "/manifest.json");
  asked?.catch(() => {});
  loaded = true;
  const { mount } = await import(new URL(modules + "/main.js", window.location.href).href);
  return mount(component, asked);
}
"""

_LISTENER = "viewer_left"
# The viewer's own module sends the event (main.js).
_LISTEN = """
export default function ({ setStateValue }) {
  const hear = ({ detail }) => setStateValue("view", detail);
  document.addEventListener("fixviz:view", hear);
  return () => document.removeEventListener("fixviz:view", hear);
}
"""

_viewer = st.components.v2.component("fixviz_viewer", js=_BOOTSTRAP)
_listener = st.components.v2.component("fixviz_viewer_left", js=_LISTEN)


def clean_words(words: object) -> dict[str, str]:
    """What of `words` can name a view: known parameters with plain values, in the order given."""
    if not isinstance(words, Mapping):
        return {}
    return {
        str(key): str(value)
        for key, value in words.items()
        if key in VIEW_WORDS and _WORD.fullmatch(str(value))
    }


def viewer(
    handle: str, view: Mapping[str, str], on_settle: Callable[[dict[str, str]], None]
) -> None:
    """Show the run behind `handle`, at first in the view that the words name.

    on_settle is given the words of each view that somebody has settled on since.
    """
    _viewer(
        key=_KEY,
        data={
            "modules": addresses.component(),
            "run": addresses.run(handle),
            "handle": handle,
            "view": dict(view),
            "help": QUANTITY_HELP,
        },
        on_view_change=lambda: on_settle(clean_words(st.session_state[_KEY].get("view"))),
    )


def listener(on_leave: Callable[[str, dict[str, str]], None]) -> None:
    """Hear of a view that has not settled when somebody goes to another page.

    on_leave is given the run's handle and the words. Stands in the shell: what a page's own component
    has to say is dropped when another page is asked for in the same moment.
    """

    def leave() -> None:
        told = st.session_state[_LISTENER].get("view") or {}
        on_leave(str(told.get("run")), clean_words(told))

    _listener(key=_LISTENER, on_view_change=leave)
