"""The viewer: a components.v2 component of plain JavaScript modules.

Streamlit carries only addresses and a handful of words. The modules, the manifest, the maps and the
frames are fetched by the browser from the routes, and all exploring happens there; the view comes
back once a change has settled, so that the address names it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import streamlit as st

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

_viewer = st.components.v2.component("fixviz_viewer", js=_BOOTSTRAP)


def clean_words(words: object) -> dict[str, str]:
    """What of `words` can name a view: known parameters with plain values, in the order given."""
    if not isinstance(words, Mapping):
        return {}
    return {
        str(key): str(value)
        for key, value in words.items()
        if key in VIEW_WORDS and _WORD.fullmatch(str(value))
    }


def viewer(handle: str, view: Mapping[str, str]) -> dict[str, str] | None:
    """Show the run behind `handle`, at first in the view that the words name.

    Returns the words of the view that somebody has settled on since, or None.
    """
    result = _viewer(
        key=_KEY,
        data={
            "modules": addresses.component(),
            "run": addresses.run(handle),
            "handle": handle,
            "view": dict(view),
        },
        on_view_change=lambda: None,
    )
    return None if result.view is None else clean_words(result.view)
