"""Choosing a clip: a bundled sample with one click, or a video of one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from fixviz.engine import DEFAULT_MODELS, AnalysisRequest
from fixviz.errors import FixvizError
from fixviz.model.config import checkpoint_names, read_config, resolve_checkpoint
from fixviz.ui.owner import current_owner
from fixviz.ui.samples import Sample, samples, thumbnail
from fixviz.ui.services import services
from fixviz.ui.watch import state
from fixviz.ui.words import quiet

VIDEO_TYPES = ["mp4", "mov", "mkv", "webm", "avi", "gif"]


def show() -> None:
    """Draw the choice; a click submits an analysis and reruns the page."""
    st.title("Where does a video Transformer look?", anchor=False)
    st.markdown(
        "Watch three kinds of attention on the same clip, frame by frame: softmax, linear, and "
        "linear with feature fixation. Pick a clip; the first pictures are there in seconds."
    )
    failed = state.error()
    if failed is not None:
        st.error(failed, icon=":material/error:")
        quiet("Nothing was stored. Choose another clip, or change the options and try again.")
    clips, own = st.columns([5, 3], gap="large")
    with own, st.container(border=True):
        st.subheader("Your own video", anchor=False)
        upload = st.file_uploader(
            "Video file",
            type=VIDEO_TYPES,
            key="upload",
            max_upload_size=services().settings.max_upload_mb,
            help="It stays on the computer that runs fixviz.",
        )
        options = _options()
        if st.button(
            "Analyze",
            type="primary",
            icon=":material/play_arrow:",
            disabled=upload is None,
            key="analyze",
            width="stretch",
        ):
            _submit_upload(upload, options)
    with clips:
        _show_samples(options)


def _show_samples(options: dict[str, Any]) -> None:
    bundled = samples()
    if not bundled:
        quiet("No sample clips are installed; upload a video of your own.")
        return
    st.subheader("Sample clips", anchor=False)
    with st.grid("auto", min_column_width=150):
        for sample in bundled:
            with st.container(border=True, height="stretch", gap="small"):
                st.image(thumbnail(sample.path), alt=sample.title, width="stretch")
                quiet(sample.description)
                st.space("stretch")
                if st.button(
                    f"Watch **{sample.title}**",
                    key=f"sample-{sample.path.stem}",
                    width="stretch",
                ):
                    _submit_sample(sample, options)


def _options() -> dict[str, Any]:
    """Fields of the request that the user may change."""
    settings = services().settings
    names = checkpoint_names()
    with st.expander("Options", icon=":material/tune:"):
        models = st.multiselect(
            "Models",
            names,
            default=[name for name in DEFAULT_MODELS if name in names],
            format_func=_title,
            key="models",
            help="Each one gets a panel of its own.",
        )
        start, end = st.columns(2)
        start_s = start.number_input("Start (s)", 0.0, value=0.0, step=0.5, key="start")
        end_s = end.number_input(
            "End (s)", 0.0, value=None, step=0.5, placeholder="end of clip", key="end"
        )
        frames = st.slider(
            "Most frames",
            8,
            settings.max_frames,
            settings.max_frames,
            key="frames",
            help="The clip is sampled at the models' own rate until this many frames are reached.",
        )
        quiet("The options hold for sample clips too.")
    return {"models": tuple(models), "start_s": start_s, "end_s": end_s, "frames": frames}


@st.cache_data(show_spinner=False)
def _title(name: str) -> str:
    return read_config(resolve_checkpoint(name)).title


def _submit_sample(sample: Sample, options: dict[str, Any]) -> None:
    _submit(lambda: AnalysisRequest(video=str(sample.path), name=sample.title, **options))


def _submit_upload(upload: Any, options: dict[str, Any]) -> None:
    def request() -> AnalysisRequest:
        kept = services().engine.add_upload(upload.name, upload)
        return AnalysisRequest.of_upload(kept, **options)

    _submit(request)


def _submit(make_request: Callable[[], AnalysisRequest]) -> None:
    try:
        request = make_request()
        job = services().engine.submit(request, current_owner())
    except FixvizError as error:
        state.forget_job(str(error))
    else:
        state.wait_for(state.Waiting(job.id, request.title, Path(request.video).name))
    st.rerun()
