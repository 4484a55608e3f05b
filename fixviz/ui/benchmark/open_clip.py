"""From a held-out clip to an analysis of it in Watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fixviz.engine import AnalysisRequest
from fixviz.errors import FixvizError
from fixviz.evaluation.held_out import ClipSet
from fixviz.media.encode import encode_image, encode_mp4
from fixviz.model.config import checkpoint_names
from fixviz.ui import session
from fixviz.ui.benchmark.held_out import CLIPS
from fixviz.ui.owner import current_owner
from fixviz.ui.pages import page_file
from fixviz.ui.services import services
from fixviz.ui.text import fail

_TIMES: Final = 4
"""Every pixel becomes so many in a row: video has color for pairs of pixels only."""
_RATE: Final = 8.0


def button(clips: ClipSet, number: int, name: str, models: Sequence[str]) -> None:
    """Draw a button that analyzes a clip with those of the models that come with fixviz."""
    if st.button(
        "Open in Watch",
        icon=":material/smart_display:",
        type="tertiary",
        key=f"benchmark-open-{clips.preset}-{number}",
    ):
        _open(clips, number, name, [one for one in models if one in checkpoint_names()])


def _open(clips: ClipSet, number: int, name: str, models: Sequence[str]) -> None:
    title = f"{name.capitalize()}, {clips.preset} clip {number}"
    engine, owner = services().engine, current_owner()
    try:
        drawn = CLIPS.clip(clips, number)
        stem = f"{clips.preset}-{clips.seed}-{number}"
        masks = [
            (
                f"{i:05d}.png",
                encode_image(np.repeat(_larger(mask, (0, 1))[..., None], 3, -1), "png"),
            )
            for i, mask in enumerate(drawn.masks)
        ]
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"{stem}.mp4"
            encode_mp4(path, _larger(drawn.frames, (1, 2)), _RATE)
            kept = engine.add_upload(path.name, path, owner)
        of_masks = engine.add_masks(f"{stem}_mask.zip", masks, owner)
        request = AnalysisRequest.of_upload(
            kept, of_masks, **({"models": tuple(models)} if models else {})
        )
        request = replace(request, name=title)
        job = engine.submit(request, owner)
    except FixvizError as error:
        fail(error)
        return
    run = job.status().run
    if run is not None:
        session.open_run(run)
        parameters = {"run": run}
    else:
        session.wait_for(session.Waiting(job.id, title, Path(kept.path).name))
        parameters = {"job": job.id}
    st.switch_page(page_file("inspect", "watch"), query_params=parameters)


def _larger(pictures: NDArray[np.uint8], axes: tuple[int, int]) -> NDArray[np.uint8]:
    """Repeat every pixel. axes: those of rows and of columns."""
    return pictures.repeat(_TIMES, axes[0]).repeat(_TIMES, axes[1])
