"""What the browser gets: a lesson with its numbers, and with those of another run."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest

from fixviz import resources
from fixviz.course.build import build, build_course
from fixviz.course.lesson import LANGUAGES
from fixviz.course.lesson_file import read_lesson
from fixviz.course.texts import with_run
from fixviz.course.version import course_version
from fixviz.errors import LessonError

LESSON = """---
lesson: linear
title: Linear attention
minutes: 7
---
Of {{run.patches}} patches.

---
step: count
title: With {{run.patches}}
figure:
  name: order
  options: {from: 1}
  labels: {n: "{{run.patches}} of {n}"}
  alt: A figure with {{world.clips}} clips.
ask:
  kind: exercise
  by: number
  question: How many?
  unit: of {{run.patches}}
  answer: run.patches
  within: 0.05
  mistakes: [{answer: world.clips, feedback: "[Clips](term:clip)."}]
  feedback: {right: "{{run.patches}}", low: "l", high: "h"}
player: {frame: run.frame, query: "{{run.frame}}-1", show: attention}
---
A [token](term:token): {{world.share | percent}}.

---
step: choose
title: Choose
ask:
  kind: exercise
  by: choice
  question: Which?
  options:
    - {id: a, text: "$a_1$", right: true, feedback: "Yes."}
    - {id: b, text: "B", feedback: "No."}
---
Text.
"""
NUMBERS = {"run.patches": 99.0, "run.frame": 13.0, "world.clips": 700.0, "world.share": 0.5}


@pytest.fixture
def lesson(tmp_path: Path):
    path = tmp_path / "en" / "linear.md"
    path.parent.mkdir()
    path.write_text(LESSON, encoding="utf-8")
    return read_lesson(path)


def number(name: str, text: str) -> str:
    return f'<span class="number" data-number="{name}">{text}</span>'


def test_a_lesson_is_built_with_all_its_parts(lesson) -> None:
    built = build(lesson, NUMBERS)
    json.dumps(built, allow_nan=False)
    assert (built["lesson"], built["number"], built["language"]) == ("linear", 3, "en")
    assert (built["title"], built["minutes"]) == ("Linear attention", 7)
    assert built["goal"] == f"<p>Of {number('run.patches', '99')} patches.</p>"
    assert built["terms"].keys() == {"token", "clip"}
    assert built["terms"]["token"]["anchor"] == "token"
    assert built["numbers"] == NUMBERS
    assert built["words"]["next"] == "Next"
    count, choose = built["steps"]
    assert (count["step"], count["title"]) == ("count", "With 99")
    assert number("world.share", "50.0\N{NO-BREAK SPACE}%") in count["html"]
    assert count["figure"] == {
        "name": "order",
        "options": {"from": 1},
        "labels": {"n": "99 of {n}"},
        "alt": "A figure with 700 clips.",
    }
    assert count["player"] == "frame=13&query=13-1&show=attention"
    ask = count["ask"]
    assert (ask["answer"], ask["within"], ask["unit"]) == (99, 0.05, "of 99")
    assert ask["mistakes"][0]["answer"] == 700
    assert ask["feedback"]["right"] == number("run.patches", "99")
    assert (choose["figure"], choose["player"]) == (None, None)
    assert [(o["id"], o["right"], o["feedback"]) for o in choose["ask"]["options"]] == [
        ("a", True, "Yes."),
        ("b", False, "No."),
    ]
    assert choose["ask"]["options"][0]["text"].startswith("<math")


def test_what_is_undefined_in_a_run_is_neither_asked_nor_written_as_a_number(lesson) -> None:
    own = with_run({**NUMBERS, "world.clips": math.nan}, {"run.frame": 5.0})
    built = build(lesson, own)
    json.dumps(built, allow_nan=False)
    assert built["numbers"] == {**NUMBERS, "run.patches": None, "run.frame": 5, "world.clips": None}
    assert built["steps"][0]["ask"] is None
    assert number("run.patches", "–") in built["goal"]
    assert built["steps"][0]["player"] == "frame=5&query=5-1&show=attention"


def test_a_mistake_that_is_undefined_is_left_out(lesson) -> None:
    built = build(lesson, {**NUMBERS, "world.clips": math.nan})
    assert built["steps"][0]["ask"]["mistakes"] == []


@pytest.mark.parametrize("missing", ["run.patches", "world.clips", "world.share", "run.frame"])
def test_a_number_that_nobody_knows_is_an_error_that_names_the_step(lesson, missing: str) -> None:
    with pytest.raises(LessonError, match=rf"en/linear\.md.*{missing}"):
        build(lesson, {name: value for name, value in NUMBERS.items() if name != missing})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_overview_lists_the_lessons_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    folder = tmp_path / language
    folder.mkdir()
    words = (resources.lessons() / language / "course.yaml").read_text(encoding="utf-8")
    (folder / "course.yaml").write_text(words, encoding="utf-8")
    for name in ("quiz", "softmax", "tokens"):
        text = LESSON.replace("lesson: linear", f"lesson: {name}")
        if name == "quiz":
            text = text.replace("step:", "form: before\nstep:")
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(resources, "lessons", lambda: tmp_path)
    course = build_course(language, NUMBERS)
    assert [(entry["lesson"], entry["number"]) for entry in course["lessons"]] == [
        ("tokens", 1),
        ("softmax", 2),
    ]
    assert course["lessons"][0]["steps"] == ["count", "choose"]
    assert course["quiz"]["lesson"] == "quiz"
    assert course["title"] == course["words"]["course"]


def test_another_text_or_number_makes_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "lessons", lambda: tmp_path)
    monkeypatch.setattr(resources, "course", lambda: tmp_path / "none")
    versions = []
    path = tmp_path / "tokens.md"
    for second, text in enumerate(("one", "two", "one", "longer")):
        path.write_text(text)
        # Two quick writes may have the same time.
        os.utime(path, (second, second))
        versions.append(course_version())
    assert versions[0] == versions[2]
    assert len(set(versions)) == 3
