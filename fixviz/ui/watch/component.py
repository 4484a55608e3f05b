"""The viewer: a components.v2 component of plain JavaScript modules.

Streamlit passes only URLs and a handful of parameters. The browser fetches the modules, the manifest, the
maps and the frames from the routes, and all exploring happens there. The view comes back once a change
has settled, so that the URL names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from fixviz.reading.player_texts import player_texts
from fixviz.ui import urls
from fixviz.ui.player_parameters import clean_parameters
from fixviz.ui.session import Opened

_KEY = "viewer"
_WHAT_IF = ("model", "axis", "layer", "head", "frame", "change")

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


def viewer(opened: Opened, on_settle: Callable[[dict[str, str]], None]) -> dict[str, str] | None:
    """Show a run, at first in its view. Return query parameters of What if where somebody goes there.

    on_settle: called with the parameters of each view that somebody has settled on since.
    """
    shown = _viewer(
        key=_KEY,
        data={
            "modules": urls.player(),
            "run": urls.run(opened.handle),
            "handle": opened.handle,
            "view": dict(opened.view),
            "arrival": opened.arrival,
            **player_texts(),
            "what_if": urls.page("what_if"),
        },
        on_view_change=lambda: on_settle(clean_parameters(st.session_state[_KEY].get("view"))),
        on_what_if_change=lambda: None,
    )
    return _what_if_parameters(opened.handle, shown.what_if)


def _what_if_parameters(handle: str, asked: Any) -> dict[str, str] | None:
    """Return the query parameters of a link to What if on this run; None where none was followed."""
    if not isinstance(asked, Mapping):
        return None
    return {"run": handle} | {name: str(asked[name]) for name in _WHAT_IF if name in asked}


def listener(on_leave: Callable[[str, dict[str, str]], None]) -> None:
    """Learn of a view that has not settled when somebody goes to another page.

    on_leave: called with the run's handle and the view's parameters. The listener belongs into the
    shell: Streamlit drops what a page's own component sends while another page is being opened.
    """

    def leave() -> None:
        told = st.session_state[_LISTENER].get("view") or {}
        on_leave(str(told.get("run")), clean_parameters(told))

    _listener(key=_LISTENER, on_view_change=leave)
