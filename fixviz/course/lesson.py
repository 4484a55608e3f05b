"""A lesson as its author wrote it: its goal and its steps, before numbers and formulas are put in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

LESSONS: Final = ("tokens", "softmax", "linear", "price", "fixation", "neighbors", "evidence")
"""The lessons, in the order in which they are taken."""
QUIZ: Final = "quiz"
LANGUAGES: Final = ("en", "zh")

Kind = Literal["predict", "exercise", "free"]
By = Literal["choice", "number", "figure", "text", ""]
"""How a question is answered; empty for free play without an answer."""


@dataclass(frozen=True)
class Figure:
    """An interactive figure of the browser, with all words that it shows."""

    name: str
    alt: str
    options: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Option:
    """One answer to choose, and what the learner is told who chooses it."""

    id: str
    text: str
    feedback: str
    right: bool = False


@dataclass(frozen=True)
class Mistake:
    """A wrong number that somebody arrives at, by its name, and what went wrong there."""

    answer: str
    feedback: str


@dataclass(frozen=True)
class Ask:
    """A question. Only what belongs to its way of answering (`by`) is set."""

    kind: Kind
    by: By
    question: str
    options: tuple[Option, ...] = ()
    unit: str = ""
    answer: str = ""
    """Name of the number that is the answer."""
    within: float = 0.0
    """Relative tolerance of a number."""
    mistakes: tuple[Mistake, ...] = ()
    feedback: dict[str, str] = field(default_factory=dict)
    """What is said by outcome: right, low and high for a number; the figure's outcomes for a figure."""
    rubric: tuple[str, ...] = ()
    """What a good written answer says, to compare with."""


@dataclass(frozen=True)
class Step:
    """One screen of a lesson."""

    id: str
    title: str
    text: str
    figure: Figure | None = None
    ask: Ask | None = None
    player: dict[str, str] = field(default_factory=dict)
    """Query parameters of the view that "See it in the player" opens."""
    form: str = ""
    """Of the quiz: before or after the course."""
    pair: str = ""
    """Of the quiz: items with the same pair ask for the same in both forms."""
    transfer: bool = False
    """Of the quiz: whether it asks for something that no lesson has shown."""


@dataclass(frozen=True)
class Lesson:
    """A lesson, or the quiz, in one language."""

    name: str
    language: str
    title: str
    minutes: int
    goal: str
    steps: tuple[Step, ...]
