"""The app for Streamlit Community Cloud, which installs requirements.txt beside this file, but not fixviz."""

import os
import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
# The app answers to its own name alone, which is below this domain.
os.environ.setdefault("FIXVIZ_ALLOWED_HOSTS", "*.streamlit.app")

from fixviz.ui.server import SCRIPT, lifespan, middleware, routes, tell_error  # noqa: E402

app = st.App(
    SCRIPT,
    routes=routes(),
    middleware=middleware(),
    lifespan=lifespan,
    on_script_error=tell_error,
)
