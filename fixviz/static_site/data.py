"""The course's data as files: texts of each language, data of the figures, and the lessons' features."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fixviz.course import shipped
from fixviz.course.lesson import LESSONS, QUIZ
from fixviz.course.texts import GLOSSARY, OVERVIEW, course_text
from fixviz.static_site.packed import packed, packed_array, packed_json
from fixviz.static_site.runs import ARRAY, named
from fixviz.store.codec import decode_array

RUN = "run"
"""Folder of the run that comes with fixviz among the course's data."""


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
    return files | _features()


def _features() -> dict[str, bytes]:
    """Return the features of the lessons' window: descriptions and arrays."""
    files = {}
    for path in sorted((shipped.home(shipped.folder()) / "features").glob("*.json")):
        description: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for name, entry in description["arrays"].items():
            stored = shipped.artifact(entry["sha"]).path.read_bytes()
            array = decode_array(stored, entry["dtype"], entry["shape"])
            content, order = packed_array(array)
            files[f"{RUN}/artifacts/{entry['sha']}{ARRAY}"] = content
            description["arrays"][name] = named(entry, ARRAY) | {
                "filter": order,
                "bytes": len(content),
            }
        files[f"{RUN}/features/{path.name}"] = packed_json(description)
    return files
