"""The buttons that save a drawing as PNG and as SVG."""

from __future__ import annotations

import streamlit as st

from fixviz.ui import urls

_HTML = """
<div class="save-drawing"></div>
"""

_CSS = """
.save-drawing { display: flex; flex-direction: column; gap: 1rem; font-family: var(--st-font); }
button {
  min-height: 2.5rem; padding: 0.25rem 0.75rem; cursor: pointer;
  font-family: inherit; font-size: 0.875rem;
  color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
button:hover, button:focus-visible { color: var(--st-primary-color); border-color: currentColor; }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.message { font-size: 0.875rem; color: var(--st-text-color); }
.message:empty { display: none; }
"""

# The line breaks keep Streamlit from taking the code for the name of a file.
_BOOTSTRAP = """
export default async function (component) {
  const url = new URL(component.data.modules + "/export/drawing.js", window.location.href);
  const { mount } = await import(url.href);
  mount(component);
}
"""

_buttons = st.components.v2.component("fixviz_drawing_files", html=_HTML, css=_CSS, js=_BOOTSTRAP)


def drawing_files(key: str, name: str, svg: str) -> None:
    """Draw two buttons that save a drawing, the text of an SVG file, under this name without ending.

    A PNG, which the browser draws, has three pixels for each one of the drawing.
    """
    _buttons(key=key, data={"svg": svg, "name": name, "modules": urls.player()})
