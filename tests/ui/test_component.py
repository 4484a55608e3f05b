"""What the viewer's Python half lets through."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fixviz.reading.definitions import DEFINITIONS
from fixviz.reading.texts.player import PLAYER_HELP
from fixviz.ui import urls
from fixviz.ui.player_parameters import clean_parameters
from fixviz.ui.watch import component


def test_parameters_of_a_view_keep_their_order() -> None:
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


def test_the_player_gets_a_help_text_for_every_quantity_that_it_offers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: dict[str, Any] = {}
    monkeypatch.setattr(component, "_viewer", lambda **options: sent.update(options))
    component.viewer("handle", {"frame": "3"}, lambda view: None)
    order = re.search(
        r"const ORDER = \[(.*?)\]", (urls.PLAYER_FILES / "quantities.js").read_text(), re.DOTALL
    )
    assert order is not None
    offered = set(re.findall(r'"([a-z-]+)"', order[1]))
    # What an attribution's numbers are, its method says.
    assert set(sent["data"]["help"]) == offered - {"attribution"} | {"concentration"}
    assert sent["data"]["help"]["attention"] == DEFINITIONS["attention received"]
    assert all(any(d in text for d in DEFINITIONS.values()) for text in PLAYER_HELP.values())
