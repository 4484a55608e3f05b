"""The frame size of a run, chosen with what each size costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from fixviz.engine import AnalysisRequest, Estimate
from fixviz.engine.estimate import duration
from fixviz.errors import FixvizError
from fixviz.media import VideoInfo
from fixviz.ui.choose.models import Offered
from fixviz.ui.choose.plan import at_size, grid
from fixviz.ui.incidents import fragment
from fixviz.ui.services import services
from fixviz.ui.text import quiet

_POLL_S = 0.7

MakeRequest = Callable[[int | None], AnalysisRequest]
"""Returns the request at a frame size; None shows each model frames of the size it was trained at."""


def sizes_of(models: Sequence[Offered]) -> list[int | None]:
    """Return the frame sizes to choose from, ascending: those that all models were trained on.

    None comes first where the models were not all made for one size: each is then shown its own.
    """
    own = {model.config.image_size for model in models}
    common = set.intersection(*(set(model.sizes) for model in models)) if models else set()
    one_size = len(own) == 1
    return [*([] if one_size and own <= common else [None]), *sorted(common)]


def choose_size(
    models: Sequence[Offered],
    make_request: MakeRequest,
    info: VideoInfo,
    part: tuple[int, int],
    key: str,
) -> tuple[int | None, Estimate | None]:
    """Let the visitor choose the frame size, and say what each one costs; return it with its estimate.

    The size is None where each model is shown frames of its own; the estimate, while it is measured.
    part: width and height of the picture that is analyzed, in pixels of the video.
    """
    sizes = sizes_of(models)
    found: dict[int | None, Estimate | None] = dict.fromkeys(sizes)
    failure = None
    try:
        found = {s: services().engine.estimate(make_request(s), info) for s in sizes}
    except FixvizError as error:
        failure = str(error)
    waiting = failure is None and None in found.values()
    size = sizes[0]
    if len(sizes) > 1:
        own = models[0].config.image_size
        size = st.radio(
            "Frame size",
            sizes,
            index=sizes.index(own) if own in sizes and sizes[0] is not None else 0,
            format_func=_label,
            captions=[_caption(s, models, part, found[s], waiting) for s in sizes],
            key=f"{key}-size-{len(sizes)}",
            help="Short side of the frames that the models see. Larger frames have more patches, so the "
            "maps are finer, and everything takes longer.",
        )
    if failure is not None:
        quiet(failure)
    elif waiting:
        _wait(lambda: services().engine.estimate(make_request(size), info))
    if size is not None and size > min(part):
        quiet(
            f"The picture is only {min(part)} px high or wide. It is scaled up to {size} px, which makes the "
            "grid finer but shows nothing new."
        )
    if size is None and len(sizes) > 1:
        quiet(
            "The models have different grids then. Compare where they look, but not how many patches: "
            "measures depend on the number of patches."
        )
    return size, found[size]


def sentence(found: Estimate) -> str:
    """Say what a run takes."""
    return (
        f"Takes about {duration(found.seconds)} and {found.memory_bytes / 1e9:.1f} GB of memory, as measured "
        "on this machine. It takes longer when others wait in the queue."
    )


def _label(size: int | None) -> str:
    return "Each as trained" if size is None else f"{size} px"


def _caption(
    size: int | None,
    models: Sequence[Offered],
    part: tuple[int, int],
    found: Estimate | None,
    waiting: bool,
) -> str:
    grids = dict.fromkeys(grid(at_size(model.config, size), *part) for model in models)
    patches = " and ".join(f"{rows} × {columns}" for rows, columns in grids)
    if found is None:
        return f"{patches} patches" + (", time is being measured" if waiting else "")
    if found.refused is not None:
        return f"{patches} patches, does not fit"
    return f"{patches} patches, about {duration(found.seconds)}, {found.memory_bytes / 1e9:.1f} GB of memory"


@fragment(run_every=_POLL_S)
def _wait(ask: Callable[[], Estimate | None]) -> None:
    """Say that something is being measured, and draw the page again once it is known."""
    try:
        known = ask() is not None
    except FixvizError:
        known = True
    if known:
        st.rerun()
    quiet("Measuring how fast this machine is. You need not wait for it.", ":material/timer:")
