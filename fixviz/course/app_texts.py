"""The app's own words, of navigation and start page: assets/lessons/<language>/app.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from fixviz import resources
from fixviz.course.fields import Fields, Place, as_text, read_yaml


@cache
def app_texts(language: str) -> Mapping[str, str]:
    """Return the texts in a language by dotted key, such as "pages.watch.title". Raises LessonError."""
    place = Place(f"{language}/app.yaml")
    path = resources.lessons() / language / "app.yaml"
    return dict(_flat(place, read_yaml(path.read_text("utf-8"), place)))


def _flat(place: Place, values: Any) -> Iterator[tuple[str, str]]:
    for key, value in Fields.of(place, values).values.items():
        if isinstance(value, Mapping):
            yield from _flat(place.at(key), value)
        else:
            yield place.at(key).key, as_text(place.at(key), value)
