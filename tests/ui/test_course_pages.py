"""The pages under Learn: what the course gets, and the glossary."""

from __future__ import annotations

import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from fixviz.course.lesson import LANGUAGES
from fixviz.course.terms import read_glossary
from fixviz.course.words import read_words
from fixviz.reading.definitions import DEFINITIONS
from fixviz.reading.samples import sample_named
from fixviz.store import Store
from fixviz.ui import urls
from tests.ui.page import component_data, open_page


def course_data(at: AppTest) -> dict[str, Any]:
    """What the browser's half of the course gets."""
    return component_data(at, "runBase")


def unescaped(text: str) -> str:
    return re.sub(r"\\([\\`*_{}\[\]<>()#+\-.!|~:$])", r"\1", text)


def definitions(at: AppTest) -> dict[str, str]:
    """Definition by the anchor of its term, as the glossary shows them."""
    anchors = [header.proto.anchor for header in at.header]
    return dict(zip(anchors, [unescaped(m.value) for m in at.markdown], strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_course_gets_the_language_and_where_everything_is(store: Store, language: str) -> None:
    data = course_data(open_page("learn/course", lang=language))
    assert (data["language"], data["run"], data["runBase"]) == (language, None, None)
    assert data["base"] == urls.course_data()
    assert data["modules"] == urls.course()
    assert (data["glossary"], data["watch"]) == ("glossary", "watch")
    assert sample_named(data["sample"]) is not None


def test_a_run_in_the_url_is_that_of_the_lessons(store: Store, handle: str) -> None:
    data = course_data(open_page("learn/course", run=handle))
    assert (data["run"], data["runBase"]) == (handle, urls.run(handle))


def test_the_course_leaves_the_url_alone(store: Store) -> None:
    """The browser writes the place in the course into the URL; the page must not take it out."""
    place = {"lesson": "tokens", "step": "place", "lang": "en"}
    at = open_page("learn/course", **place)
    at.run()
    assert {name: at.query_params[name] for name in place} == place


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_glossary_shows_each_term_once_with_its_definition(store: Store, language: str) -> None:
    at = open_page("learn/glossary", lang=language)
    assert [title.value for title in at.title] == [read_words(language)["glossary"]]
    terms = read_glossary(language).values()
    assert definitions(at) == {term.anchor: term.definition for term in terms}
    anchors = [header.proto.anchor for header in at.header]
    assert anchors == sorted(anchors)
    assert len(anchors) == len(DEFINITIONS)
    titles = {header.proto.anchor: unescaped(header.value) for header in at.header}
    written = {"en": "Attention × gradient", "zh": "注意力 × 梯度 (Attention × gradient)"}
    assert titles["attention-gradient"] == written[language]
    assert titles["softmax"] == "Softmax"


def test_the_search_finds_terms_by_title_definition_and_english_word(store: Store) -> None:
    at = open_page("learn/glossary", lang="zh")
    for wanted, anchor in (
        ("洛伦兹", "lorenz-curve"),
        ("LORENZ", "lorenz-curve"),
        ("词元", "token"),
    ):
        at.text_input[0].set_value(wanted).run()
        found = definitions(at)
        assert anchor in found
        assert len(found) < len(DEFINITIONS) / 2
    at.text_input[0].set_value("*nothing* here").run()
    assert not at.header
    assert "*nothing* here" in unescaped(at.info[0].value)
