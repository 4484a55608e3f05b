"""The course's files that there are, and readers of what their authors wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fixviz.course.build import lesson_path
from fixviz.course.lesson import LANGUAGES, LESSONS, QUIZ, Lesson, Step
from fixviz.course.markup import FORMULA, TERM_LINK
from fixviz.course.placeholders import PLACEHOLDER

NAMES = (*LESSONS, QUIZ)
WRITTEN = [
    (language, name)
    for name in NAMES
    for language in LANGUAGES
    if lesson_path(language, name).is_file()
]
"""Language and name of every lesson that there is by now."""
IN_ALL_LANGUAGES = [
    name for name in NAMES if all((language, name) in WRITTEN for language in LANGUAGES)
]


def without_marks(text: str) -> str:
    """A text without its numbers and formulas, and without the keys of its terms."""
    text = TERM_LINK.sub("]", text)
    return PLACEHOLDER.sub("N", FORMULA.sub("N", text))


def shown(step: Step) -> Iterator[tuple[str, str]]:
    """Every text of a step that a reader sees, with the key under which it stands."""
    yield "title", step.title
    yield "text", step.text
    if step.figure:
        yield "alt", step.figure.alt
        for key, label in step.figure.labels.items():
            yield f"label {key}", label
    if step.ask:
        yield "question", step.ask.question
        yield "unit", step.ask.unit
        for option in step.ask.options:
            yield f"option {option.id}", option.text
            yield f"feedback of {option.id}", option.feedback
        for number, mistake in enumerate(step.ask.mistakes):
            yield f"mistake {number}", mistake.feedback
        for outcome, text in step.ask.feedback.items():
            yield f"feedback {outcome}", text
        for line in step.ask.rubric:
            yield "rubric", line


def texts_of(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """Every text of a lesson that a reader sees, with its place."""
    yield "title", lesson.title
    yield "goal", lesson.goal
    for step in lesson.steps:
        for key, text in shown(step):
            yield f"{step.id}, {key}", text


def length(text: str) -> tuple[int, int]:
    """Words of a text, and how many of them are Chinese characters, each of which counts as one."""
    plain = re.sub(r"[*`|#>\[\]]|^\s*[-+]\s", " ", without_marks(text), flags=re.MULTILINE)
    characters = re.findall(r"[\u3400-\u9fff]", plain)
    words = re.findall(r"\w[\w'’-]*", re.sub(r"[\u3400-\u9fff]", " ", plain))
    return len(characters) + len(words), len(characters)
