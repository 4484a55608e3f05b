"""What the teacher's page tells where students cannot open it yet."""

from __future__ import annotations

import pytest

from fixviz.course.lesson import LANGUAGES
from fixviz.course.words import read_words
from fixviz.static_site.contents import teach
from fixviz.static_site.pages import Places


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_site_does_not_tell_to_start_the_app(language: str) -> None:
    words = read_words(language)
    assert "{advice}" in words["teach_address_local"]
    assert "fixviz app" in words["teach_address_app"]
    advice = teach(language, Places("app", "data", LANGUAGES), []).data["advice"]
    assert advice == words["teach_address_site"] and "fixviz app" not in advice
