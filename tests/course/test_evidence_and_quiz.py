"""What the lesson "Did it help?" and the quiz say holds for the pack, and answers cannot be guessed."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from fixviz import resources
from fixviz.course.build import lesson_path
from fixviz.course.lesson import LANGUAGES, LESSONS, Ask, Lesson
from fixviz.course.lesson_file import read_lesson
from fixviz.data.classes import CLASSES


@pytest.fixture(scope="module")
def evidence() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((resources.course() / "evidence.json").read_text("utf-8"))
    return data


@pytest.fixture(scope="module")
def numbers() -> dict[str, float]:
    content = json.loads((resources.course() / "pack.json").read_text("utf-8"))
    found: dict[str, float] = content["numbers"]
    return found


def ask_of(lesson: Lesson, step: str) -> Ask:
    ask = next(one for one in lesson.steps if one.id == step).ask
    assert ask is not None
    return ask


def right_option(ask: Ask) -> str:
    (right,) = [option.id for option in ask.options if option.right]
    return right


@pytest.fixture(params=LANGUAGES)
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return read_lesson(lesson_path(request.param, "evidence"))


def test_the_interval_of_fixation_alone_leaves_the_question_open(
    lesson: Lesson, numbers: dict[str, float]
) -> None:
    name = "world.gain.fixation-alone"
    crosses = numbers[f"{name}.low"] < 0 < numbers[name] < numbers[f"{name}.high"]
    assert crosses == (right_option(ask_of(lesson, "interval")) == "open")


def test_most_of_the_lead_is_the_direction_of_circles(numbers: dict[str, float]) -> None:
    lead, rest = numbers["world.gain.fixation"], numbers["world.evidence.rest.fixation"]
    assert rest < lead / 4
    # Lead over all classes, put together from the two circles and the others.
    circles = numbers["world.right.fixation.circles"] - numbers["world.right.linear.circles"]
    count = numbers["world.classes"]
    assert (2 * circles + (count - 2) * rest) / count == pytest.approx(lead, abs=5e-4)


def test_long_training_turns_the_order_in_the_pointing_game_round(
    lesson: Lesson, evidence: dict[str, Any]
) -> None:
    pointing = {
        name: [t["measures"]["pointing"] for t in evidence["trainings"] if t["name"] == name]
        for name in ("linear", "fixation")
    }
    (*short_linear, long_linear), (*short_fixation, long_fixation) = pointing.values()
    assert len(short_linear) == 3
    assert all(f > p for f, p in zip(short_fixation, short_linear, strict=True))
    assert long_linear > long_fixation
    assert right_option(ask_of(lesson, "trainings")) == "linear"


def test_hiding_by_attention_beats_every_random_order_and_hiding_by_gradients_does_not(
    lesson: Lesson, evidence: dict[str, Any]
) -> None:
    beats: dict[str, list[bool]] = {"attention": [], "gradients": []}
    for model in evidence["hide"]["models"].values():
        chance = min(_area(curve) for curve in model["random"])
        for name, results in beats.items():
            results.append(_area(model["maps"][name]) < chance)
    right = [name for name, results in beats.items() if all(results)]
    assert right == [right_option(ask_of(lesson, "hide"))]
    # The feedback names the models in which integrated gradients do not.
    assert beats["gradients"] == [False, False, True]
    assert list(evidence["hide"]["models"]) == ["softmax", "linear", "fixation"]


def _area(curve: list[float]) -> float:
    """Trapezoids over equal steps from 0 to 1."""
    return (sum(curve) - (curve[0] + curve[-1]) / 2) / (len(curve) - 1)


def test_every_curve_begins_at_the_models_answer_and_ends_with_all_patches_hidden(
    evidence: dict[str, Any],
) -> None:
    for model in evidence["hide"]["models"].values():
        curves = [*model["maps"].values(), *model["random"]]
        assert {curve[0] for curve in curves} == {curves[0][0]}
        assert max(c[-1] for c in curves) == pytest.approx(min(c[-1] for c in curves), abs=1e-4)
        assert curves[0][0] > 0.3
        for ranks in model["ranks"].values():
            assert len(set(ranks)) == len(ranks)
            assert max(ranks) < model["patches"]


def test_the_figures_have_a_word_for_every_model_and_class(
    lesson: Lesson, evidence: dict[str, Any]
) -> None:
    classes = {name.replace(" ", "-") for name in CLASSES}
    for step in lesson.steps:
        labels = set(step.figure.labels) if step.figure else set()
        name = step.figure.name if step.figure else ""
        if name in ("class-lead", "hide-patches"):
            assert classes <= labels
        if name == "measure-ranks":
            assert {model["name"] for model in evidence["models"]} <= labels
            assert set(evidence["models"][0]["measures"]) <= labels
        if name == "gain-plot":
            assert set(step.figure.options["models"]) <= labels


FORMS = ("before", "after")


@pytest.fixture(params=LANGUAGES)
def quiz(request: pytest.FixtureRequest) -> Lesson:
    return read_lesson(lesson_path(request.param, "quiz"))


def test_both_forms_ask_for_the_same_ideas_with_other_questions(quiz: Lesson) -> None:
    by_form = {
        form: {step.pair: step for step in quiz.steps if step.form == form} for form in FORMS
    }
    before, after = by_form.values()
    assert list(before) == list(after)
    assert [step.transfer for step in before.values()].count(False) == 8
    assert [step.transfer for step in before.values()].count(True) == 3
    for pair, step in before.items():
        other = after[pair]
        assert step.transfer == other.transfer
        assert step.text != other.text
        assert step.ask is not None
        assert other.ask is not None
        assert len(step.ask.options) == len(other.ask.options)
    # A pair is named after its lesson, to which its explanation leads; every lesson has one.
    assert {pair.split("-")[0] for pair in before} == set(LESSONS)


def test_right_answers_cannot_be_guessed_by_place_or_length(quiz: Lesson) -> None:
    for form in FORMS:
        asks = [step.ask for step in quiz.steps if step.form == form and step.ask]
        places = Counter([o.right for o in ask.options].index(True) for ask in asks)
        assert set(places) == {0, 1, 2, 3}
        assert max(places.values()) <= 3
        for extreme in (max, min):
            guessed = [
                ask.options[[len(o.text) for o in ask.options].index(extreme_length)].right
                for ask in asks
                if (extreme_length := extreme(len(o.text) for o in ask.options))
            ]
            assert sum(guessed) <= len(asks) / 2, (form, extreme.__name__)


def test_the_place_of_the_right_answer_before_does_not_tell_that_after(quiz: Lesson) -> None:
    places = {
        (step.pair, step.form): [o.right for o in step.ask.options].index(True)
        for step in quiz.steps
        if step.ask
    }
    pairs = {pair for pair, _ in places}
    assert all(places[pair, "before"] != places[pair, "after"] for pair in pairs)
