"""The buttons that save a chart as PNG and as SVG: drawn in the browser, with the caption under it."""

from __future__ import annotations

import re

import streamlit as st

from fixviz.ui import urls

_HTML = """
<div class="save-chart"></div>
"""

_CSS = """
.save-chart { display: flex; flex-direction: column; gap: 1rem; font-family: var(--st-font); }
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
  const url = new URL(component.data.modules + "/export/chart.js", window.location.href);
  const { mount } = await import(url.href);
  mount(component);
}
"""

_chart_files = st.components.v2.component("fixviz_chart_files", html=_HTML, css=_CSS, js=_BOOTSTRAP)


def chart_files(key: str, name: str, caption: str) -> None:
    """Two buttons that save the chart with this `key`.

    name: the files' name without ending. caption: stands under the chart in both files. They have
    the colors of the page; a PNG has three pixels for each one on the page.
    """
    _chart_files(
        key=f"{key}-files",
        data={
            "chart": "st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip()),
            "name": name,
            "caption": caption,
            "modules": urls.component(),
            "plotly": urls.plotly_code(),
        },
    )
