"""Choosing a clip: a bundled sample with one click, or the visitor's own video."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from fixviz.engine import AnalysisRequest
from fixviz.errors import FixvizError, OptionError
from fixviz.reading.samples import Sample, sample_named, samples, thumbnail
from fixviz.ui import session
from fixviz.ui.choose import adjust, clip
from fixviz.ui.choose.models import choose_models, offered
from fixviz.ui.choose.submit import submit
from fixviz.ui.owner import current_owner
from fixviz.ui.pictures import show_picture
from fixviz.ui.security.uploads import release
from fixviz.ui.services import services
from fixviz.ui.text import fail, plain, quiet, warn
from fixviz.ui.watch.handed_in import TYPES, HandedIn, sort_out


def show() -> None:
    """Draw the choice; a click submits an analysis, or goes on to choose span and crop."""
    picked = clip.picked()
    if picked is not None:
        adjust.show(picked)
        return
    st.title("Where does a video Transformer look?", anchor=False)
    st.markdown(
        "Compare three kinds of attention on the same clip, frame by frame: softmax attention, linear "
        "attention, and linear attention with feature fixation. Choose a clip to start; the first maps "
        "appear after a few seconds."
    )
    failed = session.error()
    if failed is not None:
        fail(failed)
        quiet("Nothing was saved. Choose another clip, or change the options and try again.")
    _show_under_way()
    _show_lost()
    clips, own = st.columns([5, 3], gap="large")
    with own, st.container(border=True):
        st.header("Your own video", anchor=False)
        uploads = st.file_uploader(
            "Video file, with its masks if it has some",
            type=list(TYPES),
            accept_multiple_files=True,
            key="upload",
            max_upload_size=services().settings.max_upload_mb,
            help="Your files stay on the computer that runs fixviz. Masks say where the thing is that "
            "moves: a mask video called NAME_mask, a ZIP of PNG files, or the PNG files themselves, one for "
            "each frame.",
        )
        upload = _sorted_out(uploads)
        options = _options()
        if upload is not None and upload.masks:
            options["masks_inverted"] = st.checkbox(
                "The masks are inverted: black marks the target", key="inverted"
            )
        if st.button(
            "Analyze",
            type="primary",
            icon=":material/play_arrow:",
            disabled=upload is None,
            key="analyze",
            width="stretch",
        ):
            assert upload is not None
            _submit_upload(upload, options)
        if st.button(
            "Choose a part first",
            icon=":material/crop:",
            disabled=upload is None,
            key="adjust",
            width="stretch",
            help="Choose which seconds and which part of the picture are analyzed.",
        ):
            assert upload is not None
            _adjust_upload(upload, options)
    with clips:
        _show_samples(options)


def open_sample(name: str, parameters: Mapping[str, str]) -> None:
    """Open the run of a bundled clip with the options of the project, in the view that parameters name.

    The run that comes with fixviz opens at once; another one is analyzed first.
    """
    sample = sample_named(name)
    if sample is None:
        session.forget_job(f"There is no sample clip called '{name}'; choose one of those below.")
        session.close_run()
        st.rerun()
    submit(lambda: _request(sample), parameters)


def _show_under_way() -> None:
    """List the visitor's analyses that are still running, for instance after a reload of another page."""
    for job, title in services().engine.unfinished(current_owner()):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/hourglass_top: {plain(title)} is being analyzed.")
            if st.button("Show its progress", key=f"job-{job}"):
                session.take_up(job)
                st.rerun()


def _show_lost() -> None:
    """Tell which analyses of the visitor a restart has ended, and offer to start them again."""
    engine = services().engine
    for job, note in engine.lost(current_owner()):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f":material/restart_alt: The analysis of {plain(note.title)} was lost, because fixviz was "
                "restarted."
            )
            if note.request is not None and st.button("Start again", key=f"lost-{job}"):
                submit(partial(_same, note.request), lost=job)
            st.button(
                "Dismiss",
                type="tertiary",
                key=f"dismiss-{job}",
                on_click=engine.forget,
                args=(job, current_owner()),
            )


