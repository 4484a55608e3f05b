"""How the numbers of a page are counted, said once."""

from __future__ import annotations

import streamlit as st

from fixviz.reading.counting import SLOT, SOURCE, UNSCALED, WINDOW


def explain() -> None:
    """Draw the details that hold for all figures of a page, one click away."""
    with st.expander("How these numbers are counted"):
        st.markdown("\n".join(f"- {line}" for line in (WINDOW, SLOT, SOURCE, UNSCALED)))
