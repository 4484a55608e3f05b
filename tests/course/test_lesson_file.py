"""Reading a lesson's file: what is in it, and an error with file, step and key for every fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fixviz.course.lesson import Ask, Figure, Mistake, Option
from fixviz.course.lesson_file import read_lesson
from fixviz.errors import FixvizError, LessonError

HEAD = """---
lesson: tokens
title: Tokens
minutes: 6
---
The goal.
"""
STEP = """
---
step: grid
title: A frame becomes patches
figure:
  name: token-grid
  options: {choose: stride, sizes: [1, 2.5], deep: {all: true}}
  labels: {patch: "Patch size"}
  alt: A grid.
ask:
  kind: predict
  by: number
  question: How many?
  unit: tokens
  answer: run.patches
  within: 0.2
  mistakes:
    - {answer: run.tokens, feedback: "The whole window."}
  feedback: {right: "Yes.", low: "More.", high: "Less."}
player: {show: attention, layer: 2, frame: run.frame}
---
The text,

in two paragraphs.
"""
CHOICE = """
---
step: choose
title: Choose
ask:
  kind: exercise
  by: choice
  question: Which?
  options:
    - {id: frame, text: "A frame.", right: true, feedback: "Yes."}
    - {id: clip, text: "A clip.", feedback: "Too much."}
