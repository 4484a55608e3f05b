"""The Library with one run, with a hundred, and with runs that are not whole."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fixviz.store import RunInfo, Store
from fixviz.ui.library.dialogs import archive, file_name
from fixviz.ui.library.shelf import PER_PAGE, found, on_page, pages, run_link
from fixviz.ui.library.thumbnails import HEIGHT, WIDTH, thumbnail
from fixviz.ui.text import plain
from tests.ui.page import open_page
from tests.ui.synthetic import synthetic_run

OWNER = "o" * 22
RUN = RunInfo("h" * 22, "Orbit", "clip.mp4", 0.0, 0.0, 0.0, ("softmax",), 17, 100, {})


@cache
def one_run() -> tuple[dict, dict, dict]:
    return synthetic_run()


def publish(store: Store, number: int, name: str) -> str:
    manifest, arrays, files = one_run()
    small = {key: arrays[key][:1, :1, :1] for key in list(arrays)[:1]}
    pictures = {key: files[key] for key in list(files)[:3]}
    return store.publish(f"{number:064x}", manifest, small, pictures, owner=OWNER, name=name)


def library() -> AppTest:
    return open_page("manage/library", owner=OWNER)


def opening(at: AppTest) -> list[str]:
    return [
        parse_qs(link.proto.query_string)["run"][0]
        for link in at.get("page_link")
        if link.proto.label == "Open"
    ]


def choose(at: AppTest, handle: str, action: str) -> None:
    at.menu_button(key=f"more-{handle}").click(action).run()
    assert not at.exception


def test_search_finds_every_word_in_any_case() -> None:
    runs = [RUN, replace(RUN, title="Second orbit"), replace(RUN, name="x", models=("linear",))]
    assert found(runs, "") == runs
    assert found(runs, "ORBIT second") == [runs[1]]
    assert found(runs, "linear") == [runs[2]]
    assert found(runs, "orbit moon") == []


def test_pages_hold_every_run_once() -> None:
    runs = [replace(RUN, title=str(i)) for i in range(2 * PER_PAGE + 5)]
    assert [pages(n) for n in (0, 1, PER_PAGE, PER_PAGE + 1, len(runs))] == [1, 1, 1, 2, 3]
    assert [run for page in (1, 2, 3) for run in on_page(runs, page)] == runs
    assert on_page(runs, 99) == runs[-5:], "the last page when runs were deleted meanwhile"


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("http://host:8501/library", "http://host:8501/watch?run=abc"),
        ("https://host/base/library?x=1", "https://host/base/watch?run=abc"),
    ],
)
def test_a_link_opens_the_run_on_this_server(page: str, link: str) -> None:
    assert run_link(page, "abc") == link


def test_files_are_named_after_the_title_without_anything_odd() -> None:
    assert file_name("../My clip: 1.mp4") == "fixviz-My-clip-1.mp4.zip"
    assert file_name("猫") == "fixviz-run.zip"


def test_titles_are_shown_as_typed() -> None:
    assert plain("a_b*c* [x](y) :red[z] $1$\n<b>") == (r"a_b\*c\* \[x\](y) \:red\[z\] \$1\$ \<b>")


def test_thumbnails_of_every_shape_have_one_size(tmp_path: Path) -> None:
    for height, width in ((640, 360), (7, 5)):
        path = tmp_path / f"{height}"
        path.write_bytes(cv2.imencode(".jpg", np.full((height, width, 3), 200, np.uint8))[1])
        picture = cv2.imdecode(np.frombuffer(thumbnail(path) or b"", np.uint8), -1)
        assert picture.shape == (HEIGHT, WIDTH, 4)
        assert picture[HEIGHT // 2, WIDTH // 2, 3] == 255
    assert picture[0, 0, 3] == 0, "clear beside a picture of another shape"
    (tmp_path / "broken").write_bytes(b"no picture")
    assert thumbnail(tmp_path / "broken") is None
    assert thumbnail(tmp_path / "gone") is None


def test_a_hundred_runs_come_in_pages_and_can_be_searched(store: Store) -> None:
    handles = [publish(store, i, f"clip {i:03}.mp4") for i in range(100)]
    at = library()
    assert opening(at) == handles[:-13:-1], "the newest twelve"
    assert len(at.get("pagination")) == 1
    at.text_input(key="library-search").set_value("CLIP 07.mp4").run()
    assert opening(at) == [handles[7]]
    at.text_input(key="library-search").set_value("nothing like it").run()
    assert opening(at) == []
    assert "No run has all of these words" in at.info[0].value


def test_looking_at_the_library_does_not_keep_runs_alive(store: Store, tmp_path: Path) -> None:
    publish(store, 1, "clip.mp4")
    manifest = next((tmp_path / "runs").glob("*/manifest.json"))
    old = time.time() - 20 * 86_400
    os.utime(manifest, (old, old))
    library()
    assert manifest.stat().st_mtime == pytest.approx(old, abs=1)


def test_share_export_rename_and_delete_are_in_the_menu(store: Store) -> None:
    handle = publish(store, 1, "clip_1*.mp4")
    at = library()
    assert r"**clip_1\*.mp4**" in [m.value for m in at.markdown]
    choose(at, handle, "Share")
    assert at.code[0].value.endswith(f"/watch?run={handle}")
    choose(at, handle, "Export")
    saved = [button.label for button in at.get("download_button")]
    assert saved == ["Download ZIP", "Save as one file"]
    choose(at, handle, "Rename")
    assert at.text_input(key="new-title").value == "clip_1*.mp4"
    choose(at, handle, "Delete")
    assert at.button(key="confirm-delete")
    assert store.info(handle), "nothing happens before it is confirmed"


def test_a_run_that_is_too_large_for_one_file_says_what_would_fit(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = publish(store, 1, "clip.mp4")
    monkeypatch.setattr("fixviz.single_file.run_parts.MOST_BYTES", 10)
    at = library()
    choose(at, handle, "Export")
    assert [button.label for button in at.get("download_button")] == ["Download ZIP"]
    assert "the most that opens well" in at.error[0].value


def test_missing_pictures_do_not_hide_the_run(store: Store, tmp_path: Path) -> None:
    handle = publish(store, 1, "clip.mp4")
    picture = store.info(handle).thumbnail
    assert picture is not None
    picture.unlink()
    at = library()
    assert opening(at) == [handle]
    assert any("pictures of this run are missing" in m.value for m in at.markdown)


def test_an_export_leaves_nothing_in_the_home_folder(store: Store, tmp_path: Path) -> None:
    handle = store.publish("a" * 64, *synthetic_run(), owner=OWNER, name="orbit.mp4")
    assert archive(handle, "Orbit").startswith(b"PK")
    assert list((tmp_path / "scratch").iterdir()) == []
