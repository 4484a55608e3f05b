"""Read a lesson's file: blocks of YAML and Markdown, one after the other, divided by lines of `---`.

    ---
    lesson: tokens
    title: Tokens
    minutes: 6
    ---
    The goal.

    ---
    step: grid
    title: A frame becomes patches
    ---
    The text of the first step.

The keys of a step are those of fixviz.course.lesson.Step. A file is read strictly: an unknown key, a
missing one, an answer without feedback or a second step of the same name raises LessonError, which
names file, step and key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from fixviz.course.fields import (
    Fields,
    Place,
    as_flag,
    as_number,
    as_text,
    list_of,
    one_of,
    read_yaml,
    texts,
)
from fixviz.course.lesson import LESSONS, QUIZ, Ask, By, Figure, Kind, Lesson, Mistake, Option, Step

_DIVIDER: Final = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NUMBER_OUTCOMES: Final = ("right", "low", "high")


def read_lesson(path: Path) -> Lesson:
    """Return the lesson in a file whose folder is named after its language. Raises LessonError."""
    place = Place(f"{path.parent.name}/{path.name}")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise place.error("there is no such lesson.") from error
    blocks = list(_blocks(text, place))
    head, goal = blocks[0]
    fields = Fields.of(place, head)
    name = fields.need("lesson", one_of(*LESSONS, QUIZ))
    if name != path.stem:
        raise place.at("lesson").error(f"the file of this lesson would be {name}.md.")
    title, minutes = fields.text("title"), int(fields.need("minutes", as_number))
    fields.done()
    if not goal:
        raise place.error("the goal is missing: the text after the first block.")
    steps = tuple(_step(place, number, *block) for number, block in enumerate(blocks[1:], start=1))
    if not steps:
        raise place.error("the lesson has no step.")
    seen: set[str] = set()
    for step in steps:
        if step.id in seen:
            raise Place(place.file, step.id).error("another step has the same name.")
        seen.add(step.id)
        if (name == QUIZ) != bool(step.form):
            fault = (
                "an item of the quiz needs a form" if name == QUIZ else "only the quiz has forms"
            )
            raise Place(place.file, step.id).error(f"{fault} (before or after).")
    return Lesson(name, path.parent.name, title, minutes, goal, steps)


def _blocks(text: str, place: Place) -> Iterator[tuple[Any, str]]:
    """Yield what each block's YAML says, with its Markdown."""
    before, *parts = _DIVIDER.split(text)
    if before.strip() or not parts:
        raise place.error("it must begin with a line ---.")
    if len(parts) % 2:
        raise place.error(
            "the last block has no text: each has YAML between two lines ---, then text."
        )
    for head, body in zip(parts[::2], parts[1::2], strict=True):
        yield read_yaml(head, place), body.strip()


def _step(file: Place, number: int, head: Any, text: str) -> Step:
    named = head.get("step") if isinstance(head, dict) else None
    place = Place(file.file, str(named or number))
    fields = Fields.of(place, head)
    step = Step(
        id=fields.need("step", _name),
        title=fields.text("title"),
        text=text,
        figure=fields.maybe("figure", _figure, None),
        ask=fields.maybe("ask", _ask, None),
        player=fields.maybe("player", _player, {}),
        form=fields.maybe("form", one_of("before", "after"), ""),
        pair=fields.maybe("pair", _name, ""),
        transfer=fields.maybe("transfer", as_flag, False),
    )
    fields.done()
    if not text:
        raise place.error("the step has no text.")
    if step.ask and step.ask.by == "figure" and step.figure is None:
        raise place.at("ask.by").error("the answer is given in the figure, and the step has none.")
    return step


def _name(place: Place, value: Any) -> str:
    name = as_text(place, value)
    if not _NAME.fullmatch(name):
        raise place.error(f"{name!r} must be of lower-case letters, digits and single hyphens.")
    return name


def _figure(place: Place, value: Any) -> Figure | None:
    fields = Fields.of(place, value)
    figure = Figure(
        name=fields.need("name", _name),
        alt=fields.text("alt"),
        options=fields.maybe("options", _plain, {}),
        labels=fields.maybe("labels", texts, {}),
    )
    fields.done()
    return figure


