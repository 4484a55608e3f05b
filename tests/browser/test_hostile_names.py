"""Names of clips, models and classes are text wherever they are shown, and never lead anywhere.

Whoever shares a run chooses its clip's name, and whoever hands in a checkpoint its title and classes: as
Markdown, HTML or formulas they would act in the browser of everybody who looks.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from fixviz.report.build import build_report
from fixviz.settings import Settings
from fixviz.ui.owner import COOKIE
from tests.browser.conftest import BUSY_MS, App, served
from tests.browser.hostile_names import HOST, NAMES, fill, marks, shown_as_text
from tests.browser.views import wait_for_frame, wait_for_script, wait_until
from tests.ports import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OWNER = "hostile-names-owner-0000"
INSPECT = ("concentration", "fixation", "neighborhood", "attribution", "what_if")


@pytest.fixture(scope="module")
def visited(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[tuple[App, str, Page, list[str]]]:
    """An app, the handle of a run with such names, a page of who owns it, and requests to the host."""
    folder = tmp_path_factory.mktemp("hostile")
    with served(folder) as app:
        handle = fill(Settings(home=folder / "home"), OWNER)
        context = browser.new_context(viewport={"width": 1400, "height": 1000})
        context.set_default_timeout(BUSY_MS)
        context.add_cookies([{"name": COOKIE, "value": OWNER, "url": app.url}])
        page = context.new_page()
        asked: list[str] = []

        def note(url: str) -> None:
            if urlsplit(url).hostname == HOST:
                asked.append(url)

        page.on("request", lambda request: note(request.url))
        page.on("dialog", lambda dialog: asked.append(dialog.message))
        yield app, handle, page, asked
        context.close()


def shows(page: Page, names: set[str]) -> None:
    """Wait until the marks of all these names can be read."""
    wait_until(page, lambda: names <= marks(page), f"all marks of {sorted(names)}")


def settled(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_selector('[data-testid="stHeading"], .viewer, [data-testid="stAlert"]')
    wait_for_script(page)
    page.wait_for_timeout(500)
    wait_for_script(page)


def test_watch(visited: tuple[App, str, Page, list[str]]) -> None:
    app, handle, page, asked = visited
    page.goto(f"{app.url}/watch?run={handle}")
    wait_for_frame(page)
    page.get_by_role("button", name="About").click()
    shows(page, {*NAMES[:5], NAMES[8]})
    assert shown_as_text(page) == []
    assert asked == []


@pytest.mark.parametrize("name", INSPECT)
def test_a_page_of_a_run(visited: tuple[App, str, Page, list[str]], name: str) -> None:
    app, handle, page, asked = visited
    change = "&change=dial.0" if name == "what_if" else ""
    settled(page, f"{app.url}/{name}?run={handle}{change}")
    page.get_by_role("button", name="Other clips").click()
    page.get_by_role("button", name="Qa4").wait_for()
    shows(page, set(NAMES[:5]))
    assert shown_as_text(page) == []
    assert asked == []


def test_the_library_and_its_dialogs(visited: tuple[App, str, Page, list[str]]) -> None:
    app, _, page, asked = visited
    settled(page, f"{app.url}/library")
    wait_until(page, lambda: len(marks(page)) > len(NAMES) - 2, "nearly all names on the page")
    for action in ("Share", "Export", "Rename", "Delete"):
        page.get_by_role("button", name="More").first.click()
        page.get_by_text(action, exact=True).click()
        page.get_by_role("dialog").wait_for()
        wait_for_script(page)
        assert shown_as_text(page) == [], action
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="detached")
    assert asked == []


def test_models_and_the_choice_of_models(visited: tuple[App, str, Page, list[str]]) -> None:
    app, _, page, asked = visited
    settled(page, f"{app.url}/models")
    for name in (f"Classes ({len(NAMES)})", "Model card"):
        page.get_by_text(name, exact=True).first.click()
    page.get_by_text("Qb2").first.wait_for()
    shows(page, set(NAMES))
    assert shown_as_text(page) == []
    page.get_by_role("button", name="Analyze with it").click()
    page.get_by_text("Your own video").wait_for()
    page.get_by_text("Options").first.click()
    page.get_by_text("Qa2").first.wait_for()
    assert shown_as_text(page) == []
    assert asked == []


def test_teach_a_model(visited: tuple[App, str, Page, list[str]]) -> None:
    app, _, page, asked = visited
    settled(page, f"{app.url}/teach_a_model?lang=en")
    page.locator(".held-out").wait_for()
    page.get_by_text("Upload").first.click()
    wait_for_script(page)
    shows(page, {NAMES[1], NAMES[3], NAMES[5]})
    assert shown_as_text(page) == []
    assert asked == []


@pytest.mark.parametrize(
    "path",
    [
        "watch?sample={}",
        "watch?run={}",
        "watch?job={}",
        "models?job={}",
        "concentration?run={}",
        "glossary?term={}",
        "what_if?run=HANDLE&change={}",
        "course?lesson={}",
        "course?lesson=tokens&run={}",
    ],
)
def test_a_link_puts_nothing_on_a_page(
    visited: tuple[App, str, Page, list[str]], path: str
) -> None:
    app, handle, page, asked = visited
    # All three act within a line, beside each other.
    link = path.replace("HANDLE", handle).format(quote(" ".join((NAMES[0], NAMES[4], NAMES[7]))))
    page.goto(f"{app.url}/{link}")
    page.wait_for_selector('[data-testid="stHeading"], [data-testid="stAlert"], [role=alert], h1')
    wait_for_script(page)
    assert shown_as_text(page) == []
    assert asked == []


def test_report_and_single_file(visited: tuple[App, str, Page, list[str]], tmp_path: Path) -> None:
    app, handle, page, asked = visited
    report = tmp_path / "report.html"
    report.write_text(build_report(app.store, handle), "utf-8")
    page.goto(report.as_uri())
    shows(page, {*NAMES[:5], NAMES[8]})
    assert shown_as_text(page) == []
    page.goto(f"{app.url}/watch?run={handle}")
    wait_for_frame(page)
    page.get_by_role("button", name="One file").click()
    with page.expect_download() as caught:
        page.get_by_role("button", name="Save as one file").click()
    single = tmp_path / "single.html"
    shutil.copy(caught.value.path(), single)
    assert "/" not in caught.value.suggested_filename
    page.goto(single.as_uri())
    wait_for_frame(page)
    shows(page, {*NAMES[:5], NAMES[8]})
    assert shown_as_text(page) == []
    assert asked == []


def test_every_such_name_is_read_as_it_is_in_every_place_that_takes_markdown(
    browser: Browser, tmp_path: Path
) -> None:
    """Whatever Streamlit finds in a text, also in what Markdown leaves: arrows, icons, links, smileys."""
    script, port = Path(__file__).with_name("plain_texts.py"), free_port()
    names = tmp_path / "names.json"
    names.write_text(json.dumps([*NAMES, *MORE]))
    command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}"]
    options = ["--server.headless=true", "--server.address=127.0.0.1", "--", str(names)]
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    page = browser.new_page()
    page.set_default_timeout(BUSY_MS)
    try:
        page.goto(_answering(f"http://127.0.0.1:{port}", page))
        page.locator("#drawn").wait_for(state="attached")
        wait_for_script(page)
        page.wait_for_timeout(1000)
        found = page.evaluate(READ)
    finally:
        process.terminate()
        process.wait()
        page.close()
    assert len(found) == 6 * len([*NAMES, *MORE])
    for key, (text, count) in found.items():
        name = [*NAMES, *MORE][int(key.rpartition("-")[2])]
        shown = "".join(c for c in " ".join(name.split()) if c.isprintable())
        assert text.replace("\u2060", "").strip() == shown, key
        assert count == 0, f"{key}: {name} makes elements"


READ = """() => Object.fromEntries(
  [...document.querySelectorAll('[class*="st-key-text-"]')].map((place) => [
    /st-key-text-(\\S+)/.exec(place.className)[1],
    [
      place.innerText,
      place.querySelectorAll(
        'a, img, .katex, code, em, del, hr, blockquote, ol, input, h5, h6, [data-testid="stIconMaterial"]',
      ).length,
    ],
  ]),
)"""
MORE = [
    *(":smile: and :+1:", ":streamlit:", "x:material_home:", ":shimmer[x]", ":help[x]", "::x[y]"),
    *(
        "https://evil.example/a_b",
        "WWW.evil.example/x",
        "mailto:me@evil.example",
        "<http://evil.example>",
    ),
    *(
        "a <- b <-> c -- d >= e <= f ~= g",
        "-> b",
        "<-> c",
        "# heading",
        "> quote",
        "- item",
        "+ item",
    ),
    *(
        "* item",
        "1. list",
        "1) list",
        "20260101. x",
        "---",
        "===",
        "- [ ] task",
        "[x]: //evil.example",
    ),
    *(
        "a|b",
        "| a | b |",
        "`code`",
        "```mermaid",
        "~~gone~~",
        "**bold** _it_ __b__",
        "a*b*c",
        "[^1]",
    ),
    *(
        "&lt;b&gt; &#58;material/home&#58;",
        "a\\b",
        "\\",
        "C:\\x\\*.mp4",
        "$$x$$",
        "12:30:15",
        ":::note",
    ),
    *(
        "clip_1_2.mp4",
        "déjà vu 视频.mp4",
        "x\u202egpj.mp4",
        "a\nb",
        "a\n\n# b",
        "\u2066x\u2069",
        "!",
        "(a)",
    ),
]


def _answering(url: str, page: Page) -> str:
    for _ in range(600):
        try:
            page.request.get(f"{url}/_stcore/health")
        except Exception:
            page.wait_for_timeout(100)
        else:
            return url
    pytest.fail("The script did not start.")
