"""Components of plain JavaScript modules: what Streamlit runs of them imports the module that draws."""

from __future__ import annotations

from typing import Any

import streamlit as st

# The line breaks keep Streamlit from taking the code for the name of a file.
_BOOTSTRAP = """
export default async function (component) {
  const { modules } = component.data;
  const { mount } = await import(new URL(modules + "/main.js", window.location.href).href);
  return mount(component);
}
"""


def module_component(name: str, css: str | None = None) -> Any:
    """Return a components.v2 component. Its data has `modules`: URL of the folder whose main.js mounts it."""
    return st.components.v2.component(name, css=css, js=_BOOTSTRAP)
