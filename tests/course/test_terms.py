"""The glossary: every term once, in both languages, with the text of the app's help."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fixviz import resources
from fixviz.course.build import build_glossary
from fixviz.course.lesson import LANGUAGES
from fixviz.course.terms import read_glossary
from fixviz.course.words import read_words
from fixviz.errors import LessonError
from fixviz.reading.definitions import DEFINITIONS, help_for


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_of_the_help_is_in_the_glossary_once(language: str) -> None:
    terms = read_glossary(language)
    assert terms.keys() == DEFINITIONS.keys()
    assert len({term.title.casefold() for term in terms.values()}) == len(terms)
    assert len({term.anchor for term in terms.values()}) == len(terms)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", term.anchor) for term in terms.values())


def test_english_definitions_are_the_apps_help() -> None:
    for key, term in read_glossary("en").items():
        assert term.definition == help_for(key)


def test_chinese_definitions_are_in_chinese_and_name_the_same_sources_and_numbers() -> None:
    english, chinese = read_glossary("en"), read_glossary("zh")
    for key, term in chinese.items():
        assert re.search(r"[\u4e00-\u9fff]", term.definition), key
        source = re.search(r"Source: (.*)\.$", english[key].definition)
        if source:
            assert source[1] in term.definition, key
        numbers = re.findall(r"\d+(?:\.\d+)?", english[key].definition)
        for number in numbers:
            assert number in term.definition or number == "1", f"{key}: {number}"


def test_anchors_are_the_same_in_all_languages() -> None:
    anchors = [[term.anchor for term in read_glossary(code).values()] for code in LANGUAGES]
    assert all(found == anchors[0] for found in anchors)


def test_the_glossary_for_the_browser_is_alphabetical_and_safe_to_insert() -> None:
    terms = build_glossary("en")["terms"]
    anchors = [term["anchor"] for term in terms]
    assert anchors == sorted(anchors)
    assert not [term for term in terms if re.search(r"[<>]", term["definition"])]


def test_a_language_that_lacks_a_term_or_has_another_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = (resources.lessons() / "zh" / "glossary.yaml").read_text(encoding="utf-8")
    monkeypatch.setattr(resources, "lessons", lambda: tmp_path)
    (tmp_path / "zh").mkdir()
    path = tmp_path / "zh" / "glossary.yaml"
    path.write_text(written.replace("\ntoken:", "\ntokens:"), encoding="utf-8")
    with pytest.raises(LessonError, match=r"zh/glossary\.yaml, token: this is missing"):
        read_glossary("zh")
    path.write_text(written + "\nmore:\n  title: a\n  definition: b\n", encoding="utf-8")
    with pytest.raises(LessonError, match="more: there is no such key"):
        read_glossary("zh")


def test_the_interface_has_the_same_words_and_places_in_all_languages() -> None:
    first, *others = (read_words(language) for language in LANGUAGES)
    for other in others:
        assert other.keys() == first.keys()
        for key, text in first.items():
            assert set(re.findall(r"\{\w+\}", other[key])) == set(re.findall(r"\{\w+\}", text)), key


def test_the_interface_has_the_words_that_are_asked_for_and_no_others() -> None:
    package = Path(resources.__file__).parent
    sources = [
        *(package / "browser" / "course").rglob("*.js"),
        *(package / "browser" / "teach").rglob("*.js"),
        *(package / "ui" / "learn").glob("*.py"),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    asked = set(re.findall(r"\bwords[(\[]\s*[\"`]([a-z_${}]+)[\"`]", text))
    asked |= set(re.findall(r"\bdata\.words\.([a-z_]+)", text))
    assert len(asked) > 30
    patterns = [re.sub(r"\$\{\w+\}", "[a-z]+", word) for word in asked]
    words = read_words("en").keys()
    assert [p for p in patterns if not any(re.fullmatch(p, word) for word in words)] == []
    others = [w for w in words if not any(re.fullmatch(p, w) for p in patterns)]
    # What is asked for by a key that is put together elsewhere stands in quotes somewhere.
    assert [word for word in others if f'"{word}"' not in text] == []