def _same(request: AnalysisRequest) -> AnalysisRequest:
    return request


def _show_samples(options: dict[str, Any]) -> None:
    bundled = samples()
    if not bundled:
        quiet("No sample clips are installed. Upload a video of your own.")
        return
    st.header("Sample clips", anchor=False)
    with st.grid("auto", min_column_width=150):
        for sample in bundled:
            with st.container(border=True, height="stretch", gap="small"):
                show_picture(thumbnail(sample.path), sample.title)
                quiet(sample.description)
                st.space("stretch")
                if st.button(
                    f"Watch **{plain(sample.title)}**",
                    key=f"sample-{sample.name}",
                    width="stretch",
                ):
                    _submit_sample(sample, options)
                if st.button(
                    "Choose a part first",
                    key=f"adjust-{sample.name}",
                    icon=":material/crop:",
                    type="tertiary",
                    width="stretch",
                ):
                    _adjust(str(sample.path), sample.title, options, stored=None)


def _options() -> dict[str, Any]:
    """Let the visitor change the options of the analysis, and return them by field of the request."""
    settings = services().settings
    with st.expander("Options", icon=":material/tune:"):
        models = choose_models(offered(), "models")
        start, end = st.columns(2)
        start_s = start.number_input("Start (s)", 0.0, value=0.0, step=0.5, key="start")
        end_s = end.number_input(
            "End (s)", 0.0, value=None, step=0.5, placeholder="end of clip", key="end"
        )
        frames = st.slider(
            "Frames, at most",
            8,
            settings.max_frames,
            settings.max_frames,
            key="frames",
            help="Frames are taken from the start on, at the frame rate of the models. The analysis ends "
            "after this many frames.",
        )
        quiet("These options also apply to the sample clips.")
    return {"models": models, "start_s": start_s, "end_s": end_s, "frames": frames}


def _submit_sample(sample: Sample, options: dict[str, Any]) -> None:
    submit(lambda: _request(sample, **options))


def _request(sample: Sample, **options: Any) -> AnalysisRequest:
    return AnalysisRequest(video=str(sample.path), name=sample.title, **options)


def _sorted_out(uploads: Sequence[Any]) -> HandedIn | None:
    """Return the clip and its masks, and say what they are; None without a clip."""
    if not uploads:
        return None
    try:
        found = sort_out(uploads)
    except OptionError as error:
        warn(error)
        return None
    if found.masks:
        quiet(f"{found.clip.name} with {found.said}.", ":material/check:")
    return found


def _submit_upload(upload: HandedIn, options: dict[str, Any]) -> None:
    def request() -> AnalysisRequest:
        kept, masks = upload.keep(services().engine, current_owner())
        return AnalysisRequest.of_upload(kept, masks, **options)

    submit(request, on_queued=partial(release, upload.files))


def _adjust_upload(upload: HandedIn, options: dict[str, Any]) -> None:
    try:
        kept, masks = upload.keep(services().engine, current_owner())
    except FixvizError as error:
        session.forget_job(str(error))
        st.rerun()
    if masks is not None:
        options = {**options, "masks": masks.path, "masks_name": masks.name}
    _adjust(kept.path, kept.name, options, stored=upload)


def _adjust(path: str, title: str, options: dict[str, Any], *, stored: HandedIn | None) -> None:
    """Go on to choose span and crop, or say why the file cannot be used.

    stored: the uploaded files, of which it is one.
    """
    try:
        clip.pick(path, title, services().settings, options=options)
    except FixvizError as error:
        # An upload is stored under its hash; people know it by its own name.
        message = str(error).replace(Path(path).name, title) if stored else str(error)
        session.forget_job(message)
    else:
        release(stored.files if stored else ())
        session.forget_job()
    st.rerun()
