"""Where each model looks in one of the visitor's clips, frame by frame, and what it says about new ones."""

from __future__ import annotations

import numpy as np
import streamlit as st

from fixviz.drawing.color_bar import color_bar
from fixviz.errors import FixvizError
from fixviz.media.containers import SUFFIXES
from fixviz.media.overlay import overlay
from fixviz.reading.scales import Scale
from fixviz.teaching.examples import ExampleClip, ExampleSet
from fixviz.teaching.outcome import Outcome, read_map
from fixviz.ui.incidents import fragment
from fixviz.ui.pictures import show_picture
from fixviz.ui.services import services
from fixviz.ui.teach_a_model import lessons, training
from fixviz.ui.teach_a_model.words import model_title, say
from fixviz.ui.text import fail, plain, quiet

_CLIP, _TRIED = training.LOOKED_AT, "teach_tried"


def show(found: ExampleSet, learned: Outcome) -> None:
    """Draw the maps of a chosen clip, and let the visitor try a new one."""
    st.subheader(say("try"), anchor=False)
    _try(found, learned)
    st.subheader(say("looks"), anchor=False)
    _maps(found.id)


def shown_clip(found: ExampleSet, learned: Outcome) -> ExampleClip | None:
    """Return the clip that is chosen; None when nothing can be."""
    chosen = st.session_state.get(_CLIP)
    return next((clip for clip in _clips(found, learned) if clip.id == chosen), None)


def _clips(found: ExampleSet, learned: Outcome) -> list[ExampleClip]:
    """List the clips with maps: those that were tried, newest first, then those held out."""
    tried = [clip for clip in reversed(found.tried) if clip.id in learned.tried]
    return tried + [clip for clip in found.clips if clip.id in learned.held_out]


@fragment()
def _maps(set_id: str) -> None:
    found = lessons.current()
    learned = lessons.outcome(found)
    if found.id != set_id or learned is None:
        return
    clips = _clips(found, learned)
    if not clips:
        return
    titles = {clip.id: _title(learned, clip) for clip in clips}
    if st.session_state.get(_CLIP) not in titles:
        st.session_state[_CLIP] = clips[0].id
    choice, frame_choice = st.columns(2)
    chosen = choice.selectbox(
        say("looks_clip"), list(titles), format_func=titles.__getitem__, key=_CLIP
    )
    clip = next(one for one in clips if one.id == chosen)
    frame = 0
    if clip.frames > 1:
        frame = frame_choice.slider(
            say("looks_frame"), 0, clip.frames - 1, clip.frames // 2, key=f"teach_frame_{clip.id}"
        )
    try:
        frames = services().examples.shown_frames(found.id, clip)
    except FixvizError as error:
        fail(error)
        return
    maps = {
        model.name: values
        for model in learned.models
        if (values := read_map(lessons.folder(found), model.name, clip.id)) is not None
    }
    if not maps:
        return
    # One scale for all models and frames of the clip, or a flat map would look like a sharp one.
    scale = Scale(0.0, max(float(np.nanmax(values)) for values in maps.values()))
    cell = learned.stride * min(frames.shape[1:3]) / learned.image_size
    with st.grid("auto", min_column_width=200, gap="small"):
        for name, values in maps.items():
            picture = overlay(frames[frame][None], scale.shares(values[frame])[None], cell, cell)
            with st.container(gap="xsmall"):
                alt = say("looks_alt", model=model_title(name), frame=frame)
                show_picture(picture[0], alt)
                st.markdown(f"**{model_title(name)}**")
    st.html(color_bar(scale, say("looks_scale")))
    quiet(say("looks_note"))


def _title(learned: Outcome, clip: ExampleClip) -> str:
    if clip.id in learned.tried:
        return say("looks_tried", title=clip.title)
    return say("looks_label", name=learned.class_names[learned.labels[clip.id]], title=clip.title)


def _try(found: ExampleSet, learned: Outcome) -> None:
    quiet(say("try_text"))
    number = st.session_state.setdefault(_TRIED, 0)
    file = st.file_uploader(
        say("try_field"),
        type=list(SUFFIXES),
        key=f"teach_try_{number}",
        disabled=found.job is not None,
        max_upload_size=services().settings.max_upload_mb,
    )
    if file is not None:
        st.session_state[_TRIED] = number + 1
        with lessons.noting_errors():
            training.start(found, lessons.take_to_try(found, file.name, file))
        st.rerun()
    for clip in reversed(found.tried):
        answers = learned.tried.get(clip.id)
        if answers is None:
            continue
        st.markdown(f"**{say('try_answers', title=plain(clip.title))}**")
        lines = [
            say(
                "try_says",
                model=model_title(model.name),
                name=plain(learned.class_names[answer.best]),
                share=round(100 * answer.probabilities[answer.best]),
            )
            for model, answer in zip(learned.models, answers, strict=True)
        ]
        st.markdown("\n".join(f"- {line}" for line in lines))
        break
