"""The pages as the shell shows them, without a browser."""

from __future__ import annotations

import time
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from fixviz.model.config import checkpoint_names
from fixviz.reading.samples import samples
from fixviz.store import Store
from fixviz.ui.services import services
from tests.ui.page import open_page, page_path
from tests.ui.synthetic import synthetic_run


def opening(at: AppTest) -> list[str]:
    """The runs that the Library's links open."""
    links = [link.proto for link in at.get("page_link") if link.proto.label == "Open"]
    return [parse_qs(link.query_string)["run"][0] for link in links]


def click(at: AppTest, key: str) -> None:
    at.button(key=key).click().run()
    assert not at.exception


def until(at: AppTest, reached: str, seconds: float = 120) -> str:
    """Rerun until an element of that kind is shown; its text."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        at.run()
        assert not at.exception
        if at.get(reached):
            return str(getattr(at.get(reached)[0], "value", ""))
        time.sleep(0.2)
    raise AssertionError(f"no {reached} after {seconds} s")


def until_run(at: AppTest, seconds: float = 120) -> str:
    """Rerun until the page shows a run; its handle."""
    deadline = time.monotonic() + seconds
    while "run" not in at.query_params and time.monotonic() < deadline:
        at.run()
        assert not at.exception
        time.sleep(0.2)
    return str(at.query_params["run"])


def test_watch_offers_every_sample_and_an_upload(store: Store) -> None:
    at = open_page("inspect/watch")
    assert at.title[0].value == "Where does a video Transformer look?"
    offered = [button.key for button in at.button if str(button.key).startswith("sample-")]
    assert offered == [f"sample-{sample.path.stem}" for sample in samples()]
    assert len(offered) >= 3
    assert at.file_uploader(key="upload")
    assert at.button(key="analyze").disabled


def test_a_link_without_a_page_opens_its_run(handle: str) -> None:
    at = open_page(run=handle, frame="3", layer="1", nonsense="<b>")
    assert at.title[0].value == "orbit.mp4"
    data = at.get("bidi_component")[0].proto.json
    assert f'"run": "api/runs/{handle}"' in data
    assert '"view": {"frame": "3", "layer": "1"}' in data
    click(at, "choose")
    assert "run" not in at.query_params
    assert at.title


def test_a_wrong_link_says_so_and_leads_back(store: Store) -> None:
    at = open_page(run="A" * 22)
    assert "There is no such run" in at.error[0].value
    click(at, "choose")
    assert at.file_uploader(key="upload")


def test_a_run_is_still_open_after_a_look_at_another_page(handle: str) -> None:
    at = open_page(run=handle)
    at.switch_page(page_path("manage/models")).run()
    assert at.title[0].value == "Models"
    del at.query_params["run"]
    at.switch_page(page_path("inspect/watch")).run()
    assert at.title[0].value == "orbit.mp4"
    assert at.query_params["run"] == handle


def test_a_file_that_is_no_video_gets_a_sentence(store: Store) -> None:
    at = open_page("inspect/watch")
    at.file_uploader(key="upload").upload("notes.mp4", b"This is not a video.\n" * 13).run()
    click(at, "analyze")
    sentence = until(at, "error")
    assert "notes.mp4" in sentence
    assert sentence.endswith(".")
    assert at.file_uploader(key="upload"), "the page goes on"


def test_an_empty_file_gets_a_sentence(store: Store) -> None:
    at = open_page("inspect/watch")
    at.file_uploader(key="upload").upload("nothing.mp4", b"").run()
    click(at, "analyze")
    assert "empty" in until(at, "error")


def test_options_that_contradict_each_other_get_a_sentence(store: Store) -> None:
    at = open_page("inspect/watch")
    at.number_input(key="start").set_value(2.0)
    at.number_input(key="end").set_value(1.0).run()
    click(at, f"sample-{samples()[0].path.stem}")
    assert "must be after the start" in until(at, "error")


def test_no_model_gets_a_sentence(store: Store) -> None:
    at = open_page("inspect/watch")
    at.multiselect(key="models").set_value([]).run()
    click(at, f"sample-{samples()[0].path.stem}")
    assert "No model is chosen" in until(at, "error")


def test_a_cancelled_analysis_leads_back_to_the_clips(store: Store) -> None:
    at = open_page("inspect/watch")
    click(at, f"sample-{samples()[1].path.stem}")
    assert at.progress
    click(at, "cancel")
    assert at.file_uploader(key="upload")
    assert not at.error
    assert store.list("test") == []
    services().engine.close()


@pytest.mark.slow
def test_an_uploaded_video_ends_in_the_viewer_and_in_the_library(store: Store) -> None:
    at = open_page("inspect/watch")
    at.file_uploader(key="upload").upload("mine.mp4", samples()[0].path.read_bytes()).run()
    at.slider(key="frames").set_value(11)
    click(at, "analyze")
    handle = until_run(at)
    assert at.title[0].value == "mine.mp4"
    assert at.get("bidi_component")
    manifest = store.manifest(str(handle))
    assert [model["name"] for model in manifest["models"]] == ["softmax", "linear", "fixation"]
    assert len(manifest["frames"]["index"]) == 11
    at.switch_page(page_path("manage/library")).run()
    assert opening(at) == [handle]
    services().engine.close()


def test_an_empty_library_says_what_it_is_for(store: Store) -> None:
    at = open_page("inspect/watch")
    at.switch_page(page_path("manage/library")).run()
    assert at.header[0].value == "Nothing here yet"


def test_the_library_lists_ones_own_runs_and_deletes_them(store: Store) -> None:
    at = open_page("inspect/watch")
    owner = "o" * 22
    at.session_state["fixviz_session_owner"] = owner
    mine = store.publish("a" * 64, *synthetic_run(), owner=owner, name="mine.mp4")
    others = store.publish("b" * 64, *synthetic_run(), owner="someone else", name="other.mp4")
    at.switch_page(page_path("manage/library")).run()
    assert not at.exception
    assert opening(at) == [mine]
    store.delete(mine, owner=owner)
    at.run()
    assert at.header[0].value == "Nothing here yet"
    assert store.manifest(others)


def test_every_model_has_a_card(store: Store) -> None:
    at = open_page("inspect/watch")
    at.switch_page(page_path("manage/models")).run()
    assert not at.exception
    assert len(at.metric) == len(checkpoint_names()) >= 3
    assert all(int(metric.value.replace(",", "")) > 10_000 for metric in at.metric)