---
The text.
"""


def read(folder: Path, text: str, name: str = "tokens", language: str = "en"):
    path = folder / language / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return read_lesson(path)


def test_everything_in_the_file_is_read(tmp_path: Path) -> None:
    lesson = read(tmp_path, HEAD + STEP + CHOICE, language="zh")
    assert (lesson.name, lesson.language) == ("tokens", "zh")
    assert (lesson.title, lesson.minutes, lesson.goal) == ("Tokens", 6, "The goal.")
    grid, choose = lesson.steps
    assert (grid.id, grid.title) == ("grid", "A frame becomes patches")
    assert grid.text == "The text,\n\nin two paragraphs."
    assert grid.figure == Figure(
        "token-grid",
        "A grid.",
        {"choose": "stride", "sizes": [1, 2.5], "deep": {"all": True}},
        {"patch": "Patch size"},
    )
    assert grid.ask == Ask(
        "predict",
        "number",
        "How many?",
        unit="tokens",
        answer="run.patches",
        within=0.2,
        mistakes=(Mistake("run.tokens", "The whole window."),),
        feedback={"right": "Yes.", "low": "More.", "high": "Less."},
    )
    assert grid.player == {"show": "attention", "layer": "2", "frame": "run.frame"}
    assert (choose.figure, choose.player) == (None, {})
    assert choose.ask.options == (
        Option("frame", "A frame.", "Yes.", right=True),
        Option("clip", "A clip.", "Too much."),
    )


FAULTS = {
    "an unknown key": (
        "title: A frame",
        "tilte: A\ntitle: A frame",
        "tilte: there is no such key here",
    ),
    "a missing title": ("title: A frame becomes patches\n", "", "title: this is missing"),
    "an unknown key below": (
        "  unit: tokens",
        "  units: tokens",
        "ask.units: there is no such key",
    ),
    "a missing alternative": ("  alt: A grid.\n", "", "figure.alt: this is missing"),
    "options that are no keys": (
        "{choose: stride, sizes: [1, 2.5], deep: {all: true}}",
        "[1]",
        "figure.options: this must be keys",
    ),
    "an option that is a date": ("[1, 2.5]", "[2020-01-01]", "figure.options.sizes[0]: datetime"),
    "a label that is a number": (
        'patch: "Patch size"',
        "patch: 3",
        "figure.labels.patch: 3 must be text",
    ),
    "missing feedback": (', high: "Less."', "", "ask.feedback: it must have right, low and high"),
    "feedback of a mistake": (
        ', feedback: "The whole window."',
        "",
        "ask.mistakes[0].feedback: this is",
    ),
    "no answer": ("  answer: run.patches\n", "", "ask.answer: this is missing"),
    "a tolerance of 20": ("within: 0.2", "within: 20", "ask.within: it must be 0 or more"),
    "a kind that is not known": (
        "kind: predict",
        "kind: guess",
        "ask.kind: 'guess' must be one of",
    ),
    "a checked number in free play": (
        "kind: predict",
        "kind: free",
        "ask.kind: a number is checked",
    ),
    "a figure's name in capitals": (
        "name: token-grid",
        "name: tokenGrid",
        "figure.name: 'tokenGrid' must",
    ),
    "a key that stands twice": ("  unit: tokens", "  by: text", "the key 'by' stands twice"),
    "no text": ("The text,\n\nin two paragraphs.", "", "the step has no text"),
    "a number as a key": ('low: "More."', '2: "More."', "the key 2 must be text"),
    "an answer in a figure that is not there": (
        STEP[STEP.index("figure:") : STEP.index("player:")],
        'ask: {kind: exercise, by: figure, question: Q, feedback: {right: "Yes.", off: "No."}}\n'.replace(
            "off", '"off"'
        ),
        "ask.by: the answer is given in the figure, and the step has none",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_a_step_is_told_with_file_step_and_key(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in STEP
    with pytest.raises(LessonError, match=re.escape(message)) as caught:
        read(tmp_path, HEAD + STEP.replace(old, new, 1))
    assert str(caught.value).startswith("en/tokens.md")
    if "twice" not in message:  # YAML that is not valid has no step yet.
        assert "step grid" in str(caught.value)


CHOICE_FAULTS = {
    "an option without feedback": (
        ', feedback: "Too much."',
        "",
        "ask.options[1].feedback: this is missing",
    ),
    "two options of one name": ("id: clip", "id: frame", "each with an id of its own"),
    "no right option": (", right: true", "", "0 options are right"),
    "two right options": ('text: "A clip."', 'text: "A clip.", right: true', "2 options are right"),
    "feedback beside the options": (
        "  question: Which?",
        "  question: Which?\n  feedback: {}",
        "ask.feedback",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), CHOICE_FAULTS.values(), ids=CHOICE_FAULTS)
def test_a_fault_of_a_choice_is_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in CHOICE
    with pytest.raises(LessonError, match=re.escape(message)):
        read(tmp_path, HEAD + CHOICE.replace(old, new, 1))


FILE_FAULTS = {
    "two steps of one name": (
        HEAD + CHOICE + CHOICE,
        "step choose: another step has the same name",
    ),
    "no step": (HEAD, "the lesson has no step"),
    "no goal": (HEAD.replace("The goal.", "") + CHOICE, "the goal is missing"),
    "another lesson's name": (HEAD.replace("tokens", "softmax") + CHOICE, "would be softmax.md"),
    "an unknown lesson": (
        HEAD.replace("lesson: tokens", "lesson: x") + CHOICE,
        "'x' must be one of",
    ),
    "no divider at the start": ("Tokens\n" + HEAD, "must begin with a line ---"),
    "a block without text": (HEAD + "\n---\nstep: last\n", "the last block has no text"),
    "a form outside the quiz": (
        HEAD + CHOICE.replace("title: Choose", "title: Choose\nform: before"),
        "only the quiz has forms",
    ),
}


@pytest.mark.parametrize(("text", "message"), FILE_FAULTS.values(), ids=FILE_FAULTS)
def test_a_fault_of_the_file_is_told(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LessonError, match=re.escape(message)):
        read(tmp_path, text)


def test_an_item_of_the_quiz_has_a_form(tmp_path: Path) -> None:
    head = HEAD.replace("tokens", "quiz")
    step = CHOICE.replace("title: Choose", "title: Choose\nform: after\npair: a\ntransfer: true")
    item = read(tmp_path, head + step, "quiz").steps[0]
    assert (item.form, item.pair, item.transfer) == ("after", "a", True)
    with pytest.raises(LessonError, match="needs a form"):
        read(tmp_path, head + CHOICE, "quiz")


def test_a_lesson_that_is_not_there_is_an_error_that_everybody_can_catch(tmp_path: Path) -> None:
    with pytest.raises(FixvizError, match=r"tokens\.md: there is no such lesson"):
        read_lesson(tmp_path / "en" / "tokens.md")


def test_a_prediction_may_have_no_right_option_and_free_play_no_answer(tmp_path: Path) -> None:
    opinion = CHOICE.replace("exercise", "predict").replace(", right: true", "")
    free = "\n---\nstep: play\ntitle: Play\nask: {kind: free, question: What}\n---\nPlay.\n"
    steps = read(tmp_path, HEAD + opinion + free).steps
    assert not any(option.right for option in steps[0].ask.options)
    assert (steps[1].ask.by, steps[1].ask.kind) == ("", "free")


def test_only_true_and_false_are_truth_values(tmp_path: Path) -> None:
    step = CHOICE.replace("id: frame", "id: no").replace("id: clip", "id: trueish")
    assert [option.id for option in read(tmp_path, HEAD + step).steps[0].ask.options] == [
        "no",
        "trueish",
    ]
