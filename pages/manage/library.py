"""Library: one's own analyzed clips."""

from datetime import UTC, datetime

import streamlit as st

from fixviz.errors import StorageError
from fixviz.store import RunInfo
from fixviz.ui.owner import current_owner
from fixviz.ui.pages import page_file
from fixviz.ui.services import services
from fixviz.ui.watch import state
from fixviz.ui.words import quiet

WATCH = page_file("inspect", "watch")

st.title("Library", anchor=False)
store = services().store


def count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %Y, %H:%M UTC")


@st.dialog("Rename")
def rename(run: RunInfo) -> None:
    title = st.text_input("Title", run.title, key="new-title", max_chars=200)
    if st.button("Save", type="primary", key="save-title", disabled=not title.strip()):
        store.rename(run.handle, title, owner=current_owner())
        st.rerun()


@st.dialog("Delete this run?")
def delete(run: RunInfo) -> None:
    st.markdown(f"**{run.title}** and its maps are deleted. Links to it stop working.")
    if st.button("Delete", type="primary", icon=":material/delete:", key="confirm-delete"):
        state.forget_run(run.handle)
        store.delete(run.handle, owner=current_owner())
        st.rerun()


def show(run: RunInfo) -> None:
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap="xsmall"):
            st.markdown(f"**{run.title}**")
            models = ", ".join(run.models)
            quiet(
                f"{day(run.created)} · {count(run.frames, 'frame')} · {models} · {run.bytes / 1e6:.1f} MB · "
                f"kept until {day(run.expires)[:11]}"
            )
        if st.button("Open", icon=":material/play_arrow:", key=f"open-{run.handle}"):
            st.switch_page(WATCH, query_params={"run": run.handle})
        if st.button("Rename", icon=":material/edit:", key=f"rename-{run.handle}"):
            rename(run)
        if st.button("Delete", icon=":material/delete:", key=f"delete-{run.handle}"):
            delete(run)


try:
    runs = store.list(current_owner())
except StorageError as error:
    runs = []
    st.error(str(error), icon=":material/error:")
if runs:
    size = sum(run.bytes for run in runs) / 1e6
    quiet(
        f"{count(len(runs), 'run')}, {size:.1f} MB. Only this browser lists them; "
        "whoever has a link can open it."
    )
else:
    with st.container(border=True):
        st.subheader("Nothing here yet", anchor=False)
        st.markdown(
            "Every clip that you analyze is kept here, so that you can open it again without waiting."
        )
        if st.button("Choose a clip", type="primary", icon=":material/movie:", key="choose"):
            st.switch_page(WATCH)
for run in runs:
    show(run)
