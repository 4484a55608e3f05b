"""Build the course as plain JSON: lessons, quiz, overview and glossary, in one language.

A lesson: {lesson, number, language, title, minutes, goal, steps, terms, words, numbers}
A step:   {step, title, html, figure: {name, options, labels, alt} | null, ask | null, player | null}
          and in the quiz: form, pair, transfer
An ask:   {kind, by, question, unit, options: [{id, text, right, feedback}], answer, within,
           mistakes: [{answer, feedback}], feedback: {outcome: text}, rubric: [text]}
A term:   {title, definition, anchor}, anchor being its id on the glossary page

goal, html, question, text, feedback, rubric and definition are HTML; titles, labels, alt and units are
plain text. A question whose answer is undefined in the run in view is left out.
"""

from __future__ import annotations

import math
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fixviz import resources
from fixviz.course.fields import Place
from fixviz.course.lesson import LANGUAGES, LESSONS, QUIZ, Ask, Figure, Lesson, Step
from fixviz.course.lesson_file import read_lesson
from fixviz.course.markup import Markup
from fixviz.course.placeholders import Numbers, fill, look_up
from fixviz.course.terms import Term, read_glossary, terms_in_order
from fixviz.course.words import read_words


def lesson_path(language: str, name: str) -> Path:
    """Return the file of a lesson, or of the quiz."""
    return resources.lessons() / language / f"{name}.md"


def build_lesson(language: str, lesson: str, numbers: Numbers) -> dict[str, Any]:
    """Return a lesson for the browser. Raises LessonError."""
    return build(read_lesson(lesson_path(language, lesson)), numbers)


def build_quiz(language: str, numbers: Numbers) -> dict[str, Any]:
    """Return the quiz for the browser. Raises LessonError."""
    return build_lesson(language, QUIZ, numbers)


def build(lesson: Lesson, numbers: Numbers) -> dict[str, Any]:
    """Return a lesson that was read as the browser gets it. Raises LessonError."""
    markup = Markup(numbers)
    file = f"{lesson.language}/{lesson.name}.md"
    steps = [_step(step, markup, Place(file, step.id)) for step in lesson.steps]
    goal = markup.block(lesson.goal, Place(file))
    glossary = read_glossary(lesson.language)
    return {
        **_heading(lesson),
        "language": lesson.language,
        "goal": goal,
        "steps": steps,
        "terms": {key: _definition(glossary[key]) for key in markup.terms},
        "words": read_words(lesson.language),
        "numbers": {name: _defined(value) for name, value in numbers.items()},
    }


def build_course(language: str, numbers: Numbers) -> dict[str, Any]:
    """Return the overview: every lesson's heading, goal and steps, and the quiz's. Raises LessonError."""
    found = {name: lesson_path(language, name) for name in (*LESSONS, QUIZ)}
    read = {name: read_lesson(path) for name, path in found.items() if path.is_file()}
    words = read_words(language)
    entries = {name: _overview(lesson, numbers) for name, lesson in read.items()}
    return {
        "language": language,
        "languages": list(LANGUAGES),
        "title": words["course"],
        "lessons": [entry for name, entry in entries.items() if name != QUIZ],
        "quiz": entries.get(QUIZ),
        "words": words,
    }


def build_glossary(language: str) -> dict[str, Any]:
    """Return all terms, in the alphabetical order of the English ones. Raises LessonError."""
    return {
        "language": language,
        "terms": [{"key": term.key, **_definition(term)} for term in terms_in_order(language)],
        "words": read_words(language),
    }


def _definition(term: Term) -> dict[str, str]:
    return {"title": term.title, "definition": escape(term.definition), "anchor": term.anchor}


def _heading(lesson: Lesson) -> dict[str, Any]:
    number = LESSONS.index(lesson.name) + 1 if lesson.name in LESSONS else None
    return {
        "lesson": lesson.name,
        "number": number,
        "title": lesson.title,
        "minutes": lesson.minutes,
    }


def _overview(lesson: Lesson, numbers: Numbers) -> dict[str, Any]:
    place = Place(f"{lesson.language}/{lesson.name}.md")
    return {
        **_heading(lesson),
        "goal": Markup(numbers).block(lesson.goal, place),
        "steps": [step.id for step in lesson.steps],
    }


def _step(step: Step, markup: Markup, place: Place) -> dict[str, Any]:
    built: dict[str, Any] = {
        "step": step.id,
        "title": fill(step.title, markup.numbers, place.at("title")),
        "html": markup.block(step.text, place),
        "figure": step.figure and _figure(step.figure, markup.numbers, place.at("figure")),
        "ask": step.ask and _ask(step.ask, markup, place.at("ask")),
        "player": _player(step.player, markup.numbers, place.at("player")),
    }
    if step.form:
        built |= {"form": step.form, "pair": step.pair, "transfer": step.transfer}
    return built


def _figure(figure: Figure, numbers: Numbers, place: Place) -> dict[str, Any]:
    labels = place.at("labels")
    return {
        "name": figure.name,
        "options": figure.options,
        "labels": {
            key: fill(label, numbers, labels.at(key)) for key, label in figure.labels.items()
        },
        "alt": fill(figure.alt, numbers, place.at("alt")),
    }


def _ask(ask: Ask, markup: Markup, place: Place) -> dict[str, Any] | None:
    options, mistakes, feedback = place.at("options"), place.at("mistakes"), place.at("feedback")
    answer = look_up(ask.answer, markup.numbers, place.at("answer")) if ask.answer else None
    if answer is not None and not math.isfinite(answer):
        return None
    return {
        "kind": ask.kind,
        "by": ask.by or None,
        "question": markup.line(ask.question, place.at("question")),
        "unit": fill(ask.unit, markup.numbers, place.at("unit")),
        "options": [
            {
                "id": option.id,
                "text": markup.line(option.text, options.at(option.id).at("text"), links=False),
                "right": option.right,
                "feedback": markup.line(option.feedback, options.at(option.id).at("feedback")),
            }
            for option in ask.options
        ],
        "answer": answer and _defined(answer),
        "within": ask.within,
        "mistakes": [
            {
                "answer": _defined(value),
                "feedback": markup.line(mistake.feedback, mistakes.at(number)),
            }
            for number, mistake in enumerate(ask.mistakes)
            if math.isfinite(value := look_up(mistake.answer, markup.numbers, mistakes.at(number)))
        ],
        "feedback": {
            outcome: markup.line(text, feedback.at(outcome))
            for outcome, text in ask.feedback.items()
        },
        "rubric": [markup.line(text, place.at("rubric")) for text in ask.rubric],
    }


def _player(player: dict[str, str], numbers: Numbers, place: Place) -> str | None:
    """Return query parameters, in which names of numbers are replaced by the numbers."""
    parameters = {}
    for key, value in player.items():
        if value.startswith(("run.", "world.")):
            value = f"{look_up(value, numbers, place.at(key)):.0f}"
        parameters[key] = fill(value, numbers, place.at(key))
    return urlencode(parameters) or None


def _defined(value: float) -> float | int | None:
    """Return a number as JSON has it: whole ones without a point, undefined ones as null."""
    if not math.isfinite(value):
        return None
    return int(value) if value == round(value) else float(value)
