"""The page's own words, in the visitor's language."""

from __future__ import annotations

from fixviz.ui import language

_PAGE = "teach_a_model"


def say(key: str, **values: object) -> str:
    """Return a text of the page with these values in it; names in them must be plain already."""
    text = language.text(f"pages.{_PAGE}.title" if key == "title" else f"{_PAGE}.{key}")
    return text.format(**values) if values else text


def model_title(name: str) -> str:
    """Return what a model is called in the visitor's language."""
    return language.text(f"start.models.{name}")
