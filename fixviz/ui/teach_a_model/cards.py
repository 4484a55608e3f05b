"""The classes: a card each, with its name, its clips, and a way to add and remove them."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from fixviz import resources
from fixviz.errors import FixvizError
from fixviz.media.containers import SUFFIXES
from fixviz.media.encode import encode_image
from fixviz.teaching import examples
from fixviz.teaching.examples import ExampleClass, ExampleClip, ExampleSet
from fixviz.ui import urls
from fixviz.ui.module_component import module_component
from fixviz.ui.owner import current_owner
from fixviz.ui.pictures import data_url
from fixviz.ui.security.uploads import release
from fixviz.ui.services import services
from fixviz.ui.teach_a_model import lessons
from fixviz.ui.teach_a_model.words import say
from fixviz.ui.text import plain, quiet

_UPLOADS = "teach_uploads"
_THUMBNAIL_SIDE = 72
_shelf = module_component("fixviz_teach_shelf")


def show(found: ExampleSet) -> None:
    """Draw a card for each class, and what adds, fills and deletes classes."""
    quiet(say("enough", count=examples.ENOUGH_CLIPS))
    if not found.clips:
        _offer_examples(found)
    with st.grid("auto", min_column_width=260, gap="medium"):
        for number, one in enumerate(found.classes):
            with st.container(border=True, height="stretch"):
                _card(found, one, number)
    with st.container(horizontal=True):
        if len(found.classes) < examples.MOST_CLASSES:
            name = say("default_names", number=len(found.classes) + 1)
            st.button(
                say("add_class"),
                icon=":material/add:",
                key="teach_add_class",
                on_click=partial(lessons.change, found, partial(examples.add_class, name=name)),
            )
        if found.clips:
            with st.popover(say("start_over"), icon=":material/restart_alt:", type="tertiary"):
                st.markdown(say("start_over_sure"))
                st.button(
                    say("start_over"),
                    type="primary",
                    key="teach_start_over",
                    on_click=lessons.start_over,
                )


def _card(found: ExampleSet, one: ExampleClass, number: int) -> None:
    key = f"teach_name_{one.id}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.session_state.setdefault(key, one.name)
        st.text_input(
            say("class_name", number=number + 1),
            key=key,
            max_chars=examples.LONGEST_NAME,
            placeholder=say("name_hint"),
            on_change=partial(_rename, found, one.id, key),
        )
        st.button(
            say("remove_class", name=plain(one.name)),
            icon=":material/delete:",
            key=f"teach_remove_{one.id}",
            type="tertiary",
            help=say("remove_class", name=plain(one.name)),
            on_click=partial(
                lessons.change, found, partial(examples.remove_class, class_id=one.id)
            ),
        )
    quiet(_count(len(one.clips)))
    shelf = f"teach_shelf_{one.id}"
    _shelf(
        key=shelf,
        data={"modules": urls.teach_a_model("shelf"), "clips": _clips(found, one)},
        on_remove_change=partial(_remove, found, one.id, shelf),
    )
    with st.popover(say("upload"), icon=":material/upload:", width="stretch"):
        _upload(found, one)


def _count(clips: int) -> str:
    if not clips:
        return say("clips_none")
    if clips < examples.ENOUGH_CLIPS:
        return say("clips_some", count=clips, enough=examples.ENOUGH_CLIPS)
    return say("clips_many", count=clips)


def _rename(found: ExampleSet, class_id: str, key: str) -> None:
    name = st.session_state[key]
    lessons.change(found, partial(examples.rename_class, class_id=class_id, name=name))


def _remove(found: ExampleSet, class_id: str, shelf: str) -> None:
    clip_id = str((st.session_state.get(shelf) or {}).get("remove"))
    lessons.change(found, partial(examples.remove_clip, class_id=class_id, clip_id=clip_id))


def _upload(found: ExampleSet, one: ExampleClass) -> None:
    # Another key empties the uploader once its files are taken.
    taken = st.session_state.setdefault(_UPLOADS, {})
    files = st.file_uploader(
        say("upload_field", name=plain(one.name)),
        type=list(SUFFIXES),
        accept_multiple_files=True,
        key=f"teach_upload_{one.id}_{taken.get(one.id, 0)}",
        max_upload_size=services().settings.max_upload_mb,
    )
    quiet(say("upload_hint", longest=f"{examples.LONGEST_S:g}"))
    if not files:
        return
    bar = st.progress(0.0)
    for done, file in enumerate(files):
        bar.progress(done / len(files), text=plain(file.name))
        with lessons.noting_errors():
            lessons.take(found, one.id, file.name, file)
    release(files)
    taken[one.id] = taken.get(one.id, 0) + 1
    st.rerun()


def _clips(found: ExampleSet, one: ExampleClass) -> list[dict[str, Any]]:
    clips = []
    for number, clip in enumerate(one.clips):
        label = say("clip_label", number=number + 1, name=one.name)
        clips.append(
            {
                "id": clip.id,
                "title": clip.title,
                "label": label,
                "remove": say("remove_clip", clip=label),
                "picture": thumbnail(found.id, clip),
            }
        )
    return clips


@st.cache_data(show_spinner=False, max_entries=2000)
def thumbnail(set_id: str, clip: ExampleClip) -> str:
    """Return a small picture of the middle of a clip as a data URL; empty when its frames are gone."""
    try:
        frames = services().examples.shown_frames(set_id, clip)
    except FixvizError:
        return ""
    frame = frames[len(frames) // 2]
    step = max(1, min(frame.shape[:2]) // _THUMBNAIL_SIDE)
    return data_url(encode_image(frame[::step, ::step], format="jpeg", quality=80))


def _offer_examples(found: ExampleSet) -> None:
    """Offer to fill classes with the clips that come with fixviz."""
    folders = resources.teaching()
    names = [name for name in _example_names() if (folders / name).is_dir()]
    if not names:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(say("try_examples"), icon=":material/movie:", key="teach_examples")
        quiet(say("try_examples_text"))
    if not pressed:
        return
    files = {name: sorted((folders / name).glob("*.mp4")) for name in names}
    count, done = sum(map(len, files.values())), 0
    bar = st.progress(0.0)
    with lessons.noting_errors():
        made = services().examples.change(
            found.id,
            current_owner(),
            partial(examples.with_classes, names=[say(f"motions.{name}") for name in names]),
        )
        for one, paths in zip(made.classes, files.values(), strict=True):
            for path in paths:
                bar.progress(done / count, text=say("filling", done=done, count=count))
                lessons.take(made, one.id, path.name, path)
                done += 1
    st.rerun()


def _example_names() -> tuple[str, ...]:
    return ("there-and-back", "jump", "closer-and-away")
