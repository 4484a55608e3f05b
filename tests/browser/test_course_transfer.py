"""What a lesson loads fits a class on one access point, and its steps fit large and small screens."""

from __future__ import annotations

import pytest

from fixviz.course.texts import course_text
from tests.browser.conftest import App, NewPage
from tests.browser.course import open_step
from tests.browser.test_course import LANGUAGES, SCREENS, WALKS, overflows
from tests.browser.views import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST = 1.5e6
"""Bytes as they are sent, compressed, of all that is not Streamlit's own."""


# In the language in which `test_course` does not walk it.
@pytest.mark.parametrize(
    ("lesson", "language"),
    [(lesson, other) for lesson, walked in WALKS for other in LANGUAGES if other != walked],
)
def test_a_lesson_transfers_little_and_its_steps_fit(
    new_page: NewPage, app: App, lesson: str, language: str
) -> None:
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
    steps = [step["step"] for step in course_text(language, lesson)["steps"]]
    open_step(page, app.url, lesson, steps[0], language)
    for number, step in enumerate(steps):
        page.locator(".stepper button").nth(number).click()
        page.locator(f'[data-step="{step}"][data-ready="true"]').wait_for()
        for width, _ in SCREENS:
            page.set_viewport_size({"width": width, "height": 900})
            wait_until(page, lambda: not overflows(page), f"that {step} fits {width}")
    page.wait_for_load_state("networkidle")
    sent = {url: received[key] for key, url in urls.items() if "/api/" in url and key in received}
    assert any("/course/" in url for url in sent)
    assert 2e4 < sum(sent.values()) <= MOST, sorted(sent.items(), key=lambda item: -item[1])[:9]
