"""A page that shows each of some names as plain text in every kind of place; run by Streamlit."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import streamlit as st

from fixviz.ui.text import fail, plain, quiet

for number, name in enumerate(json.loads(Path(sys.argv[1]).read_text())):
    with st.container(key=f"text-alone-{number}"):
        st.markdown(plain(name))
    with st.container(key=f"text-bold-{number}"):
        st.markdown(f"**{plain(name)}**")
    with st.container(key=f"text-quiet-{number}"):
        quiet(name)
    with st.container(key=f"text-title-{number}"):
        st.title(plain(name), anchor=False)
    with st.container(key=f"text-button-{number}"):
        st.button(plain(name), key=f"button-{number}")
    with st.container(key=f"text-sentence-{number}"):
        fail(name, "")
st.html("<p id='drawn'></p>")
