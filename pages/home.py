"""The app's address without a page, to which the logo leads: on to Watch."""

import streamlit as st

from fixviz.ui.pages import page_file

st.switch_page(page_file("inspect", "watch"), query_params=st.query_params.to_dict())
