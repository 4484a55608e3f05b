"""Span, sampling and crop, chosen on the picture before a run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from fixviz.engine import AnalysisRequest
from fixviz.errors import FixvizError, JobCancelled
from fixviz.media.clip import Crop
from fixviz.ui import urls
from fixviz.ui.choose import clip
from fixviz.ui.choose.crop import draw_crop
from fixviz.ui.choose.models import Offered, choose_models, clash, offered
from fixviz.ui.choose.plan import Sampled, at_size, grid, least_side, sampled, windows
from fixviz.ui.choose.previews import show_preview
from fixviz.ui.choose.size import choose_size, sentence
from fixviz.ui.choose.submit import submit
from fixviz.ui.services import services
from fixviz.ui.text import fail, plain, quiet

_DEFAULT_RATE_HZ = 8.0
_FEWEST_FRAMES = 8
_MASKS = ("masks", "masks_name", "masks_inverted")
"""Fields of a request about the masks that came with the clip."""


@dataclass(frozen=True)
class _Choice:
    models: tuple[str, ...]
    start_s: float
    end_s: float | None
    frames: int


def show(chosen: clip.PickedClip) -> None:
    """Draw the choice for one clip; a click submits it and reruns the page."""
    info = chosen.info
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(plain(chosen.title), anchor=False)
        st.space("stretch")
        st.button(
            "Choose another clip", icon=":material/movie:", on_click=clip.drop, key="adjust-back"
        )
    quiet(
        f"{info.width} × {info.height} px, {info.duration_s:.2f} s, {info.fps:.2f} frames/s. Nothing is "
        "analyzed until you press Analyze."
    )
    if "masks_name" in chosen.options:
        quiet(f"With masks from {chosen.options['masks_name']}.", ":material/check:")
    left, right = st.columns([3, 2], gap="large")
    models = offered()
    with right:
        choice = _options(chosen, models)
        below = st.container()
    configs = {name: models[name].config for name in choice.models}
    rate = next((config.frame_rate for config in configs.values()), _DEFAULT_RATE_HZ)
    try:
        frames = sampled(
            info.duration_s, info.fps, rate, choice.start_s, choice.end_s, choice.frames
        )
        with left:
            crop = _picture(chosen, frames, least_side(list(configs.values())))
    except JobCancelled:
        return
    except FixvizError as error:
        fail(error)
        return
    with below:
        picked = [models[name] for name in choice.models]
        ready, size = False, None
        if not picked:
            st.warning("Choose at least one model.", icon=":material/deployed_code:")
        elif clash(configs) is None:
            ready, size = _take(chosen, choice, picked, frames, rate, crop)
        if st.button(
            "Analyze",
            type="primary",
            icon=":material/play_arrow:",
            key="adjust-analyze",
            width="stretch",
            disabled=not ready,
        ):
            clip.drop()
            submit(lambda: _request(chosen, choice, crop, size))


def _take(
    chosen: clip.PickedClip,
    choice: _Choice,
    models: Sequence[Offered],
    frames: Sampled,
    rate: float,
    crop: Crop | None,
) -> tuple[bool, int | None]:
    """Let the visitor choose the frame size, say what the run takes in and takes; return if it fits, and
    the size.
    """
    part = (chosen.info.width, chosen.info.height) if crop is None else crop[2:]
    key = f"adjust-{chosen.number}"
    size, found = choose_size(
        models, lambda size: _request(chosen, choice, crop, size), chosen.info, part, key
    )
    _summary(models, frames, rate, part, size)
    if found is None:
        return True, size
    if found.refused is not None:
        fail(found.refused, ":material/block:")
        return False, size
    quiet(sentence(found))
    return True, size


def _options(chosen: clip.PickedClip, models: Mapping[str, Offered]) -> _Choice:
    settings, info = services().settings, chosen.info
    key, given = f"adjust-{chosen.number}", chosen.options
    picked = choose_models(models, f"{key}-models", given.get("models"))
    end = math.floor(100 * info.duration_s) / 100
    start_s, end_s = 0.0, end
    if end > 0:
        wanted = given.get("start_s") or 0.0, given.get("end_s") or end
        start_s, end_s = st.slider(
            "Span",
            0.0,
            end,
            (min(wanted[0], end), min(max(wanted), end)),
            step=_step(end),
            format="%.2f s",
            key=f"{key}-span",
            help="Which seconds are analyzed. Their first and last frame are shown below the picture.",
        )
    frames = st.slider(
        "Frames, at most",
        _FEWEST_FRAMES,
        settings.max_frames,
        min(given.get("frames") or settings.max_frames, settings.max_frames),
        key=f"{key}-frames",
        help="Frames are taken at the frame rate of the models. The analysis stops after this many frames.",
    )
    return _Choice(picked, start_s, None if end_s >= end else end_s, frames)


def _picture(chosen: clip.PickedClip, frames: Sampled, least: int) -> Crop | None:
    preview = show_preview(chosen.path, frames.times[0], frames.times[-1], services().settings)
    base = f"{urls.api()}/previews/{preview.token}"
    crop = draw_crop(
        [f"{base}/{number}" for number in range(len(preview.pictures))],
        preview.times,
        (chosen.info.width, chosen.info.height),
        least,
        f"adjust-{chosen.number}-crop",
    )
    quiet("Drag on the picture to choose a part of it. Only this part is analyzed.")
    return crop


def _summary(
    models: Sequence[Offered],
    frames: Sampled,
    rate: float,
    part: tuple[int, int],
    size: int | None,
) -> None:
    count = len(frames.times)
    lines = [
        f"**{count} frames**, {rate:g} per second, from {frames.times[0]:.2f} to {frames.times[-1]:.2f} s"
    ]
    if frames.left_out:
        lines.append(f"{frames.left_out} more frames in these seconds are left out")
    looks: dict[str, list[str]] = {}
    for model in models:
        number = windows(count, model.config)
        rows, columns = grid(at_size(model.config, size), *part)
        look = (
            f"{number} window{'s' * (number != 1)} of {model.config.frames} frames, "
            f"{rows} × {columns} patches a frame"
        )
        looks.setdefault(look, []).append(plain(model.title))
    for look, titles in looks.items():
        lines.append(look if len(looks) == 1 else f"{', '.join(titles)}: {look}")
    st.markdown("\n".join(f"- {line}" for line in lines))


def _request(
    chosen: clip.PickedClip, choice: _Choice, crop: Crop | None, size: int | None
) -> AnalysisRequest:
    return AnalysisRequest(
        video=chosen.path,
        name=chosen.title,
        sha256=chosen.info.sha256,
        models=choice.models,
        size=size,
        start_s=choice.start_s,
        end_s=choice.end_s,
        frames=choice.frames,
        crop=crop,
        **{name: chosen.options[name] for name in _MASKS if name in chosen.options},
    )


def _step(length: float) -> float:
    """Return the step of the span's slider in seconds: about as fine as a hand can move it."""
    return 0.05 if length <= 60 else 0.5
