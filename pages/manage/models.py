"""Models: the shipped checkpoints, and what they run on."""

import streamlit as st

from fixviz.errors import ModelError
from fixviz.model.config import checkpoint_names, read_config, resolve_checkpoint
from fixviz.ui.models import facts, kind, parameter_count
from fixviz.ui.services import services
from fixviz.ui.words import quiet

st.title("Models", anchor=False)


def show_device() -> None:
    devices = services().engine.devices()
    if devices:
        quiet(f":material/memory: Analyses run on {', '.join(d.title for d in devices)}.")
    else:
        quiet(
            ":material/memory: The device is chosen when the first analysis starts: a GPU where there is one."
        )


def show_card(name: str) -> None:
    try:
        info = read_config(resolve_checkpoint(name))
        parameters = parameter_count(info.folder)
    except ModelError as error:
        st.error(f"{name}: {error}", icon=":material/error:")
        return
    st.subheader(info.title, anchor=False)
    quiet(f"{kind(info.config)} · `{name}`")
    st.metric("Parameters", f"{parameters:,}")
    st.markdown("\n".join(f"- **{label}:** {value}" for label, value in facts(info.config)))
    if info.config.class_names:
        with st.expander("Classes"):
            st.markdown(", ".join(info.config.class_names))
    if info.card:
        with st.expander("Model card"):
            st.markdown(info.card)


show_device()
names = checkpoint_names()
if not names:
    st.info("No models are installed: the folder checkpoints/ is empty.", icon=":material/info:")
with st.grid("auto", min_column_width=320):
    for name in names:
        with st.container(border=True, height="stretch"):
            show_card(name)
