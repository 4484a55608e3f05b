"""The card of one checkpoint: what it is, and its figures with intervals."""

from __future__ import annotations

import streamlit as st

from fixviz.errors import FixvizError
from fixviz.model.config import read_config, resolve_checkpoint
from fixviz.reading.benchmark.measured import Measured
from fixviz.reading.benchmark.quantities import PRESETS, QUANTITIES
from fixviz.reading.model_facts import kind, training
from fixviz.ui.pages import page_file
from fixviz.ui.text import plain, quiet, quiet_markdown

_ORIGINS = {
    "own": "Yours: from the results file that you added.",
    "earlier": "An earlier training, whose weights do not come with fixviz.",
}


def show(model: Measured) -> None:
    """Draw the card."""
    st.subheader(plain(model.title), anchor=False)
    quiet_markdown(f"{plain(_what(model))} · `{model.sha256[:12]}…`")
    if model.origin in _ORIGINS:
        quiet(_ORIGINS[model.origin])
    with st.container(key="benchmark-figures"):
        st.markdown(_figures(model))
    quiet(_conditions(model))
    if model.origin == "shipped":
        st.page_link(
            page_file("manage", "models"),
            label="Its card on Models",
            icon=":material/deployed_code:",
        )


def _what(model: Measured) -> str:
    """Return how the model is built and how long it was trained."""
    if model.origin == "shipped":
        try:
            info = read_config(resolve_checkpoint(model.name))
        except FixvizError:
            pass
        else:
            return ". ".join(filter(None, (kind(info.config), training(info))))
    about = model.about
    parts = [str(about["attention"])]
    parts += [f"{about['fixation']} fixation"] if about["fixation"] != "none" else []
    parts += ["neighbors"] if about["neighbors"] else []
    return f"{', '.join(parts)}; {model.training}" if model.training else ", ".join(parts)


def _figures(model: Measured) -> str:
    """Return a table of all figures that were measured, in Markdown: a column for each kind of clips."""
    presets = [preset for preset in PRESETS if preset in model.entries] or list(PRESETS[:1])
    lines = [
        "| | " + " | ".join(f"{preset.capitalize()} clips" for preset in presets) + " |",
        "|---" * (len(presets) + 1) + "|",
    ]
    alone = []
    for quantity in QUANTITIES.values():
        found = [quantity.read(model, preset) for preset in presets]
        if quantity.name.startswith("right_") or not any(found):
            continue
        if quantity.of_clips:
            cells = ["–" if one is None else quantity.told(one) for one in found]
            lines.append(f"| {quantity.title} | {' | '.join(cells)} |")
        elif found[0] is not None:
            alone.append(f"- {quantity.title}: {quantity.told(found[0])}")
    return "\n".join([*lines, "", *alone])


def _conditions(model: Measured) -> str:
    entries = list(model.entries.values())
    clips = " and ".join(dict.fromkeys(f"{e['clips']}" for e in entries))
    devices = ", ".join(dict.fromkeys(str(e["cost"]["device"]) for e in entries))
    first = entries[0]
    text = f"{clips} clips of each kind, {first['width']} × {first['height']} px; time and memory: {devices}."
    if model.masked is not None:
        text += f" Real video: {model.masked['masks']}."
    if model.faithfulness:
        clips = " and ".join(dict.fromkeys(str(e["clips"]) for e in model.faithfulness.values()))
        text += f" Deletion and insertion: {clips} clips."
    return text
