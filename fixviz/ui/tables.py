"""Tables that are wider than the page scroll, and show that they do."""

from __future__ import annotations

from typing import Final

import streamlit as st

FADE: Final = "fixviz-more"
"""Name of the animation that shows a shade on the sides where a table goes on."""

_STYLE: Final = f"""<style>
[data-testid="stMarkdownContainer"] table {{
  display: block; width: fit-content; max-width: 100%; overflow-x: auto;
}}
[data-testid="stDataFrame"] .dvn-scroller {{
  scrollbar-width: auto !important; scrollbar-color: auto !important;
}}
[data-testid="stDataFrame"] .dvn-scroller::-webkit-scrollbar {{ height: 10px; width: 10px; }}
[data-testid="stDataFrame"] .dvn-scroller::-webkit-scrollbar-thumb {{
  background: #8a949c; border-radius: 5px;
}}
@supports (animation-timeline: scroll()) {{
  [data-testid="stMarkdownContainer"] table, [data-testid="stDataFrame"] .dvn-scroller {{
    background:
      linear-gradient(90deg, rgb(128 128 128 / 0.6), transparent) left / 0 100% no-repeat,
      linear-gradient(270deg, rgb(128 128 128 / 0.6), transparent) right / 0 100% no-repeat;
    animation: {FADE} linear both;
    animation-timeline: scroll(self x);
  }}
  @keyframes {FADE} {{
    0% {{ background-size: 0 100%, 1.5rem 100%; }}
    4%, 96% {{ background-size: 1.5rem 100%, 1.5rem 100%; }}
    100% {{ background-size: 1.5rem 100%, 0 100%; }}
  }}
}}
</style>"""


def show_where_tables_go_on() -> None:
    """Give every table of the page a scroll bar that stays, and a shade where it goes on.

    Phones hide scroll bars until somebody scrolls, so that a cut table looks like a whole one.
    """
    st.html(_STYLE)
