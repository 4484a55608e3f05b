"""What the viewer's Python half lets through."""

from __future__ import annotations

from typing import Any

import pytest

from fixviz.ui.watch.component import clean_parameters


def test_words_of_a_view_keep_their_order() -> None:
    parameters = {"show": "ratio-query", "frame": "12", "head": "3"}
    assert list(clean_parameters(parameters).items()) == list(parameters.items())


@pytest.mark.parametrize(
    "parameters",
    [
        {"run": "abc"},
        {"frame": "<script>"},
        {"frame": "1" * 41},
        {"frame": ""},
        {"show": "A"},
        {"frame": ["1"]},
        None,
        "frame",
        17,
    ],
)
def test_what_is_no_view_is_dropped(parameters: Any) -> None:
    assert clean_parameters(parameters) == {}
