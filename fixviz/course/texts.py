"""The course's texts as JSON: with the numbers of the shipped run, or of a run of the reader's own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from fixviz.course import shipped
from fixviz.course.build import build_course, build_glossary, build_lesson
from fixviz.course.lesson import LANGUAGES, LESSONS, QUIZ
from fixviz.course.moment import MODELS
from fixviz.course.numbers import numbers_of
from fixviz.errors import LessonError, RunNotFound, StorageError
from fixviz.reading.run import StoredRun
from fixviz.store import Store

OVERVIEW, GLOSSARY = "course", "glossary"


def course_text(
    language: str, name: str, store: Store | None = None, handle: str | None = None
) -> dict[str, Any]:
    """Return a lesson, the quiz, the overview or the glossary. Raises LessonError, StorageError.

    handle: of the run in `store` whose numbers the text has; None for the shipped one. A run that cannot
    be used gives the text of the shipped one, with `note`, the key of the words that say why.
    """
    if language not in LANGUAGES or name not in (*LESSONS, QUIZ, OVERVIEW, GLOSSARY):
        raise LessonError(f"There is no text {name!r} in the language {language!r}.")
    if name == GLOSSARY:
        return build_glossary(language)
    note = None
    numbers: Mapping[str, float] = {**shipped.numbers(), **_shipped_run()}
    if handle is not None and store is not None:
        own, note = run_numbers(store, handle)
        numbers = with_run(numbers, own) if own else numbers
    if name == OVERVIEW:
        return build_course(language, numbers) | {"note": note}
    return build_lesson(language, name, numbers) | {"note": note}


@cache
def _shipped_run() -> Mapping[str, float]:
    return numbers_of(shipped.run())


def with_run(known: Mapping[str, float], own: Mapping[str, float]) -> dict[str, float]:
    """Return all numbers with those of another run; what is undefined in that run becomes NaN."""
    return {name: math.nan if name.startswith("run.") else known[name] for name in known} | {**own}


def run_numbers(store: Store, handle: str) -> tuple[Mapping[str, float], str | None]:
    """Return the numbers of a run, or none and the key of the words that say why there are none."""
    try:
        run = StoredRun.open(store, handle)
        if not {*MODELS} <= {model["name"] for model in run.models}:
            return {}, "note_models"
        return _numbers(store, handle, store.key_of(handle)), None
    except RunNotFound:
        return {}, "note_missing"
    except (StorageError, KeyError, ValueError):
        return {}, "note_unfit"


@lru_cache(maxsize=32)
def _numbers(store: Store, handle: str, _key: str) -> Mapping[str, float]:
    """Return the numbers of a run. What a key names never changes, and this reads many arrays."""
    return numbers_of(StoredRun.open(store, handle))
