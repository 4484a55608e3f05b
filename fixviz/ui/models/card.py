"""One model: what it is, how large, what was measured, and its classes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from fixviz.errors import FixvizError, ModelError
from fixviz.model.config import (
    CheckpointInfo,
    checkpoint_sha256,
    read_config,
    resolve_checkpoint,
)
from fixviz.model.frame_sizes import trained_sizes
from fixviz.own_models.registry import OwnModel
from fixviz.reading.model_facts import amount, facts, kind, size, training
from fixviz.ui.choose.models import prefer
from fixviz.ui.library.shelf import day
from fixviz.ui.models import measured
from fixviz.ui.owner import current_owner
from fixviz.ui.pages import page_file
from fixviz.ui.services import services
from fixviz.ui.text import fail, plain, quiet, quiet_markdown

_LEVEL = 3
"""Level of a model's heading on the page; the headings of its card stand below it."""

# Streamlit would show comments as text.
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)


@st.cache_data(show_spinner=False, max_entries=100)
def _sha256(folder: str, stamp: int) -> str:
    return checkpoint_sha256(Path(folder))


def show_shipped(name: str) -> None:
    """Draw the card of a model that comes with fixviz."""
    try:
        info = read_config(resolve_checkpoint(name))
        sha = _hash(info)
        _head(info, name, sha)
    except ModelError as error:
        fail(f"{name}: {error}")
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        _facts(info, training(info))
    with right:
        _measured(name, sha)
    _more(info, trusted=True)


def show_own(model: OwnModel) -> None:
    """Draw the card of the visitor's own checkpoint, with buttons to analyze with it and to delete it."""
    info, origin = model.info, model.origin
    try:
        sha = _hash(info)
        _head(info, model.name, sha)
    except ModelError as error:
        fail(f"{model.title}: {error}")
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        _facts(info)
    with right:
        st.markdown(
            f"- **Loaded from:** {plain(origin.source)}, {origin.kind}, on {day(origin.created)}\n"
            f"- **SHA-256 of that file:** `{origin.source_sha256[:16]}…`\n"
            f"- **One window:** {1000 * origin.seconds_per_window:,.0f} ms for a forward pass over "
            f"{info.config.frames} frames, on one core when it was loaded\n"
            f"- **Kept until:** {day(model.expires)}, longer when it is used"
        )
        with st.container(horizontal=True):
            if st.button("Analyze with it", icon=":material/play_arrow:", key=f"use-{model.name}"):
                prefer([model.name])
                st.switch_page(page_file("inspect", "watch"))
            if st.button("Delete", icon=":material/delete:", key=f"delete-{model.name}"):
                _delete(model)
    _more(info, trusted=False)


@st.dialog("Delete this checkpoint?")
def _delete(model: OwnModel) -> None:
    st.markdown(
        f"**{plain(model.title)}** is deleted from this server. Runs made with it stay, but nothing more can "
        "be computed from them until you load the same files again."
    )
    if st.button("Delete", type="primary", icon=":material/delete:", key="confirm-delete-model"):
        try:
            services().models.delete(model.name, current_owner())
        except FixvizError as error:
            fail(error)
        else:
            st.rerun()


def _hash(info: CheckpointInfo) -> str:
    path = info.folder / "model.safetensors"
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    return _sha256(str(info.folder), stamp)


def _head(info: CheckpointInfo, name: str, sha: str) -> None:
    st.subheader(plain(info.title), anchor=False)
    quiet_markdown(f"{plain(kind(info.config))} · `{name}` · SHA-256 `{sha[:16]}…`")


def _facts(info: CheckpointInfo, trained: str | None = None) -> None:
    found, sizes = size(info.folder), trained_sizes(info)
    st.metric("Parameters", f"{found.parameters:,}")
    lines = [
        *facts(info.config),
        *([("Training", trained)] if trained else []),
        *([("Frame sizes in training", f"{_listed(sizes)} px")] if len(sizes) > 1 else []),
        ("Weights", f"{amount(found.file_bytes)} on disk, {amount(found.memory_bytes)} in memory"),
    ]
    st.markdown("\n".join(f"- **{plain(label)}:** {plain(value)}" for label, value in lines))


def _listed(numbers: Sequence[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}"


def _measured(name: str, sha: str) -> None:
    entries = measured.entries_of(name, sha)
    st.markdown(
        "**Measured**",
        help="\n".join(
            f"- **{name.capitalize()}**: {text}" for name, text in measured.COLUMNS.items()
        ),
    )
    if not entries:
        quiet_markdown("These weights were not measured yet; `fixviz evaluate` measures them.")
        return
    table = measured.rows(entries)
    lines = [
        " | ".join(("", *(f"{row['preset'].capitalize()} clips" for row in table))),
        " | ".join("---" for _ in range(len(table) + 1)),
        *(
            " | ".join((name.capitalize(), *(row[name] for row in table)))
            for name in measured.COLUMNS
        ),
    ]
    st.markdown("\n".join(f"| {line} |" for line in lines))
    quiet(measured.conditions(entries))


def _more(info: CheckpointInfo, *, trusted: bool) -> None:
    """Draw the classes and the model card; a visitor's own card is shown without formatting or pictures."""
    names = info.config.class_names
    if names:
        with st.expander(f"Classes ({len(names)})"):
            st.markdown(" · ".join(plain(name) for name in names))
    text = _COMMENT.sub("", info.card)
    if text:
        with st.expander("Model card"):
            if trusted:
                st.markdown(headings_below(text, _LEVEL))
            else:
                st.text(text)


def headings_below(text: str, level: int) -> str:
    """Lower all headings of Markdown by `level` levels, to the sixth at most; code is left alone."""
    # A line of = or - below a text makes it a heading too.
    text = re.sub(r"(?m)^(?![#>|`~*+\s-])(.+)\n(=+|-+)[ \t]*$", _with_hashes, text)
    lines, in_code = [], False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            in_code = not in_code
        heading = None if in_code else re.match(r" {0,3}(#{1,6})(?=\s)", line)
        if heading:
            line = "#" * min(6, len(heading[1]) + level) + line[heading.end() :]
        lines.append(line)
    return "\n".join(lines)


def _with_hashes(found: re.Match[str]) -> str:
    return f"{'#' if found[2].startswith('=') else '##'} {found[1]}"
