"""The Models page."""

from __future__ import annotations

import contextlib
import sys

import streamlit as st

from fixviz.engine import DEFAULT_MODELS
from fixviz.errors import FixvizError
from fixviz.model.config import checkpoint_names, read_config, resolve_checkpoint
from fixviz.reading.model_facts import trained_on
from fixviz.ui.models import card, device, load
from fixviz.ui.owner import current_owner
from fixviz.ui.services import services
from fixviz.ui.text import quiet, quiet_markdown

_MAIN, _PARTS = "Shipped with fixviz", "The parts, one by one"
_FINER = "For finer maps"


def _shipped() -> dict[str, list[str]]:
    """Return the names of the shipped checkpoints by heading, in the order of the page."""
    groups: dict[str, list[str]] = {_MAIN: [], _FINER: [], _PARTS: []}
    for name in checkpoint_names():
        groups.setdefault(_heading(name), []).append(name)
    return {heading: names for heading, names in groups.items() if names}


def _heading(name: str) -> str:
    if name in DEFAULT_MODELS:
        return _MAIN
    with contextlib.suppress(FixvizError):
        info = read_config(resolve_checkpoint(name))
        presets = trained_on(info)
        if presets and info.config.image_size > _main_size():
            return _FINER
        if presets:
            return _PARTS if "standard" in presets else f"Trained on {' and '.join(presets)} clips"
    return "Others"


def _main_size() -> int:
    """Return the frame size of the main models in pixels; without any, no model is larger."""
    for name in DEFAULT_MODELS:
        with contextlib.suppress(FixvizError):
            return read_config(resolve_checkpoint(name)).config.image_size
    return sys.maxsize


def show() -> None:
    """Draw the device, the visitor's own checkpoints, and the shipped ones."""
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
    groups = _shipped()
    if not groups:
        st.info(
            "No models are installed: the folder checkpoints/ is empty.", icon=":material/info:"
        )
    for title, names in groups.items():
        st.header(title, anchor=False)
        if title == _FINER:
            quiet_markdown(
                "Larger networks for larger frames. They take many times as long as the models above; "
                "compare them with each other. *Choose a part first* on the page Watch says what a run takes."
            )
        if title == _PARTS:
            quiet(
                "Each of these models lacks or replaces one part of a main model. Compare only models that "
                "were trained for equally many steps, as the tables in the README do."
            )
        for name in names:
            with st.container(border=True):
                card.show_shipped(name)
    quiet_markdown(
        "To offer a checkpoint to everybody on this server, put its folder into `checkpoints/`. On the "
        "command line, `fixviz analyze --models PATH` takes a folder anywhere on the disk."
    )
