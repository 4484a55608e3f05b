"""The glossary: titles and definitions of all terms, in each language.

English definitions are those of the app's help (fixviz.reading.definitions). glossary.yaml of a language
has what differs: in English some titles, in another language title and definition of every term.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fixviz import resources
from fixviz.course.fields import Fields, Place, read_yaml
from fixviz.reading.definitions import DEFINITIONS

SOURCE: Final = "en"
"""The language of the app's help."""


@dataclass(frozen=True)
class Term:
    """A term in one language. `anchor` is its id on the glossary page, the same in all languages."""

    key: str
    title: str
    definition: str
    anchor: str


def read_glossary(language: str) -> dict[str, Term]:
    """Return all terms by key. Raises LessonError when a language lacks one or has another."""
    path = resources.lessons() / language / "glossary.yaml"
    place = Place(f"{language}/glossary.yaml")
    fields = Fields.of(place, read_yaml(path.read_text(encoding="utf-8"), place))
    found = {key: _term(fields, language, key) for key in DEFINITIONS}
    fields.done()
    return found


def terms_in_order(language: str) -> list[Term]:
    """Return all terms in the alphabetical order of the English ones. Raises LessonError."""
    return sorted(read_glossary(language).values(), key=lambda term: term.anchor)


def headline(term: Term, language: str) -> str:
    """Return the title with a capital, and the English term beside one in another language."""
    title = term.title[0].upper() + term.title[1:]
    return title if language == SOURCE or term.title == term.key else f"{title} ({term.key})"


def _term(fields: Fields, language: str, key: str) -> Term:
    anchor = _ANCHORS[key]
    if language == SOURCE:
        title = fields.maybe(key, lambda place, value: Fields.of(place, value).text("title"), key)
        return Term(key, title, DEFINITIONS[key], anchor)

    def translated(place: Place, value: object) -> Term:
        entry = Fields.of(place, value)
        term = Term(key, entry.text("title"), entry.text("definition"), anchor)
        entry.done()
        return term

    return fields.need(key, translated)


def find_term(name: str, place: Place) -> str:
    """Return the key of a term, of which a link may write spaces as hyphens. Raises LessonError."""
    if name in DEFINITIONS:
        return name
    matches = [key for key, anchor in _ANCHORS.items() if anchor == _slug(name)]
    if len(matches) != 1:
        raise place.error(f"there is no term {name!r} in the glossary.")
    return matches[0]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _anchors() -> dict[str, str]:
    """Return an id for every term. Terms that differ in capitals only are told apart by a number."""
    anchors: dict[str, str] = {}
    for key in sorted(DEFINITIONS, key=lambda key: (not key.islower(), key)):
        slug = _slug(key)
        anchors[key] = slug if slug not in anchors.values() else f"{slug}-as-attribution"
    return anchors


_ANCHORS: Final = _anchors()
