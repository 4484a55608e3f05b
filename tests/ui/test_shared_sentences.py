"""Sentences that several pages share."""

from __future__ import annotations

from functools import partial

from fixviz.reading.counting import DETAILS, SLOT, SOURCE, UNSCALED, WINDOW
from fixviz.reading.notes import notes_of
from fixviz.store import Store
from tests.ui.concentration_run import concentration_run
from tests.ui.page import open_page, text

start = partial(open_page, "inspect/concentration")
NOTE = "Its classes are motions."


def entry(title: str, note: str = "") -> dict[str, str]:
    return {"title": title, "note": note}


def test_a_note_begins_with_the_models_that_it_is_about() -> None:
    assert notes_of([entry("A", NOTE), entry("B", NOTE)]) == ["The models' classes are motions."]
    assert notes_of([entry("A", "Drawn."), entry("B", "Drawn.")]) == ["Drawn."]
    assert notes_of([entry("A", NOTE)]) == ["A: its classes are motions."]
    assert notes_of([entry("A", NOTE), entry("B"), entry("C", "Other.")]) == [
        "A: its classes are motions.",
        "C: other.",
    ]
    assert notes_of([entry("A"), {"title": "B"}]) == []


def test_how_numbers_are_counted_is_said_once_on_a_page(store: Store) -> None:
    run = store.publish("a" * 64, *concentration_run(), owner="test", name="target.mp4")
    said = text(start(run=run))
    for line in (WINDOW, SLOT, SOURCE, UNSCALED):
        assert said.count(line) == 1
        assert line in DETAILS, "saved files say all of it"
    assert "raw values" not in said
    assert "most central" not in said.replace(WINDOW, "")
    assert "by slot" in said
    assert "by source" in said
