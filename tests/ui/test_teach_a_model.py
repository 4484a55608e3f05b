"""The page Teach a model: clips, training in the queue, what came of it, and whose it is."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fixviz import resources
from fixviz.course.app_texts import app_texts
from fixviz.course.lesson import LANGUAGES
from fixviz.errors import OptionError, VideoTooLarge
from fixviz.media.encode import encode_mp4
from fixviz.teaching import examples
from fixviz.teaching.examples import ExampleClip, ExampleSet
from fixviz.teaching.outcome import (
    FOLDER,
    Answer,
    CurvePoint,
    ModelOutcome,
    Outcome,
    map_file,
    write_outcome,
    write_progress,
)
from fixviz.ui.services import forget, services
from fixviz.ui.teach_a_model import lessons
from fixviz.ui.teach_a_model.recorder import decoded
from tests.ui.page import charts, open_page

pytestmark = pytest.mark.usefixtures("waiting_jobs")

ME, OTHER = "m" * 22, "o" * 22
PAGE = "learn/teach_a_model"


def opened(owner: str = ME, lang: str = "en") -> AppTest:
    return open_page(PAGE, owner=owner, lang=lang)


def say(key: str, lang: str = "en", **values: object) -> str:
    return app_texts(lang)[f"teach_a_model.{key}"].format(**values)


def filled(
    names: tuple[str, ...] = ("wave", "jump"), count: int = 3, owner: str = ME
) -> ExampleSet:
    """A set of that owner with so many clips of each class."""
    sets = services().examples
    found = sets.new(owner, names)
    for label, one in enumerate(found.classes):
        for n in range(count):
            clip = ExampleClip(f"{label}{n}", f"{n}.mp4", "", f"{label}{n}", 5)
            frames = np.full((5, 48, 64, 3), 40 + 100 * label, np.uint8)
            sets.keep_clip(found.id, clip.id, frames)
            add = partial(examples.add_clip, class_id=one.id, clip=clip)
            found = sets.change(found.id, owner, add)
    return found


def learned(found: ExampleSet) -> Outcome:
    """The outcome of a training on it: softmax right on one of two, linear on both."""
    folder = services().examples.folder(found.id) / FOLDER
    (folder / "maps").mkdir(parents=True)
    labels = {clip.id: n for n, one in enumerate(found.classes) for clip in one.clips}
    answers = {
        "softmax": (Answer("00", (0.9, 0.1)), Answer("10", (0.75, 0.25))),
        "linear": (Answer("00", (0.8, 0.2)), Answer("10", (0.0, 1.0))),
    }
    curve = (CurvePoint(0, 1.0, 0.5, 1.0, 0.5), CurvePoint(5, 2.0, 0.4, 1.0, 1.0))
    models = tuple(
        ModelOutcome(name, name, 12.0, 30, curve, given) for name, given in answers.items()
    )
    names = tuple(one.name for one in found.classes)
    outcome = Outcome(names, labels, ("00", "10"), models)
    for name in answers:
        for clip in outcome.held_out:
            np.save(map_file(folder, name, clip), np.full((5, 9, 12), 2.0, np.float32))
    write_outcome(folder, outcome)
    return outcome


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_new_visitor_has_two_classes_and_learns_what_is_missing(lang: str) -> None:
    at = opened(lang=lang)
    assert [title.value for title in at.title] == [app_texts(lang)["pages.teach_a_model.title"]]
    assert [field.value for field in at.text_input] == [
        say("default_names", lang, number=number) for number in (1, 2)
    ]
    name = say("default_names", lang, number=1)
    assert [info.value for info in at.info] == [say("few_clips", lang, name=name, count=0, least=3)]
    assert at.button(key="teach_train").disabled


def test_one_class_and_one_name_for_two_cannot_be_told_apart() -> None:
    found = filled()
    at = opened()
    assert not at.button(key="teach_train").disabled
    at.text_input(key=f"teach_name_{found.classes[1].id}").set_value("Wave").run()
    assert at.info[0].value == say("same_name", name="Wave")
    at.button(key=f"teach_remove_{found.classes[1].id}").click().run()
    assert at.info[0].value == say("few_classes")
    at.button(key="teach_add_class").click().run()
    assert at.info[0].value.startswith(say("default_names", number=2))
    names = [one.name for one in services().examples.get(found.id, ME).classes]
    assert names == ["wave", "Class 2"]


def test_names_are_text_and_nothing_else() -> None:
    found = filled(("<img src=x> **a**", "jump"))
    learned(found)
    at = opened()
    page = "".join(str(block.proto.body) for block in at.get("html"))
    assert "&lt;img src=x&gt;" in page
    assert "<img src=x>" not in page


def test_training_waits_in_the_queue_and_can_be_cancelled() -> None:
    found = filled()
    first = opened()
    first.button(key="teach_train").click().run()
    assert not first.exception
    job = services().examples.get(found.id, ME).job
    at = opened()
    assert at.get("progress")[0].proto.text == say("queue_next"), "a reload shows it again"
    assert services().engine.job_of(job, OTHER) is None
    at.button(key="teach_cancel").click().run()
    assert services().engine.status(job).state == "cancelled"
    at.run()
    assert services().examples.get(found.id, ME).job is None
    assert not at.get("progress")
    assert len(services().examples.get(found.id, ME).clips) == 6


def test_the_curves_so_far_are_drawn_while_models_learn() -> None:
    found = filled()
    at = opened()
    at.button(key="teach_train").click().run()
    folder = services().examples.folder(found.id) / FOLDER
    folder.mkdir()
    points = [CurvePoint(0, 1.0, 0.7, 0.5, 0.5), CurvePoint(5, 3.0, 0.4, 0.9, 1.0)]
    write_progress(folder, {"softmax": points, "linear": []}, {"softmax": 30})
    at.run()
    traces = [trace for chart in charts(at) for trace in chart["data"] if trace.get("name")]
    assert [trace["name"] for trace in traces] == [app_texts("en")["start.models.softmax"]]


def test_a_restart_of_the_server_is_said_and_clips_stay() -> None:
    found = filled()
    at = opened()
    at.button(key="teach_train").click().run()
    services().engine.close()
    forget()
    again = opened()
    assert again.warning[0].value == say("lost")
    assert len(services().examples.get(found.id, ME).clips) == 6
    assert not again.button(key="teach_train").disabled


def test_a_full_queue_is_said_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIXVIZ_QUEUE_SIZE", "1")
    filled(owner=OTHER)
    opened(OTHER).button(key="teach_train").click().run()
    found = filled()
    at = opened()
    at.button(key="teach_train").click().run()
    assert [error.value for error in at.error] == [say("queue_full")]
    assert services().examples.get(found.id, ME).job is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_visitor_who_keeps_too_much_is_told_what_to_delete(
    monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("FIXVIZ_MAX_STORED_MB", "1")
    services().engine.add_upload("a.mp4", bytes(999_000), ME)
    at = opened(lang=lang)
    at.button(key="teach_examples").click().run()
    assert say("quota_full", lang) in {error.value for error in at.error}


def test_another_visitor_sees_none_of_it() -> None:
    learned(filled())
    at = opened(OTHER)
    assert not at.metric
    assert "<table class=" not in "".join(str(block.proto.body) for block in at.get("html"))
    assert [field.value for field in at.text_input] == ["Class 1", "Class 2"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_outcome_counts_what_was_held_out(lang: str) -> None:
    learned(filled())
    at = opened(lang=lang)
    right = [say("right", lang, right=n, count=2) for n in (1, 2)]
    assert [metric.value for metric in at.metric] == right
    table = next(
        str(b.proto.body) for b in at.get("html") if '<table class="held-out"' in str(b.proto.body)
    )
    assert table.count("✓") == 3
    assert table.count("✗") == 1
    alts = [chart.proto.alt for chart in at.get("plotly_chart")]
    mistake = say("mistake", lang, name="jump", other="wave", count=1)
    assert [mistake in alt for alt in alts] == [False, True, False]
    assert len(at.get("image")) == 2
    assert not at.info, "nothing has changed since"


def test_changed_clips_ask_for_another_training() -> None:
    found = filled()
    learned(found)
    services().examples.change(
        found.id,
        ME,
        lambda now: examples.remove_clip(now, now.classes[0].id, "01"),
    )
    at = opened()
    assert say("few_clips", name="wave", count=2, least=3) == at.info[0].value
    services().examples.change(
        found.id,
        ME,
        lambda now: examples.add_clip(
            now, now.classes[0].id, ExampleClip("new", "n.mp4", "", "new", 5)
        ),
    )
    assert opened().info[0].value == say("changed")


def test_starting_over_deletes_what_was_learned() -> None:
    found = filled()
    learned(found)
    at = opened()
    at.button(key="teach_start_over").click().run()
    assert not at.exception
    assert not at.metric
    assert services().examples.get(found.id, ME) is None
    assert not services().examples.folder(found.id).exists()


def test_a_video_is_read_once_and_only_as_an_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "current_owner", lambda: ME)
    found = services().examples.new(ME, ["wave", "jump"])
    wave, jump = found.classes
    path = resources.teaching() / "jump" / "01.mp4"
    lessons.take(found, wave.id, "my wave.mp4", path)
    clip = services().examples.get(found.id, ME).clips[0]
    assert (clip.title, clip.frames) == ("my wave.mp4", 8)
    assert services().examples.frames(found.id, clip.id).shape == (8, 64, 85, 3)
    with pytest.raises(OptionError, match="in the class 'wave' already"):
        lessons.take(found, jump.id, "again.mp4", path)
    long = tmp_path / "long.mp4"
    encode_mp4(long, np.zeros((44, 32, 32, 3), np.uint8), 4.0)
    with pytest.raises(VideoTooLarge, match=r"'long\.mp4' lasts 11 s"):
        lessons.take(found, jump.id, "long.mp4", long)
    with pytest.raises(Exception, match=r"'notes\.mp4'"):
        lessons.take(found, jump.id, "notes.mp4", b"no video at all")
    folder = services().examples.folder(found.id) / "clips"
    assert len(list(folder.iterdir())) == 2, "what was refused leaves nothing"


def test_what_a_browser_sends_is_bytes_or_nothing() -> None:
    assert decoded(base64.b64encode(b"abc").decode(), 1) == b"abc"
    for wrong in (None, 5, "not base64!", "A" * 2_000_000):
        assert decoded(wrong, 1) == b""


def test_the_browser_gets_each_clip_once_with_a_name_to_remove_it() -> None:
    filled(count=2)
    at = opened()
    sent = [json.loads(c.proto.json or "{}") for c in at.get("bidi_component")]
    shelves = [data["clips"] for data in sent if "clips" in data]
    assert [len(clips) for clips in shelves] == [2, 2]
    assert shelves[0][1]["remove"] == "Remove clip 2 of wave"
    assert shelves[0][0]["picture"].startswith("data:image/jpeg;base64,")
    recorder = next(data for data in sent if "tryId" in data)
    assert [one["name"] for one in recorder["classes"]] == ["wave", "jump"]
    assert set(recorder["words"]) >= {"insecure", "no_camera", "denied"}


def test_a_clip_can_be_tried_only_after_training() -> None:
    found = filled()
    learned(found)
    services().examples.change(
        found.id, ME, lambda now: replace(now, tried=(ExampleClip("t", "new.mp4", "", "t", 5),))
    )
    at = opened()
    sent = [json.loads(c.proto.json or "{}") for c in at.get("bidi_component")]
    recorder = next(data for data in sent if "tryId" in data)
    assert recorder["classes"][-1]["id"] == recorder["tryId"]
