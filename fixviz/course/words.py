"""Words of the course's interface, in each language: course.yaml."""

from __future__ import annotations

from fixviz import resources
from fixviz.course.fields import Place, read_yaml, texts


def read_words(language: str) -> dict[str, str]:
    """Return the words by key; {n} and the like in them are filled in the browser. Raises LessonError."""
    place = Place(f"{language}/course.yaml")
    path = resources.lessons() / language / "course.yaml"
    return texts(place, read_yaml(path.read_text(encoding="utf-8"), place))
