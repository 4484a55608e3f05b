"""Loading the visitor's own checkpoint: the files, a check that can be cancelled, and its outcome."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fixviz.engine import JobStatus
from fixviz.errors import FixvizError, JobError
from fixviz.ui.incidents import fragment
from fixviz.ui.owner import current_owner
from fixviz.ui.security.uploads import release
from fixviz.ui.services import services
from fixviz.ui.text import fail, plain, quiet
from fixviz.ui.url_state import arrives

TYPES = ["zip", "safetensors", "json", "md", "pth", "pyth", "pt", "bin", "ckpt", "tar"]
POLL_S = 0.4
_JOB, _ERROR, _LOADED = "model_loading", "model_error", "model_loaded"
_JOB_PARAMETER = "job"


def show() -> None:
    """Draw the form, or the check that is under way."""
    _take_up()
    if _JOB in st.session_state:
        _progress()
        return
    with st.container():
        _outcome()
    _form()


def _take_up() -> None:
    """Go on waiting for the check that the URL names, so that a reload keeps it."""
    job = st.query_params.get(_JOB_PARAMETER)
    if not arrives(_JOB) or job is None or _JOB in st.session_state:
        return
    if services().loader.known(job, current_owner()):
        st.session_state[_JOB] = job
        return
    del st.query_params[_JOB_PARAMETER]
    st.session_state[_ERROR] = (
        "That check is not under way any more: fixviz was restarted, or it ended long ago. If the "
        "checkpoint is not below, choose its files again."
    )


def _end() -> None:
    """Wait no longer."""
    del st.session_state[_JOB]
    st.query_params.pop(_JOB_PARAMETER, None)


def _outcome() -> None:
    """Show how the last check ended."""
    error = st.session_state.get(_ERROR)
    if error is not None:
        fail(error)
        quiet("Nothing was kept.")
    loaded = st.session_state.pop(_LOADED, None)
    if loaded is not None:
        st.success(
            f"{plain(loaded)} is loaded. Choose it among the models before an analysis, or start one below.",
            icon=":material/check:",
        )


def _form() -> None:
    settings = services().settings
    with st.expander(
        "Load your own checkpoint", icon=":material/upload:", expanded=_ERROR in st.session_state
    ):
        st.markdown(
            "Choose the files of **one** checkpoint:\n"
            "- a ZIP of a fixviz checkpoint folder (`config.json`, `model.safetensors`, `card.md`), or\n"
            "- `config.json` together with a `.safetensors` or torch file, or with all shards of one, or\n"
            "- a `.pth` or `.pyth` file of the paper's authors; fields that it does not say, such as names "
            "of classes, can come in a `config.json` beside it."
        )
        files = st.file_uploader(
            "Files of the checkpoint",
            type=TYPES,
            accept_multiple_files=True,
            key="model-files",
            max_upload_size=settings.max_checkpoint_mb,
        )
        title = st.text_input(
            "Title",
            key="model-title",
            max_chars=60,
            placeholder="as in config.json, or the file's name",
        )
        if st.button(
            "Check and load",
            type="primary",
            icon=":material/fact_check:",
            disabled=not files,
            key="load-model",
        ):
            _start([(file.name, file) for file in files or []], title)
        quiet(
            "The check compares every tensor with the configuration and tries the network on a few frames, "
            "in a separate process. Torch files are read as plain tensors; code in them is never run."
        )
        quiet(
            "Only you can choose your checkpoint. It stays on the computer that runs fixviz, for "
            f"{settings.run_days:g} days after its last use. Whoever has the link of a run made with it can "
            "compute more from that run, but cannot download the checkpoint or use it on other clips."
        )


def _start(files: list[tuple[str, UploadedFile]], title: str) -> None:
    st.session_state.pop(_ERROR, None)
    try:
        services().engine.check_room(current_owner(), sum(file.size for _, file in files))
        job = services().loader.start(files, current_owner(), title)
    except FixvizError as error:
        st.session_state[_ERROR] = str(error)
    else:
        release(file for _, file in files)
        st.session_state[_JOB] = job
        st.query_params[_JOB_PARAMETER] = job
    st.rerun()


@fragment(run_every=POLL_S)
def _progress() -> None:
    """Draw the progress of the check, and rerun the page once it has ended."""
    job = st.session_state.get(_JOB)
    if job is None:
        return
    loader = services().loader
    try:
        status = loader.status(job)
    except JobError as error:
        status = JobStatus("failed", error=str(error))
    if status.finished:
        _leave(job, status)
    st.progress(
        status.progress, text=plain(f"Checking the checkpoint: {status.message}"), width=640
    )
    if st.button("Cancel", icon=":material/close:", key="cancel-model"):
        loader.cancel(job)
        _end()
        st.rerun()


def _leave(job: str, status: JobStatus) -> None:
    _end()
    if status.state == "done":
        name = services().loader.name(job) or ""
        try:
            st.session_state[_LOADED] = services().models.get(name, current_owner()).title
        except FixvizError as error:
            st.session_state[_ERROR] = str(error)
    elif status.state == "failed":
        st.session_state[_ERROR] = status.error or "Loading failed; try again."
    st.rerun()
