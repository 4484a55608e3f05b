"""Every lesson in every language: it builds, fits its limits, and says the same as its translation."""

from __future__ import annotations

import math
import re

import pytest

from fixviz.browser_files import browser_file
from fixviz.course import shipped
from fixviz.course.build import build, lesson_path
from fixviz.course.lesson import LANGUAGES, LESSONS, QUIZ, Lesson, Step
from fixviz.course.lesson_file import read_lesson
from fixviz.course.markup import FORMULA
from fixviz.course.numbers import numbers_of
from fixviz.course.placeholders import PLACEHOLDER
from fixviz.course.texts import course_text
from fixviz.ui.player_parameters import clean_parameters
from tests.course.texts_on_disk import (
    IN_ALL_LANGUAGES,
    NAMES,
    WRITTEN,
    length,
    texts_of,
    without_marks,
)

MOST_WORDS = {"en": 70, "zh": 140}


def lesson(language: str, name: str) -> Lesson:
    return read_lesson(lesson_path(language, name))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_lesson_is_there_in_every_language(language: str, name: str) -> None:
    assert (language, name) in WRITTEN


@pytest.mark.parametrize(("language", "name"), WRITTEN)
def test_a_lesson_builds_with_all_its_numbers_formulas_and_terms(language: str, name: str) -> None:
    built = course_text(language, name)
    assert built["note"] is None
    for step in built["steps"]:
        assert not re.search(r"\{\{|\$|\\[a-z]", step["html"]), step["step"]
        if step["ask"] and step["ask"]["by"] == "number":
            assert step["ask"]["answer"] is not None
    if name in LESSONS:
        assert 5 <= len(built["steps"]) <= 9
        assert 5 <= built["minutes"] <= 8


@pytest.mark.parametrize(("language", "name"), WRITTEN)
def test_no_digit_but_0_and_1_is_typed_by_hand(language: str, name: str) -> None:
    for place, text in texts_of(lesson(language, name)):
        typed = re.findall(r"\d+(?:[.,]\d+)*", without_marks(text))
        assert not {*typed} - {"0", "1"}, place


@pytest.mark.parametrize(("language", "name"), WRITTEN)
def test_no_text_is_longer_than_its_limit(language: str, name: str) -> None:
    longer = {
        step.id: length(step.text)[0]
        for step in lesson(language, name).steps
        if length(step.text)[0] > MOST_WORDS[language]
    }
    assert not longer


@pytest.mark.parametrize("name", [name for name in LESSONS if ("en", name) in WRITTEN])
def test_a_lesson_predicts_practices_plays_and_leads_to_the_player(name: str) -> None:
    steps = lesson("en", name).steps
    kinds = [step.ask.kind for step in steps if step.ask]
    assert kinds.count("predict") >= 1
    assert kinds.count("exercise") >= 2
    assert kinds.count("free") >= 1
    assert any(step.player for step in steps)


@pytest.mark.parametrize("name", IN_ALL_LANGUAGES)
def test_languages_ask_and_show_the_same(name: str) -> None:
    first, *others = (lesson(language, name) for language in LANGUAGES)
    for other in others:
        assert other.minutes == first.minutes
        assert [step.id for step in other.steps] == [step.id for step in first.steps]
        for ours, theirs in zip(first.steps, other.steps, strict=True):
            assert outline(theirs) == outline(ours), ours.id


def outline(step: Step) -> dict[str, object]:
    """What no translation may change."""
    figure, ask = step.figure, step.ask
    places = {} if figure is None else {k: fields(v) for k, v in figure.labels.items()}
    return {
        "figure": figure and (figure.name, figure.options),
        "labels": places,
        "player": step.player,
        "quiz": (step.form, step.pair, step.transfer),
        "ask": ask and (ask.kind, ask.by, ask.answer, ask.within),
        "options": ask and [(option.id, option.right) for option in ask.options],
        "mistakes": ask and [mistake.answer for mistake in ask.mistakes],
        "feedback": ask and {*ask.feedback},
        "rubric": ask and len(ask.rubric),
        "numbers": {found[1] for found in PLACEHOLDER.finditer(step.text)},
        "symbols": sorted(re.findall(r"\\class\{([^}]*)\}", step.text)),
        "formulas": len(FORMULA.findall(step.text)),
    }


def fields(label: str) -> set[str]:
    """The places of a label that the figure fills."""
    return set(re.findall(r"(?<!\{)\{(\w+)\}(?!\})", label))


@pytest.mark.parametrize("name", [name for name in NAMES if ("en", name) in WRITTEN])
def test_every_figure_is_a_module_that_exports_it(name: str) -> None:
    for step in lesson("en", name).steps:
        if step.figure is None:
            continue
        file = f"course/figures/{step.figure.name.replace('-', '_')}.js"
        path = browser_file(file)
        assert path is not None, file
        function = re.sub(r"-(\w)", lambda found: found[1].upper(), step.figure.name)
        text = path.read_text(encoding="utf-8")
        exported = rf"export (?:(?:async )?function {function}\b|const {function}\b|{{[^}}]*\b{function}\b)"
        assert re.search(exported, text), f"{file}: {function}"


@pytest.mark.parametrize("name", [name for name in NAMES if ("en", name) in WRITTEN])
def test_the_player_understands_every_link(name: str) -> None:
    for step in lesson("en", name).steps:
        assert clean_parameters(dict.fromkeys(step.player, "1")).keys() == step.player.keys(), (
            step.id
        )


@pytest.mark.parametrize(("language", "name"), WRITTEN)
def test_another_number_makes_another_text(language: str, name: str) -> None:
    """Whatever number a text names, changing it changes what the reader sees."""
    numbers = {**shipped.numbers(), **numbers_of(shipped.run())}
    written = lesson(language, name)
    texts = [text for _, text in texts_of(written)]
    named = {found[1] for text in texts for found in PLACEHOLDER.finditer(text)}
    assert named or name == QUIZ
    before = without_numbers(build(written, numbers))
    for number in named:
        other = {**numbers, number: 1.5 * numbers[number] + 1.37}
        assert without_numbers(build(written, other)) != before, number


def without_numbers(built: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in built.items() if key != "numbers"}


@pytest.mark.parametrize(("language", "name"), WRITTEN)
def test_a_lesson_can_be_read_where_a_number_is_undefined(language: str, name: str) -> None:
    undefined = dict.fromkeys({**shipped.numbers(), **numbers_of(shipped.run())}, math.nan)
    built = build(lesson(language, name), undefined)
    assert "nan" not in str([step["html"] for step in built["steps"]])


def test_the_quiz_has_parallel_items_and_items_of_transfer() -> None:
    if ("en", QUIZ) not in WRITTEN:
        pytest.fail("There is no quiz.")
    steps = lesson("en", QUIZ).steps
    plain = {
        form: [s for s in steps if s.form == form and not s.transfer]
        for form in ("before", "after")
    }
    assert [len(items) for items in plain.values()] == [8, 8]
    assert {s.pair for s in plain["before"]} == {s.pair for s in plain["after"]}
    assert len({s.pair for s in plain["before"]}) == 8
    for form in ("before", "after"):
        assert len([s for s in steps if s.form == form and s.transfer]) in (0, 3)
    assert any(s.transfer for s in steps if s.form == "after")
    assert all(s.ask for s in steps)
