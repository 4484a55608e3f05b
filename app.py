"""The app's launcher: `streamlit run app.py`, from any folder."""

import streamlit as st

from fixviz.ui.server import SCRIPT, lifespan, middleware, routes

app = st.App(SCRIPT, routes=routes(), middleware=middleware(), lifespan=lifespan)
