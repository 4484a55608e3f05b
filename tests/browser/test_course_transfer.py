"""What a lesson loads, from its first step to its last, fits a class on one access point."""

from __future__ import annotations

import pytest

from fixviz.course.lesson import LESSONS
from fixviz.course.texts import course_text
from tests.browser.conftest import App, NewPage
from tests.browser.course import open_step

pytestmark = pytest.mark.browser

MOST = 1.5e6
"""Bytes as they are sent, compressed, of all that is not Streamlit's own."""


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_transfers_little(new_page: NewPage, app: App, lesson: str) -> None:
    page = new_page(width=1280, height=900)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    urls: dict[str, str] = {}
    received: dict[str, float] = {}
    session.on(
        "Network.requestWillBeSent", lambda e: urls.update({e["requestId"]: e["request"]["url"]})
    )
    session.on(
        "Network.loadingFinished",
        lambda e: received.update({e["requestId"]: e["encodedDataLength"]}),
    )
    steps = [step["step"] for step in course_text("en", lesson)["steps"]]
    open_step(page, app.url, lesson, steps[0], "en")
    for number, step in enumerate(steps):
        page.locator(".stepper button").nth(number).click()
        page.locator(f'[data-step="{step}"][data-ready="true"]').wait_for()
    page.wait_for_load_state("networkidle")
    sent = {url: received[key] for key, url in urls.items() if "/api/" in url and key in received}
    assert any("/course/" in url for url in sent)
    assert 2e4 < sum(sent.values()) <= MOST, sorted(sent.items(), key=lambda item: -item[1])[:9]
