"""What the viewer's Python half lets through."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from fixviz.browser_files import PLAYER_FILES
from fixviz.reading.definitions import DEFINITIONS
from fixviz.reading.player_texts import measured_results
from fixviz.reading.texts.player import PLAYER_HELP
from fixviz.reading.texts.verdict import TEMPLATES, does_fixation_help
from fixviz.ui.player_parameters import clean_parameters
from fixviz.ui.session import Opened
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


def show(
    monkeypatch: pytest.MonkeyPatch, what_if: Any = None
) -> tuple[dict[str, Any], dict[str, str] | None]:
    """Show a viewer whose browser half answers `what_if`: what it is sent, and what comes of the answer."""
    sent: dict[str, Any] = {}

    def draw(**options: Any) -> SimpleNamespace:
        sent.update(options)
        return SimpleNamespace(what_if=what_if)

    monkeypatch.setattr(component, "_viewer", draw)
    return sent, component.viewer(Opened("handle", {"frame": "3"}), lambda view: None)


def test_a_link_to_what_if_leads_to_this_run_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert show(monkeypatch)[1] is None
    asked = {"run": "another", "model": "fixation", "frame": 3, "change": "dial.0.l2.s", "job": "7"}
    found = show(monkeypatch, asked)[1]
    assert found == {"run": "handle", "model": "fixation", "frame": "3", "change": "dial.0.l2.s"}


def test_the_player_gets_the_texts_of_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = show(monkeypatch)[0]["data"]["verdict"]
    assert texts["templates"] == TEMPLATES
    assert texts["question"]["lines"] == does_fixation_help(measured_results())
    assert texts["question"]["lines"]


def test_the_player_gets_a_help_text_for_every_quantity_that_it_offers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = show(monkeypatch)[0]
    order = re.search(
        r"const ORDER = \[(.*?)\]", (PLAYER_FILES / "quantities.js").read_text(), re.DOTALL
    )
    assert order is not None
    offered = set(re.findall(r'"([a-z-]+)"', order[1]))
    # What an attribution's numbers are, its method says.
    assert set(sent["data"]["help"]) == offered - {"attribution"} | {"concentration"}
    assert sent["data"]["help"]["attention"] == DEFINITIONS["attention received"]
    assert all(any(d in text for d in DEFINITIONS.values()) for text in PLAYER_HELP.values())
