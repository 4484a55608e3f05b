"""The static site in a browser: below a path, on a plain file server, with the network cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from fixviz.course import shipped
from fixviz.course.app_texts import app_texts
from fixviz.course.lesson import LESSONS
from fixviz.course.sample_texts import sample_texts
from fixviz.course.terms import read_glossary
from fixviz.course.texts import course_text
from fixviz.course.words import read_words
from fixviz.static_site.folder import write
from tests.browser.course import StepWalk, press
from tests.browser.file_server import served_files
from tests.browser.site import BELOW, visit
from tests.browser.test_accessibility import grave_findings
from tests.browser.views import wait_for_frame, wait_until
from tests.static_site.built import PAGE_BYTES, small_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREENS = [("en", 1280, "light"), ("zh", 390, "dark")]
SAMPLE = "there-and-back"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("host")
    write(root / BELOW, small_site(tmp_path_factory.mktemp("home")), overwrite=False)
    return root


@pytest.fixture(scope="module")
def url(root: Path) -> Iterator[str]:
    with served_files(root) as found:
        yield f"{found}/{BELOW}"


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"))


def walk_lesson(page: Page, url: str, lesson: str, language: str) -> None:
    """Answer every question of a lesson, from its first step to its last."""
    steps = course_text(language, lesson)["steps"]
    page.goto(f"{url}/{language}/course.html?lesson={lesson}&step={steps[0]['step']}")
    for number, step in enumerate(steps):
        StepWalk(page, lesson, step).walk()
        if number + 1 < len(steps):
            press(page.locator(".lesson-foot button.next"))


@pytest.mark.parametrize(("language", "tag"), [("zh", "zh-CN"), ("en", "fr-FR")])
def test_the_folder_leads_to_the_browsers_language(
    browser: Browser, url: str, language: str, tag: str
) -> None:
    with visit(browser, url, locale=tag) as seen:
        seen.page.goto(f"{url}/")
        seen.page.wait_for_url(f"{url}/{language}/index.html")


def test_a_chosen_language_is_kept_and_keeps_the_place(browser: Browser, url: str) -> None:
    with visit(browser, url, locale="en-US") as seen:
        page = seen.page
        place = f"lesson=price&step={course_text('en', 'price')['steps'][1]['step']}"
        page.goto(f"{url}/en/course.html?{place}")
        page.locator(".lesson-foot").wait_for()
        page.get_by_role("link", name="中文").click()
        page.wait_for_url(f"{url}/zh/course.html?{place}")
        page.goto(f"{url}/")
        page.wait_for_url(f"{url}/zh/index.html")
        # A link may name another one.
        page.goto(f"{url}/zh/glossary.html?lang=en#token")
        page.wait_for_url(f"{url}/en/glossary.html#token")


def test_pages_that_need_no_script_work_without_one(browser: Browser, url: str) -> None:
    with visit(browser, url, java_script_enabled=False) as seen:
        page = seen.page
        page.goto(f"{url}/")
        page.get_by_role("link", name="中文").click()
        page.wait_for_url(f"{url}/zh/index.html")
        expect(page.locator(".panel img")).to_have_count(3)
        page.get_by_role("link", name=app_texts("zh")["pages.glossary.title"]).click()
        expect(page.locator("main section:visible")).to_have_count(len(read_glossary("zh")))


@pytest.mark.parametrize(("language", "width", "scheme"), SCREENS)
def test_start_plays_and_leads_on(
    browser: Browser, url: str, language: str, width: int, scheme: str
) -> None:
    with visit(browser, url, width, scheme) as seen:
        page = seen.page
        page.goto(f"{url}/{language}/index.html")
        first = page.locator(".living[data-frame]").get_attribute("data-frame")
        page.wait_for_function(
            "first => document.querySelector('.living').dataset.frame !== first", arg=first
        )
        page.wait_for_load_state("networkidle")
        assert 50_000 < seen.packed_bytes() < PAGE_BYTES
        assert grave_findings(page) == []
        assert not overflows(page)
        page.locator('a[data-way="lesson"]').click()
        expect(page).to_have_url(
            re.compile(re.escape(f"{url}/{language}/course.html?lesson=tokens"))
        )
        page.locator("h2").first.wait_for()


@pytest.mark.parametrize(("language", "width", "scheme"), SCREENS)
def test_a_lesson_is_finished_and_leads_to_the_player(
    browser: Browser, url: str, language: str, width: int, scheme: str
) -> None:
    with visit(browser, url, width, scheme) as seen:
        page = seen.page
        walk_lesson(page, url, "fixation", language)
        assert seen.packed_bytes() < PAGE_BYTES
        assert grave_findings(page, "main") == []
        assert not overflows(page)
        described = course_text(language, "fixation")["steps"]
        step = next(step["step"] for step in described if step["player"])
        page.goto(f"{url}/{language}/course.html?lesson=fixation&step={step}")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name=read_words(language)["see_player"]).click()
        wait_for_frame(opened.value)
        expect(opened.value).to_have_url(
            re.compile(re.escape(f"{url}/{language}/watch.html?sample={SAMPLE}"))
        )


@pytest.mark.slow
# The app's own test walks each in both languages; here the languages take turns. The test above walks the
# one on fixation.
@pytest.mark.parametrize(
    ("lesson", "language", "width", "scheme"),
    [
        (lesson, *SCREENS[i % len(SCREENS)])
        for i, lesson in enumerate(LESSONS)
        if lesson != "fixation"
    ],
)
def test_every_lesson_can_be_finished(
    browser: Browser, url: str, lesson: str, language: str, width: int, scheme: str
) -> None:
    with visit(browser, url, width, scheme) as seen:
        walk_lesson(seen.page, url, lesson, language)
        assert seen.packed_bytes() < PAGE_BYTES
        assert grave_findings(seen.page, "main") == []
        assert not overflows(seen.page)


def test_the_quiz_is_taken_and_kept(browser: Browser, url: str) -> None:
    quiz = course_text("zh", "quiz")
    with visit(browser, url, 390) as seen:
        page = seen.page
        page.goto(f"{url}/zh/course.html?lesson=quiz&step=before")
        for item in [step for step in quiz["steps"] if step["form"] == "before"]:
            right = next(option["id"] for option in item["ask"]["options"] if option["right"])
            place = page.locator(f'[data-step="{item["step"]}"] input[value="{right}"]')
            press(place, "Space")
        press(page.locator(".quiz-end button.main"))
        page.goto(f"{url}/en/course.html")
        expect(page.get_by_text(read_words("en")["quiz_done"])).to_be_visible()


@pytest.mark.parametrize(("language", "width", "scheme"), SCREENS)
def test_the_glossary_is_searched_and_linked(
    browser: Browser, url: str, language: str, width: int, scheme: str
) -> None:
    terms = read_glossary(language)
    with visit(browser, url, width, scheme) as seen:
        page = seen.page
        page.goto(f"{url}/{language}/glossary.html#{terms['token'].anchor}")
        expect(page.locator(f"#{terms['token'].anchor}")).to_be_in_viewport()
        field = page.get_by_label(read_words(language)["search"])
        field.fill("SoftMax")
        shown = page.locator("main section:visible")
        wait_until(page, lambda: 0 < shown.count() < len(terms), "that few terms are left")
        assert all("softmax" in text.lower() for text in shown.all_inner_texts())
        field.fill("no such word")
        expect(shown).to_have_count(0)
        expect(page.locator("main .none")).to_contain_text("no such word")
        assert grave_findings(page) == []
        assert not overflows(page)


@pytest.mark.parametrize(("language", "width", "scheme"), SCREENS)
def test_a_sample_is_chosen_played_and_turned(
    browser: Browser, url: str, language: str, width: int, scheme: str
) -> None:
    with visit(browser, url, width, scheme) as seen:
        page = seen.page
        page.goto(f"{url}/{language}/watch.html")
        expect(page.get_by_text(app_texts(language)["site.needs_app"])).to_be_visible()
        assert not overflows(page)
        page.get_by_role("link", name=sample_texts(language)[SAMPLE].title).click()
        wait_for_frame(page)
        page.wait_for_load_state("networkidle")
        assert 200_000 < seen.packed_bytes() < PAGE_BYTES
        viewer = page.locator(".viewer")
        before = viewer.get_attribute("data-frame") or ""
        page.get_by_role("button", name="Play").click()
        expect(viewer).not_to_have_attribute("data-frame", before)
        page.get_by_role("button", name="Pause").click()
        panel = page.locator(".panel canvas").last
        panel.click()
        page.locator('.viewer[data-query][data-query*="-"]').wait_for()
        expect(page).to_have_url(re.compile("query="))
        dial = page.get_by_role("slider", name="Fixation dial", exact=True)
        dial.focus()
        page.keyboard.press("End")
        page.locator('.viewer[data-ready="true"]').wait_for()
        expect(page).to_have_url(re.compile("alpha=3"))
        expect(page.get_by_text("Predictions of the whole network")).to_have_count(0)
        assert grave_findings(page) == []
        assert not overflows(page)


def test_maps_that_are_not_stored_are_those_of_the_store(browser: Browser, url: str) -> None:
    """Attention received by slot of the model with shifted features: the browser computes it."""
    run = shipped.run()
    stored = run.array("fixation/temporal/attention_received/slot")[1, 2, 9].astype(np.float32)
    with visit(browser, url) as seen:
        page = seen.page
        view = "axis=temporal&layer=1&head=2&frame=9&by=slot"
        page.goto(f"{url}/en/watch.html?sample={SAMPLE}&{view}")
        page.locator('.viewer[data-ready="true"]').wait_for()
        read = page.locator(".panel .readout").last
        expect(read).to_contain_text(f"Largest {stored.max():.3g}")


def test_a_sample_that_there_is_not_is_named(browser: Browser, url: str) -> None:
    with visit(browser, url) as seen:
        seen.page.goto(f"{url}/en/watch.html?sample=nothing")
        told = app_texts("en")["site.no_sample"].format(name="nothing")
        expect(seen.page.get_by_role("alert")).to_have_text(told)
        expect(seen.page.locator(".clips a")).to_have_count(1)


def test_the_theme_is_chosen_and_kept(browser: Browser, url: str) -> None:
    def ground(page: Page) -> Any:
        return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    with visit(browser, url, scheme="light") as seen:
        page = seen.page
        page.goto(f"{url}/en/glossary.html")
        light = ground(page)
        page.get_by_label("Color theme").select_option("dark")
        wait_until(page, lambda: ground(page) != light, "the dark ground")
        dark = ground(page)
        page.goto(f"{url}/en/index.html")
        wait_until(page, lambda: ground(page) == dark, "the dark ground of another page")
        page.get_by_label("Color theme").select_option("system")
        wait_until(page, lambda: ground(page) == light, "the system's light ground")
        page.emulate_media(color_scheme="dark")
        wait_until(page, lambda: ground(page) == dark, "the system's dark ground")


def test_the_teachers_page_opens_and_its_links_stay_in_the_site(browser: Browser, url: str) -> None:
    with visit(browser, url) as seen:
        page = seen.page
        page.goto(f"{url}/zh/teach.html")
        page.locator(".page[data-view=plan] h1").wait_for()
        links = page.locator("main a[href]").evaluate_all("links => links.map(link => link.href)")
        assert all(link.startswith(f"{url}/") for link in links)
        assert grave_findings(page) == []


def test_a_missing_page_says_so_and_leads_back(browser: Browser, url: str) -> None:
    with visit(browser, url) as seen:
        page = seen.page
        page.goto(f"{url}/404.html")
        said = app_texts("zh")
        page.get_by_role("link", name=said["site.missing_link"]).click()
        page.wait_for_url(f"{url}/zh/index.html")


def test_a_host_that_unpacks_does_no_harm(browser: Browser, root: Path) -> None:
    """Some hosts take packed files for packed responses, and the browser unpacks them on the way."""
    with served_files(root, unpacks=True) as host, visit(browser, f"{host}/{BELOW}") as seen:
        seen.page.goto(f"{host}/{BELOW}/en/watch.html?sample={SAMPLE}")
        seen.page.locator('.viewer[data-ready="true"]').wait_for()
