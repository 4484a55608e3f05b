"""The language of navigation and start page: where it comes from, and that no text is missing in one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from fixviz.course.app_texts import app_texts
from fixviz.course.lesson import LANGUAGES
from fixviz.store import Store
from fixviz.ui import language
from tests.ui.page import component_data, open_page, page_path

PLACEHOLDER = re.compile(r"\{\w*\}")


def spoken(at: AppTest) -> dict[str, Any]:
    """What the browser is told of the languages."""
    return component_data(at, "navigation")


def test_every_language_has_every_text_with_the_same_numbers_in_it() -> None:
    english = app_texts("en")
    for code in LANGUAGES:
        texts = app_texts(code)
        assert texts.keys() == english.keys()
        for key, text in texts.items():
            assert text.strip(), f"{key} is empty in {code}"
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(english[key]))
    assert [app_texts(code)["language"] for code in LANGUAGES] == ["English", "中文"]


def test_no_chinese_text_is_english() -> None:
    chinese = app_texts("zh")
    for key, text in app_texts("en").items():
        assert chinese[key] != text, key
        assert re.search("[\u4e00-\u9fff]", chinese[key]), key


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["zh-CN"], "zh"),
        (["zh_TW"], "zh"),
        (["ZH"], "zh"),
        (["en-GB"], "en"),
        (["fr-FR"], "en"),
        ([None], "en"),
        ([""], "en"),
        ([None, "zh", "en-US"], "zh"),
        (["en", "zh"], "en"),
        (["xx", "zh"], "zh"),
    ],
)
def test_the_first_language_that_there_is_counts(wanted: list[str | None], expected: str) -> None:
    assert language.first_offered(*wanted) == expected


def test_a_link_decides_and_the_session_remembers(store: Store) -> None:
    at = open_page(lang="zh")
    assert spoken(at)["navigation"] == spoken(at)["page"] == "zh"
    at.switch_page(page_path("manage/models"))
    del at.query_params["lang"]
    at.run()
    assert spoken(at)["navigation"] == "zh", "remembered on another page, without the parameter"
    assert spoken(at)["page"] == "en", "whose own text is in English"
    assert at.title[0].value == "Models"


def test_the_control_chooses_and_outweighs_a_link(store: Store) -> None:
    at = open_page("inspect/watch", lang="zh")
    [control] = at.get("button_group")
    assert control.options == ["English", "中文"]
    at.button_group(key="language").set_value("en").run()
    assert spoken(at)["navigation"] == "en"
    assert spoken(at)["lasting"]
    assert at.query_params["lang"] == "en", "a reload stays in the language that was chosen"


def test_an_unknown_language_is_passed_over(store: Store) -> None:
    at = open_page(lang="<b>")
    assert spoken(at)["navigation"] == "en"
    assert spoken(at)["cookie"] is None, "nobody has chosen one"
