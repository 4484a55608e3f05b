"""The app's launcher: `streamlit run app.py`, from any folder."""

import streamlit as st

from fixviz.ui.server import SCRIPT, lifespan, middleware, routes, tell_error

app = st.App(
    SCRIPT,
    routes=routes(),
    middleware=middleware(),
    lifespan=lifespan,
    on_script_error=tell_error,
)
