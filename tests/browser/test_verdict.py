"""The verdict in Watch: what each model looks at and answers, and whether that is correct."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import parse_qs, urljoin, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from fixviz.analysis.what_if.network import Dial, NeighborOff
from fixviz.analysis.what_if.plain import from_link
from fixviz.analysis.window_truth import window_classes
from fixviz.reading.opening_frame import opening_frame
from fixviz.reading.player_texts import measured_results as measured
from fixviz.reading.run import StoredRun
from fixviz.reading.texts.verdict import does_fixation_help
from fixviz.reading.verdict import sentences
from fixviz.reading.views import View
from tests.browser.conftest import BUSY_MS, App, NewPage
from tests.browser.real_run import Real
from tests.browser.screens import each_screen
from tests.browser.test_accessibility import grave_findings
from tests.browser.views import open_view, wait_for_frame, wait_until

pytestmark = pytest.mark.browser

FIXATION = 3
"""Number of the panel of the model with fixation; 0 is the clip."""


def panel(page: Page, number: int) -> Locator:
    return page.locator(".panel").nth(number)


def said(page: Page) -> list[str]:
    expect(page.locator(".verdicts li")).to_have_count(3)
    return page.locator(".verdicts li").all_inner_texts()


@pytest.mark.slow
@pytest.mark.parametrize(
    "view",
    [
        {"frame": 6},
        {"frame": 0, "layer": 0, "head": 2},
        {"frame": 20, "axis": "temporal", "layer": 1},
    ],
)
def test_the_sentences_are_those_of_the_report(
    page: Page, real: Real, view: dict[str, int]
) -> None:
    open_view(page, real.url, real.handle, **view)
    run = StoredRun.open(real.store, real.handle)
    axis, layer = str(view.get("axis", "spatial")), view.get("layer", 2)
    expected = sentences(View(run, axis, layer, view.get("head"), view["frame"]))
    assert len(expected) == 3
    assert "With its ratios off here, it looks at" in expected[-1]
    expect(page.locator(".verdicts li")).to_have_text(expected)


def test_it_opens_on_a_labeled_frame_and_marks_every_model(page: Page, real: Real) -> None:
    page.goto(f"{real.url}/watch?run={real.handle}")
    frame = opening_frame(real.manifest)
    wait_for_frame(page, frame)
    native = real.manifest["frames"]["index"][frame]
    shown = [
        s["class"]
        for s in real.manifest["truth"]["segments"]
        if s["first_frame"] <= native <= s["last_frame"]
    ]
    assert len(shown) == 1
    expect(page.locator(".motion-here:visible")).to_have_text(f"Shows “{shown[0]}”")
    for number, model in enumerate(real.manifest["models"], 1):
        window = model["window_of_frame"][frame]
        best = model["classes"][int(np.argmax(model["probabilities"][window]))]
        assert window_classes(real.manifest, model)[window] == shown[0]
        mark = "correct" if best == shown[0] else "wrong"
        # Screen readers hear the mark, too.
        expect(panel(page, number).locator(".class.best .class-name")).to_have_text(
            f"{mark}: {best}"
        )
        cells = page.locator(".answers-line").nth(number - 1).locator(".answer")
        expect(cells.and_(page.locator(".current"))).to_have_class(re.compile(mark))


def test_each_row_of_the_time_axis_has_the_marks_of_its_model(page: Page, real: Real) -> None:
    open_view(page, real.url, real.handle, frame=6)
    segments = real.manifest["truth"]["segments"]
    expect(page.locator(".motion")).to_have_text(
        [s["class"] for s in segments], use_inner_text=True
    )
    frames = len(real.manifest["frames"]["index"])
    axis = page.locator(".answers-row.motions").bounding_box()
    assert axis is not None
    for number, model in enumerate(real.manifest["models"]):
        cells = page.locator(".answers-line").nth(number).locator(".answer")
        windows = sorted(set(model["window_of_frame"]))
        expect(cells).to_have_count(len(windows))
        classes = window_classes(real.manifest, model)
        for cell, window in zip(cells.all(), windows, strict=True):
            best = model["classes"][int(np.argmax(model["probabilities"][window]))]
            known = classes[window]
            mark = "open" if known is None else "correct" if best == known else "wrong"
            assert mark in str(cell.get_attribute("class")).split()
            assert cell.locator("svg").count() == (mark != "open")
            # It spans the frames that take their prediction from the window.
            first = model["window_of_frame"].index(window)
            box = cell.bounding_box()
            assert box is not None
            left = axis["x"] + axis["width"] * max(0, first - 0.5) / (frames - 1)
            assert abs(box["x"] - left) < 2
    last = page.locator(".answers-line .answer").last
    last.click()
    wait_for_frame(page)
    expect(last).to_have_class(re.compile("current"))


@pytest.mark.slow
def test_a_turned_dial_grays_the_bars_and_leads_to_what_if(page: Page, real: Real) -> None:
    open_view(page, real.url, real.handle, frame=6)
    fixation = panel(page, FIXATION)
    stale = fixation.locator(".stale")
    expect(stale).to_have_count(0)
    link = fixation.get_by_role("link", name="What if")
    expect(link).to_have_count(0)
    slider = page.get_by_label("Fixation dial", exact=True)
    before = slider.bounding_box()
    assert before is not None
    slider.focus()
    page.keyboard.press("Home")
    expect(stale).to_have_count(1)
    # What is below the panels stays under the pointer.
    after = slider.bounding_box()
    assert after is not None
    assert abs(after["y"] - before["y"]) < 1
    expect(fixation.locator(".whole")).to_have_text("Predictions of the whole network: What if")
    # The dial changes nothing in models without fixation.
    for number in (1, 2):
        expect(panel(page, number).locator(".stale")).to_have_count(0)
        expect(panel(page, number).get_by_role("link")).to_have_count(0)
    url = urlsplit(str(link.get_attribute("href")))
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert from_link(asked.pop("change")) == (Dial(0.0, 2, "spatial"),)
    place = {"axis": "spatial", "layer": "2", "frame": "6"}
    assert asked == {"run": real.handle, "model": "fixation", **place}
    page.get_by_role("button", name="As learned", exact=True).click()
    expect(stale).to_have_count(0)
    expect(link).to_have_count(0)


@pytest.mark.slow
def test_the_link_opens_what_if_with_the_same_change(page: Page, real: Real) -> None:
    open_view(page, real.url, real.handle, frame=6, alpha=0.35, off="0")
    link = panel(page, FIXATION).get_by_role("link", name="What if")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/what_if\?.*change="), timeout=BUSY_MS)
    changed = page.get_by_text("fixation dial 0.35 in layer 2 (spatial)").first
    changed.wait_for(timeout=BUSY_MS)
    asked = parse_qs(urlsplit(page.url).query)
    label = real.manifest["models"][-1]["neighbors"]["spatial"][0]["label"]
    assert from_link(asked["change"][0]) == (NeighborOff(label, 2), Dial(0.35, 2, "spatial"))
    assert asked["run"] == [real.handle]
    page.go_back()
    wait_for_frame(page, 6)
    expect(panel(page, FIXATION).locator(".stale")).to_have_count(1)
    expect(page.get_by_label("Fixation dial", exact=True)).to_have_value("0.35")


@pytest.mark.slow
def test_the_link_opens_elsewhere_as_every_link_does(new_page: NewPage, real: Real) -> None:
    page = new_page()
    open_view(page, real.url, real.handle, frame=6, off="1")
    link = panel(page, FIXATION).get_by_role("link", name="What if")
    other = new_page()
    other.goto(urljoin(page.url, link.get_attribute("href")))
    label = real.manifest["models"][-1]["neighbors"]["spatial"][1]["label"]
    other.get_by_text(f"neighbor {label} off in layer 2").first.wait_for(timeout=BUSY_MS)


def test_a_clip_that_nobody_labeled_has_sentences_and_no_marks(page: Page, app: App) -> None:
    open_view(page, app.url, app.run, frame=4)
    assert all(re.search(r"answers “.+” \(\d+ %\)\.$", text) for text in said(page))
    for marks in (".answer-mark", ".answers", ".motion-here:visible"):
        expect(page.locator(marks)).to_have_count(0)
    assert not re.search("correct|wrong", page.locator(".viewer").inner_text())


def test_whether_fixation_helps_is_answered_from_what_was_measured(page: Page, app: App) -> None:
    open_view(page, app.url, app.run)
    page.get_by_role("button", name="Does fixation help?").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".verdicts .definition:popover-open p")).to_have_text(
        does_fixation_help(measured())
    )
    page.keyboard.press("Escape")
    expect(page.locator(".verdicts .definition:popover-open")).to_have_count(0)


@pytest.mark.slow
def test_the_panels_and_the_players_bar_are_on_the_first_screen(
    new_page: NewPage, real: Real
) -> None:
    page = new_page(width=1280, height=800)
    open_view(page, real.url, real.handle, frame=6, alpha=0)
    for width, height in ((1280, 800), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        for shown in (*page.locator(".panel").all(), page.locator(".transport")):
            wait_until(
                page,
                partial(is_above, shown, height),
                f"that all of it is within {width} x {height}",
            )


def is_above(shown: Locator, height: int) -> bool:
    """Whether the whole of an element is above a line, in CSS pixels from the top of the window."""
    box = shown.bounding_box()
    return box is not None and box["y"] + box["height"] <= height


@pytest.mark.slow
def test_a_labeled_clip_fits_and_has_no_grave_finding(new_page: NewPage, real: Real) -> None:
    page = new_page(width=1280, height=844)
    open_view(page, real.url, real.handle, frame=6, alpha=0)
    viewer = page.locator(".viewer")
    for screen in each_screen(page, (1280, 390), 844):
        page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
        wait_until(
            page,
            lambda: bool(viewer.evaluate("e => e.scrollWidth <= e.clientWidth")),
            f"that the viewer fits {screen}",
        )
        assert grave_findings(page) == [], screen
