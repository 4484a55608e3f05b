"""Titles and descriptions of the sample clips, in each language.

The English ones are those of assets/samples/samples.json; samples.yaml of another language has its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from fixviz import resources
from fixviz.course.fields import Fields, Place, read_yaml
from fixviz.course.terms import SOURCE
from fixviz.reading.samples import samples


@dataclass(frozen=True)
class SampleText:
    """What a sample clip is called, and what it shows."""

    title: str
    description: str


def sample_texts(language: str) -> dict[str, SampleText]:
    """Return the texts of all sample clips by name. Raises LessonError where one is missing."""
    if language == SOURCE:
        return {one.name: SampleText(one.title, one.description) for one in samples()}
    path = resources.lessons() / language / "samples.yaml"
    place = Place(f"{language}/samples.yaml")
    fields = Fields.of(place, read_yaml(path.read_text(encoding="utf-8"), place))
    found = {one.name: fields.need(one.name, _text) for one in samples()}
    fields.done()
    return found


def _text(place: Place, value: object) -> SampleText:
    entry = Fields.of(place, value)
    text = SampleText(entry.text("title"), entry.text("description"))
    entry.done()
    return text
