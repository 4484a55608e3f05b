"""The course's data as files: texts of each language, data of the figures, and the shipped run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fixviz.course import shipped
from fixviz.course.lesson import LESSONS, QUIZ
from fixviz.course.texts import GLOSSARY, OVERVIEW, course_text
from fixviz.static_site.packed import packed, packed_json
from fixviz.static_site.runs import ARRAY, artifact, named, repacked, run_files

RUN = "run"
"""Where the run that comes with fixviz lies among the course's data."""


def course_files(languages: Sequence[str]) -> dict[str, bytes]:
    """Return these files by their paths. Raises LessonError, StorageError."""
    files = {}
    for language in languages:
        for name in (OVERVIEW, *LESSONS, QUIZ, GLOSSARY):
            text = course_text(language, name)
            if "languages" in text:
                text["languages"] = list(languages)
            files[f"{language}/{name}.json"] = packed_json(text)
    for lesson in (*LESSONS, QUIZ):
        path = shipped.lesson_data(lesson)
        if path is not None:
            files[f"pack/{lesson}.json"] = packed(path.read_bytes())
    run = run_files(shipped.run().store, shipped.HANDLE) | _features()
    return files | {f"{RUN}/{name}": content for name, content in run.items()}


def _features() -> dict[str, bytes]:
    """Return the features of the lessons' window: descriptions and arrays."""
    files = {}
    for path in sorted((shipped.home(shipped.folder()) / "features").glob("*.json")):
        description: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        arrays = description["arrays"]
        description["arrays"] = {name: named(entry, ARRAY) for name, entry in arrays.items()}
        files[f"features/{path.name}"] = packed_json(description)
        for entry in arrays.values():
            stored = shipped.artifact(entry["sha"]).path.read_bytes()
            files[artifact(entry, ARRAY)] = repacked(stored)
    return files