def _plain(place: Place, value: Any) -> dict[str, Any]:
    """Return options of a figure: text keys, and values that JSON has, too."""
    fields = Fields.of(place, value)
    for key, item in fields.values.items():
        _check_plain(place.at(key), item)
    return dict(fields.values)


def _check_plain(place: Place, value: Any) -> None:
    if isinstance(value, dict):
        _plain(place, value)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            _check_plain(place.at(number), item)
    elif not isinstance(value, str | int | float | bool | None):
        raise place.error(
            f"{value!r} must be text, a number, true, false, a list or keys with values."
        )


def _player(place: Place, value: Any) -> dict[str, str]:
    fields = Fields.of(place, value)
    for key, item in fields.values.items():
        if isinstance(item, bool) or not isinstance(item, str | int | float):
            raise place.at(key).error(f"{item!r} must be text or a number.")
    return {key: str(item) for key, item in fields.values.items()}


def _ask(place: Place, value: Any) -> Ask | None:
    fields = Fields.of(place, value)
    kind = cast(Kind, fields.need("kind", one_of("predict", "exercise", "free")))
    ways = one_of("choice", "number", "figure", "text")
    by = cast(By, fields.maybe("by", ways, "") if kind == "free" else fields.need("by", ways))
    ask = _ANSWERS[by](fields, kind, fields.text("question"))
    fields.done()
    return ask


def _by_choice(fields: Fields, kind: Kind, question: str) -> Ask:
    options = fields.need("options", list_of(_option))
    place = fields.place.at("options")
    ids = [option.id for option in options]
    if len(options) < 2 or len(set(ids)) < len(ids):
        raise place.error("there must be at least two options, each with an id of its own.")
    right = sum(option.right for option in options)
    if right > 1 or (right == 0 and kind == "exercise"):
        raise place.error(f"{right} options are right; it must be one.")
    return Ask(kind, "choice", question, options=options)


def _option(place: Place, value: Any) -> Option:
    fields = Fields.of(place, value)
    option = Option(
        id=fields.need("id", _name),
        text=fields.text("text"),
        feedback=fields.text("feedback"),
        right=fields.maybe("right", as_flag, False),
    )
    fields.done()
    return option


def _by_number(fields: Fields, kind: Kind, question: str) -> Ask:
    if kind == "free":
        raise fields.place.at("kind").error(
            "a number is checked, so it cannot be the answer of free play."
        )
    feedback = fields.need("feedback", texts)
    if set(feedback) != set(_NUMBER_OUTCOMES):
        raise fields.place.at("feedback").error("it must have right, low and high.")
    within = fields.maybe("within", as_number, 0.0)
    if not 0 <= within < 1:
        raise fields.place.at("within").error("it must be 0 or more and below 1.")
    return Ask(
        kind,
        "number",
        question,
        unit=fields.maybe("unit", as_text, ""),
        answer=fields.text("answer"),
        within=within,
        mistakes=fields.maybe("mistakes", list_of(_mistake), ()),
        feedback=feedback,
    )


def _mistake(place: Place, value: Any) -> Mistake:
    fields = Fields.of(place, value)
    mistake = Mistake(fields.text("answer"), fields.text("feedback"))
    fields.done()
    return mistake


def _by_figure(fields: Fields, kind: Kind, question: str) -> Ask:
    feedback: dict[str, str]
    if kind == "free":
        feedback = fields.maybe("feedback", texts, {})
    else:
        feedback = fields.need("feedback", texts)
        if "right" not in feedback or (kind == "exercise" and len(feedback) < 2):
            fault = "it must have right, and one for every mistake that the figure can find."
            raise fields.place.at("feedback").error(fault)
    return Ask(kind, "figure", question, feedback=feedback)


def _by_text(fields: Fields, kind: Kind, question: str) -> Ask:
    if kind == "exercise":
        raise fields.place.at("kind").error(
            "nobody can check a written answer; take predict or free."
        )
    return Ask(kind, "text", question, rubric=fields.maybe("rubric", list_of(as_text), ()))


def _unanswered(_fields: Fields, kind: Kind, question: str) -> Ask:
    return Ask(kind, "", question)


_ANSWERS: Final = {
    "": _unanswered,
    "choice": _by_choice,
    "number": _by_number,
    "figure": _by_figure,
    "text": _by_text,
}
