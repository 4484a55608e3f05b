"""Presenter mode of the player and of the course, as a class sees it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fixviz.course import shipped
from fixviz.course.texts import course_text
from fixviz.course.words import read_words
from tests.browser.conftest import App, NewPage
from tests.browser.course import plain
from tests.browser.test_accessibility import grave_findings
from tests.browser.views import wait_until

pytestmark = pytest.mark.browser

LEAST_PX = 18
"""Size of the smallest text, in CSS pixels of the screen."""
# The boxes of what must be on the screen, and the sizes of the texts that are seen.
SEEN = """selectors => {
  const roots = [...document.querySelectorAll("*")].flatMap((node) => node.shadowRoot ?? []);
  const root = roots.find((one) => one.querySelector(".presenting"));
  const boxes = selectors.flatMap((selector) => [...root.querySelectorAll(selector)])
    .filter((node) => node.checkVisibility())
    .map((node) => node.getBoundingClientRect().toJSON());
  const sizes = [...root.querySelectorAll("*")]
    .filter((node) => node.checkVisibility() && !node.closest(".unseen, math, canvas, [hidden]")
      && [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim()))
    .map((node) => [
      parseFloat(getComputedStyle(node).fontSize) * (node.currentCSSZoom ?? 1), node.textContent,
    ]);
  return { boxes, sizes };
}"""


def open_player(page: Page, app: App, **parameters: str) -> None:
    query = "&".join(f"{k}={v}" for k, v in {"frame": "20", "present": "1", **parameters}.items())
    page.goto(f"{app.url}/watch?sample=there-and-back&{query}")
    page.locator('.viewer[data-ready="true"]').wait_for()
    page.locator(".presenting").wait_for()
    page.wait_for_timeout(400)


def secrets() -> tuple[set[str], set[str]]:
    """Names of the models, and what would tell their answers or the right one."""
    manifest = shipped.run().manifest
    names = {word for m in manifest["models"] for word in (m["title"], m["name"])}
    # The help says "left and right arrow keys".
    plain_words = {"left", "right", "up", "down"}
    classes = {name for m in manifest["models"] for name in m["classes"]} - plain_words
    return names, {*classes, manifest["clip"]["name"], "correct", "wrong", "“"}


def told(page: Page) -> str:
    """All that the page says, to the eye and to screen readers, without the words of the help itself."""
    said = page.locator("body").aria_snapshot() + page.locator("body").inner_text()
    return said.replace("Show answers", "").replace("Show names", "").casefold()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "height", "scheme"), [(1024, 768, "light"), (1920, 1080, "dark")]
)
def test_the_player_fits_one_screen_and_gives_nothing_away(
    new_page: NewPage, app: App, width: int, height: int, scheme: Any
) -> None:
    page = new_page(width=width, height=height, scheme=scheme)
    names, answers = secrets()
    open_player(page, app)
    shown = [".panel canvas", ".panel-title", ".scale", ".transport", ".present-bar"]
    _check_screen(page, shown, panels=4, width=width, height=height)
    expect(page.locator(".panel-title .name")).to_have_text(["Clip", "A", "B", "C"])
    said = told(page)
    assert [word for word in names | answers if word.casefold() in said] == []
    for around in ("stSidebar", "stHeader"):
        expect(page.get_by_test_id(around)).to_be_hidden()
    assert grave_findings(page) == []

    page.keyboard.press("n")
    expect(page.locator(".panel-title .name").nth(1)).to_have_text("Softmax attention")
    said = told(page)
    assert [word for word in answers if word.casefold() in said] == []
    page.keyboard.press("a")
    expect(page.locator(".class.best").first).to_be_visible()
    page.wait_for_timeout(300)
    _check_screen(page, [*shown, ".class.best"], panels=4, width=width, height=height)
    page.keyboard.press("n")
    expect(page.locator(".panel-title .name").nth(1)).to_have_text("A")


def _check_screen(page: Page, selectors: list[str], panels: int, width: int, height: int) -> None:
    expect(page.locator(".presenting .panel:visible")).to_have_count(panels)

    def fits() -> bool:
        boxes = page.evaluate(SEEN, selectors)["boxes"]
        return len(boxes) >= 2 * panels + 3 and all(
            box["left"] >= 0
            and box["top"] >= 0
            and box["right"] <= width
            and box["bottom"] <= height
            for box in boxes
        )

    wait_until(page, fits, f"that everything is within {width} x {height}")
    sizes = page.evaluate(SEEN, selectors)["sizes"]
    assert [text for size, text in sizes if size < LEAST_PX - 0.01] == []


@pytest.mark.slow
def test_keys_step_and_play_and_lead_out(page: Page, app: App) -> None:
    open_player(page, app, models="linear.fixation", show="ratio-key")
    # The reason why a model has no map would tell which it is.
    expect(page.locator(".panel-title .name:visible")).to_have_text(["Clip", "A", "B"])
    notice = page.locator(".notice:visible")
    assert "ratio" not in notice.inner_text().casefold()
    for key, frame in (("ArrowRight", "21"), ("PageDown", "22"), ("ArrowLeft", "21")):
        page.keyboard.press(key)
        page.locator(f'.viewer[data-frame="{frame}"]').wait_for()
    page.keyboard.press("Space")
    expect(page.locator(".transport [aria-label=Pause]")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.locator(".transport [aria-label=Play]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    page.wait_for_function("() => !location.search.includes('present')")
    expect(page.locator(".verdicts li:visible")).to_have_count(2)
    expect(page).to_have_url(re.compile("models=linear[.]fixation"))
    page.keyboard.press("n")
    page.wait_for_timeout(200)
    expect(page.locator(".presenting")).to_have_count(0)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "language"), [((1024, 768), "en"), ((1920, 1080), "zh")])
def test_the_course_is_presented_step_by_step(
    new_page: NewPage, app: App, size: tuple[int, int], language: str
) -> None:
    words = read_words(language)
    steps = course_text(language, "tokens")["steps"]
    page = new_page(width=size[0], height=size[1])
    # Somebody answered on this computer before: a class must not see it.
    page.goto(f"{app.url}/course?lesson=tokens&step=patch&lang={language}")
    shown = page.locator('[data-step="patch"][data-ready="true"]')
    shown.locator("input[type=radio]").first.check()
    shown.locator(".ask-buttons button").first.click()
    expect(shown.locator(".feedback")).to_be_visible()

    page.goto(f"{app.url}/course?lesson=tokens&step=stride&lang={language}&present=1")
    page.locator('[data-step="stride"][data-ready="true"]').wait_for()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    shown.wait_for()
    expect(shown.locator(".feedback")).to_be_hidden()
    expect(shown.locator("input:checked")).to_have_count(0)
    page.wait_for_timeout(300)
    sizes = page.evaluate(SEEN, [".step"])["sizes"]
    assert [text for size_, text in sizes if size_ < LEAST_PX - 0.6] == []
    assert grave_findings(page) == []
    page.keyboard.press("a")
    right = next(
        o for s in steps if s["step"] == "patch" for o in s["ask"]["options"] if o["right"]
    )
    expect(shown.locator(".feedback")).to_be_in_viewport()
    expect(shown.locator(".feedback")).to_contain_text(words["the_answer"], use_inner_text=True)
    expect(shown.locator("input:checked")).to_have_value(right["id"])
    assert plain(right["feedback"])[:12] in shown.locator(".feedback").inner_text()
    # In a figure, arrow keys belong to the figure.
    page.locator(".figure [tabindex='0']").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(200)
    expect(shown).to_be_visible()
    page.get_by_role("button", name=words["present_leave"]).click()
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    expect(page).not_to_have_url(re.compile("present"))
    # What was answered before is still there.
    expect(shown.locator(".feedback")).to_be_visible()


def test_a_point_is_placed_where_the_class_points_on_the_enlarged_figure(
    new_page: NewPage, app: App
) -> None:
    page = new_page(width=1024, height=768)
    page.goto(f"{app.url}/course?lesson=fixation&step=predict&lang=en&present=1")
    page.locator('[data-step="predict"][data-ready="true"]').wait_for()
    knob = page.locator("svg.placing .knob").nth(1)
    knob.scroll_into_view_if_needed()
    box = knob.locator("circle").bounding_box()
    assert box is not None
    # Unplaced, it stands at one half; its own place is not moved by a press on its middle.
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(knob).to_have_class("knob placed")
    assert abs(float(knob.get_attribute("aria-valuenow") or 0) - 0.5) <= 0.02
