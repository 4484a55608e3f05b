"""The app's launcher: `streamlit run app.py`, from any folder."""

import streamlit as st

from fixviz.ui.server import lifespan, middleware, routes

app = st.App("fixviz/ui/shell.py", routes=routes(), middleware=middleware(), lifespan=lifespan)
