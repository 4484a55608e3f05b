"""The Models page."""

from __future__ import annotations

import streamlit as st

from fixviz.model.config import checkpoint_names
from fixviz.ui.models import card, device, load
from fixviz.ui.owner import current_owner
from fixviz.ui.services import services
from fixviz.ui.words import quiet


def show() -> None:
    """Draw the device, one's own checkpoints, and the shipped ones."""
    st.title("Models", anchor=False)
    # In a container of its own: its lines change while models load, and what follows must not be
    # taken for something new by the browser, which would close the form.
    with st.container():
        device.show()
    load.show()
    own = services().models.list(current_owner())
    if own:
        st.header("Your own", anchor=False)
        for model in own:
            with st.container(border=True):
                card.show_own(model)
        st.header("Shipped with fixviz", anchor=False)
    names = checkpoint_names()
    if not names:
        st.info(
            "No models are installed: the folder checkpoints/ is empty.", icon=":material/info:"
        )
    for name in names:
        with st.container(border=True):
            card.show_shipped(name)
    quiet(
        "To offer a checkpoint to everybody on this server, put its folder into `checkpoints/`; "
        "`fixviz analyze --models PATH` takes a folder anywhere on the disk."
    )
