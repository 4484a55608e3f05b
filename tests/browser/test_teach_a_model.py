"""Teaching in a real browser: the camera, the clips that come of it, and what a page without one says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from fixviz.course.app_texts import app_texts
from tests.browser.conftest import ARGUMENTS, BUSY_MS, App, installed

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


def say(key: str, **values: object) -> str:
    return app_texts("en")[f"teach_a_model.{key}"].format(**values)


@pytest.fixture(scope="module")
def filmed(browser: Browser) -> Iterator[BrowserContext]:
    """A browser with a camera, which films a moving pattern."""
    other = browser.browser_type.launch(executable_path=installed(), args=[*ARGUMENTS, *CAMERA])
    context = other.new_context(viewport={"width": 390, "height": 900}, locale="en-US")
    context.set_default_timeout(BUSY_MS)
    yield context
    other.close()


def test_clips_of_the_camera_become_examples_by_keyboard(filmed: BrowserContext, app: App) -> None:
    """Two recorded clips are decoded and shown, the camera stays on, and one is removed."""
    page = filmed.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{app.url}/teach_a_model?lang=en")
    _press(page, say("recorder.turn_on"))
    record = page.get_by_role("button", name=say("recorder.record_one", seconds=2))
    record.wait_for()
    classes = [say("default_names", number=number) for number in (1, 2)]
    for name in classes:
        radio = page.get_by_role("radio", name=name)
        radio.focus()
        page.keyboard.press("Space")
        expect(radio).to_be_checked()
        _press(page, say("recorder.record_one", seconds=2))
        page.get_by_role("img", name=say("clip_label", number=1, name=name)).wait_for()
        record.wait_for()
    video = page.get_by_label(say("recorder.preview"))
    assert video.evaluate("node => node.srcObject.active && node.videoWidth > 0")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    clip = say("clip_label", number=1, name=classes[0])
    _press(page, say("remove_clip", clip=clip))
    page.get_by_role("img", name=clip).wait_for(state="detached")
    expect(
        page.get_by_role("img", name=say("clip_label", number=1, name=classes[1]))
    ).to_be_visible()
    _press(page, say("recorder.turn_off"))
    page.get_by_role("button", name=say("recorder.turn_on")).wait_for()
    assert video.evaluate("node => node.srcObject === null")
    assert errors == []


@pytest.mark.parametrize(
    ("script", "key"),
    [
        ("Object.defineProperty(window, 'isSecureContext', {value: false})", "insecure"),
        ("delete window.MediaRecorder", "no_recorder"),
        (
            "navigator.mediaDevices.getUserMedia = () => Promise.reject("
            "new DOMException('', 'NotFoundError'))",
            "no_camera",
        ),
        (
            "navigator.mediaDevices.getUserMedia = () => Promise.reject("
            "new DOMException('', 'NotAllowedError'))",
            "denied",
        ),
    ],
)
def test_without_a_camera_a_sentence_says_what_works(
    page: Page, app: App, script: str, key: str
) -> None:
    page.add_init_script(script)
    page.goto(f"{app.url}/teach_a_model?lang=en")
    _press(page, say("recorder.turn_on"))
    expect(page.get_by_role("alert").filter(has_text=say(f"recorder.{key}"))).to_be_visible(
        timeout=BUSY_MS
    )
    expect(page.get_by_role("button", name=say("upload")).first).to_be_enabled()


def _press(page: Page, name: str) -> None:
    button = page.get_by_role("button", name=name, exact=True)
    button.focus()
    page.keyboard.press("Enter")
