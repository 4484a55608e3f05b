"""The models of the page: those that come with fixviz, and those of a file that the visitor brings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

import streamlit as st

from fixviz.errors import FixvizError
from fixviz.model.config import checkpoint_names, checkpoint_sha256, resolve_checkpoint
from fixviz.reading.benchmark.measured import Measured, Results, measured_models, shipped_results
from fixviz.reading.benchmark.uploaded import MOST_BYTES, read_uploaded
from fixviz.reading.texts import benchmark as texts
from fixviz.ui.owner import current_owner
from fixviz.ui.security.uploads import release
from fixviz.ui.services import services
from fixviz.ui.text import fail, plain, quiet, quiet_markdown

_OWN: Final = "benchmark_own"


def shipped() -> dict[str, str]:
    """Return the hash of each shipped checkpoint by name; damaged ones are left out."""
    found = {}
    for name in checkpoint_names():
        folder = resolve_checkpoint(name)
        try:
            files = [folder / "config.json", folder / "model.safetensors"]
            found[name] = _sha256(folder, tuple(file.stat().st_mtime_ns for file in files))
        except (FixvizError, OSError):
            continue
    return found


@lru_cache(maxsize=100)
def _sha256(folder: Path, stamps: tuple[int, ...]) -> str:
    return checkpoint_sha256(folder)


def all_models() -> list[Measured]:
    """Return the measured models: shipped, the visitor's own, then earlier trainings."""
    known = measured_models(shipped_results(), shipped())
    seen = {model.sha256 for model in known}
    own: Results | None = st.session_state.get(_OWN)
    brought = [] if own is None else measured_models(own, {}, own=True)
    first = [model for model in known if model.origin == "shipped"]
    others = [model for model in known if model.origin != "shipped"]
    return [*first, *(model for model in brought if model.sha256 not in seen), *others]


def not_measured(models: Mapping[str, Measured]) -> None:
    """Name the checkpoints that could be in the plot, but of which nothing was measured."""
    missing = [name for name in shipped() if name not in models]
    hashes = {model.sha256 for model in models.values()}
    own = services().models.list(current_owner())
    missing += [model.title for model in own if model_hash(model.info.folder) not in hashes]
    if missing:
        quiet(f"Not measured yet: {', '.join(missing)}.")


def model_hash(folder: Path) -> str:
    """Return the hash of a checkpoint; empty for a damaged one."""
    try:
        files = [folder / "config.json", folder / "model.safetensors"]
        return _sha256(folder, tuple(file.stat().st_mtime_ns for file in files))
    except (FixvizError, OSError):
        return ""


def bring_your_own() -> None:
    """Let the visitor add a results file of checkpoints of their own, or take it out again."""
    with st.expander("Add your own checkpoints", icon=":material/upload:"):
        quiet_markdown(texts.OWN)
        file = st.file_uploader(
            "Results file",
            type=["json"],
            key="benchmark-file",
            max_upload_size=max(1, MOST_BYTES // 10**6),
        )
        if file is not None and st.button(
            "Add to the plot", icon=":material/add_chart:", key="benchmark-add"
        ):
            try:
                st.session_state[_OWN] = read_uploaded(file.getvalue())
            except FixvizError as error:
                fail(error)
            else:
                release([file])
                st.rerun()
        own: Results | None = st.session_state.get(_OWN)
        if own is not None:
            titles = dict.fromkeys(str(entry["title"]) for entry in own.entries)
            st.markdown(f"In the plot: {plain(', '.join(titles))}")
            if st.button("Take them out", icon=":material/delete:", key="benchmark-remove"):
                del st.session_state[_OWN]
                st.rerun()
