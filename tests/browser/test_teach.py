"""The teacher's page: planning a class, worksheets on paper, and the answers of a class."""

from __future__ import annotations

import json
import re
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Request, expect

from fixviz.course.lesson import LESSONS
from fixviz.course.texts import course_text
from fixviz.course.words import read_words
from fixviz.ui import urls
from tests.browser.conftest import App, NewPage
from tests.browser.course import plain, press
from tests.browser.test_accessibility import grave_findings
from tests.browser.views import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = read_words("en")
MM = 96 / 25.4
"""CSS pixels of a millimeter."""
MARGIN_MM = 12
"""Of a printed page, above and below; printing.js."""
PAPER = {"A4": (297, (595, 842)), "Letter": (279.4, (612, 792))}
"""Height in mm, and size in points."""


def open_teach(page: Page, app: App, view: str = "plan", **parameters: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in {"view": view, **parameters}.items())
    page.goto(f"{app.url}/teach?{query}")
    page.locator(f'.teach .page[data-view="{view}"]').wait_for()


def overflows(page: Page) -> bool:
    """Whether something of the page is wider than the screen."""
    return bool(page.locator(".teach").evaluate("node => node.scrollWidth > node.clientWidth + 1"))


def read_code(code: Locator) -> str:
    """What a QR code on the screen says, as a reader of another make reads it."""
    picture = cv2.imdecode(np.frombuffer(code.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return str(cv2.QRCodeDetector().detectAndDecode(picture)[0])


def test_other_readers_read_codes_of_short_and_long_links(page: Page, app: App) -> None:
    open_teach(page, app, lang="en")
    link = "http://school.example/course?lesson=tokens&step=grid&"
    longer = link + "plan=" + "".join(sha256(bytes([i])).hexdigest() for i in range(12))
    texts = [longer[:length] for length in (7, 14, 40, 106, 180, 213, 330, 600)]
    codes = page.evaluate(
        """async ([module, texts]) => {
          const { qrCode } = await import(module);
          return texts.map((text) => qrCode(text).map((row) => row.map(Number)));
        }""",
        [f"{app.url}/{urls.modules()}/teach/qr.js", [*texts, "https://学校.example/课程"]],
    )
    for text, code in zip([*texts, "https://学校.example/课程"], codes, strict=True):
        dark = np.pad(np.array(code, np.uint8), 4)
        picture = np.kron(255 * (1 - dark), np.ones((8, 8), np.uint8))
        read = cv2.QRCodeDetector().detectAndDecode(picture.astype(np.uint8))[0]
        assert read == text, len(text)


@pytest.mark.parametrize(
    ("width", "scheme", "language"), [(1024, "light", "en"), (390, "dark", "zh")]
)
def test_a_class_is_planned_by_keyboard_from_the_page_alone(
    new_page: NewPage, app: App, width: int, scheme: Any, language: str
) -> None:
    words = read_words(language)
    page = new_page(width=width, height=768, scheme=scheme)
    open_teach(page, app, lang=language)
    # Students cannot open what this computer calls itself.
    told = page.locator(".address-told")
    expect(told).to_have_class(re.compile("warn"))
    expect(told).to_contain_text("127.0.0.1")
    page.get_by_label(words["teach_address"]).fill("192.168.1.20:8501")
    expect(told).not_to_have_class(re.compile("warn"))

    press(page.locator(".my-class button.main"))
    parts = page.locator(".part")
    expect(parts).to_have_count(7)
    expect(page.locator(".total")).to_have_text(
        words["teach_total"].format(n=45), use_inner_text=True
    )
    # A link of one's own: the player, on the projector, two of its models.
    press(page.get_by_label(words["teach_what_view"], exact=True), "Space")
    press(page.get_by_label("Linear attention", exact=True), "Space")
    press(page.get_by_label(words["teach_projector"], exact=True), "Space")
    page.get_by_label(words["teach_frame"]).fill("9")
    expect(page.locator(".link-text")).to_have_value(re.compile("frame=9"))
    link = page.locator(".link-text").input_value()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert link.startswith("http://192.168.1.20:8501/watch?")
    assert asked == {
        "sample": "there-and-back",
        "models": "softmax.fixation",
        "frame": "9",
        "lang": language,
        "present": "1",
    }
    wait_until(page, lambda: read_code(page.locator(".result .qr")) == link, "the link's code")
    press(page.locator(".result button.main"))
    expect(parts).to_have_count(8)
    press(parts.nth(7).locator(".up"))
    expect(parts.nth(6).locator(".part-link")).to_have_text(link)
    expect(parts.nth(6).locator(".up")).to_be_focused()
    page.keyboard.press("Enter")
    expect(parts.nth(5).locator(".part-link")).to_have_text(link)
    parts.nth(5).locator("input[type=number]").fill("10")
    expect(page.locator(".total")).to_have_text(
        words["teach_total"].format(n=55), use_inner_text=True
    )
    assert grave_findings(page) == []
    wait_until(page, lambda: not overflows(page), "that the page fits")

    # Large, for the projector; Escape closes it.
    press(parts.first.locator("button.part-qr"))
    large = page.locator("dialog.large-qr")
    first = parts.first.locator(".part-link").inner_text()
    wait_until(page, lambda: read_code(large.locator(".qr")) == first, "the large code")
    assert grave_findings(page) == []
    page.keyboard.press("Escape")
    expect(large).to_have_count(0)

    page.reload()
    expect(parts).to_have_count(8)
    shared = _shared_plan(page)
    press(page.get_by_role("button", name=words["teach_clear"], exact=True))
    expect(parts).to_have_count(0)
    page.goto(shared.replace("http://192.168.1.20:8501", app.url))
    expect(parts).to_have_count(8)
    press(page.locator(".shared-plan button.main"))
    page.reload()
    expect(parts).to_have_count(8)
    expect(page).not_to_have_url(re.compile("plan="))


def _shared_plan(page: Page) -> str:
    """The link that the button copies."""
    page.evaluate(
        """() => Object.defineProperty(navigator, "clipboard", {
          configurable: true, value: { writeText: async (text) => void (window.copied = text) },
        })"""
    )
    press(page.locator(".my-class .buttons button").nth(1))
    page.wait_for_function("() => window.copied")
    return str(page.evaluate("window.copied"))


def test_the_links_of_the_ready_plan_open_on_a_phone(new_page: NewPage, app: App) -> None:
    page = new_page(width=390, height=800)
    open_teach(page, app, lang="zh")
    press(page.locator(".my-class button.main"))
    expect(page.locator(".part-link")).to_have_count(6)
    links = [link.get_attribute("href") for link in page.locator(".part-link").all()]
    shown = '.step[data-ready="true"], .quiz-items, .viewer[data-ready="true"]'
    for link in links:
        page.goto(str(link))
        page.locator(shown).first.wait_for()
        page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
        presenting = page.locator(".fixviz-course.presenting, .fixviz.presenting")
        expect(presenting).to_have_count(int("present=1" in str(link)))


def test_the_plan_prints_on_one_sheet(new_page: NewPage, app: App) -> None:
    page = new_page(scheme="dark")
    open_teach(page, app, lang="en")
    press(page.locator(".my-class button.main"))
    for paper, (_, points) in PAPER.items():
        assert page_sizes(page.pdf(format=paper)) == [points]
    page.emulate_media(media="print")
    for hidden in (".chooser", ".tabs", ".address", '[data-testid="stSidebar"]'):
        expect(page.locator(hidden).first).to_be_hidden()
    for part in page.locator(".part").all():
        if link := part.locator(".part-link").all():
            assert (part.locator(".qr").bounding_box() or {"width": 0})["width"] >= 32 * MM
            assert link[0].inner_text() == link[0].get_attribute("href")


def page_sizes(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height in points of each page of a PDF, as Chromium writes it."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    # Chromium rounds up to whole pixels.
    return [(int(float(width)), int(float(height))) for width, height in boxes]


@pytest.mark.parametrize(
    ("view", "language", "scheme"), [("worksheet", "en", "dark"), ("answers", "zh", "light")]
)
def test_no_step_of_a_sheet_is_cut_on_any_paper(
    new_page: NewPage, app: App, view: str, language: str, scheme: Any
) -> None:
    page = new_page(width=1280, height=900, scheme=scheme)
    open_teach(page, app, view, lang=language)
    for lesson in LESSONS:
        page.get_by_label(read_words(language)["teach_lesson"]).select_option(lesson)
        page.locator(f'.sheet[data-ready="true"][data-lesson="{lesson}"]').wait_for()
        text = course_text(language, lesson)
        steps = page.locator(".sheet-step")
        expect(steps).to_have_count(len(text["steps"]))
        expect(page.locator(".sheet-figure .hint", has_text="…")).to_have_count(0)
        for step, element in zip(text["steps"], steps.all(), strict=True):
            if step["figure"] and view == "worksheet":
                figure = element.locator(".sheet-figure")
                where = f"the drawing of {step['step']} in {lesson}"
                wait_until(page, partial(_drawn, figure), where)
            told = "".join(element.inner_text().split())
            for option in (step["ask"] or {}).get("options", ()):
                feedback = "".join(plain(option["feedback"]).split())
                assert (feedback[:20] in told) == (view == "answers" and bool(feedback)), option
        page.emulate_media(media="print", color_scheme=scheme)
        for paper, (height, _) in PAPER.items():
            room = (height - 2 * MARGIN_MM) * MM
            page.set_viewport_size(
                {"width": int((PAPER[paper][1][0] / 72 * 25.4 - 28) * MM), "height": 900}
            )
            page.wait_for_timeout(150)
            wait_until(
                page,
                partial(_fit, page, room),
                f"that the steps of {lesson} fit on {paper}",
            )
        page.emulate_media(media="screen", color_scheme=scheme)
        page.set_viewport_size({"width": 1280, "height": 900})
    assert grave_findings(page) == []


def _drawn(figure: Locator) -> bool:
    """Whether a figure has more in it than one color."""
    picture = cv2.imdecode(np.frombuffer(figure.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return len(np.unique(picture.reshape(-1, 3), axis=0)) > 8


def _fit(page: Page, room: float) -> bool:
    """Whether no step of the sheet is higher than a page."""
    return max(_heights(page)) <= room


def _heights(page: Page) -> list[float]:
    found: list[float] = page.locator(".sheet-step").evaluate_all(
        "nodes => nodes.map((node) => node.getBoundingClientRect().height)"
    )
    return found


def test_a_sheet_is_black_on_white_and_keeps_its_steps_whole(new_page: NewPage, app: App) -> None:
    page = new_page(scheme="dark")
    open_teach(page, app, "worksheet", lesson="price", lang="en")
    page.locator('.sheet[data-ready="true"]').wait_for()
    for paper, (_, points) in PAPER.items():
        sizes = page_sizes(page.pdf(format=paper))
        assert set(sizes) == {points}
        assert 3 <= len(sizes) <= 5
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".sheet-step").evaluate_all(
        "nodes => nodes.map((node) => getComputedStyle(node).breakInside)"
    ) == ["avoid"] * len(course_text("en", "price")["steps"])
    colors = page.locator(".paper").evaluate(
        """paper => [
          getComputedStyle(paper).backgroundColor,
          ...[...paper.querySelectorAll("h1, h2, p, li")].map((node) => getComputedStyle(node).color),
        ]"""
    )
    # Browsers leave backgrounds out on paper, and bars and channels are backgrounds.
    assert set(
        page.locator(".sheet-figure").evaluate_all(
            "nodes => nodes.map((node) => getComputedStyle(node).printColorAdjust)"
        )
    ) == {"exact"}
    assert colors[0] == "rgb(255, 255, 255)"
    assert "rgb(0, 0, 0)" in colors[1:]
    # Hints are lighter, and still dark enough to be copied.
    assert all(
        sum(map(int, re.findall(r"\d+", c)[:3])) < 3 * 110 for c in colors[1:] if "rgb(" in c
    )
    link = page.locator(".sheet-link a")
    assert link.inner_text() == link.get_attribute("href")


def answers_of(number: int, before: int, after: int) -> dict[str, Any]:
    """A learner's file: so many questions right in each form, and three answers in a lesson."""
    quiz = course_text("en", "quiz")
    forms = {}
    for form, right in (("before", before), ("after", after)):
        items = [item for item in quiz["steps"] if item["form"] == form and not item["transfer"]]
        forms[form] = {
            item["pair"]: next(o["id"] for o in item["ask"]["options"] if o["right"] == (i < right))
            for i, item in enumerate(items)
        }
    steps = {step["step"]: step for step in course_text("en", "softmax")["steps"]}
    wrong = next(o["id"] for o in steps["sharpen"]["ask"]["options"] if not o["right"])
    return {
        "kind": "fixviz course answers",
        "version": 2,
        "language": "en",
        "saved": "2026-11-27T10:00:00.000Z",
        "learner": f"{number:016x}",
        "nickname": "Ada" if number == 0 else "",
        "lessons": {
            "softmax": {
                "step": "paint",
                "seen": [],
                "answers": {
                    "paint": _answered("near", [number, 40]),
                    "sharpen": _answered(wrong, wrong),
                    "play": _answered("written", "Ask me, Ada."),
                },
            }
        },
        "quiz": {**forms, "finished": ["before", "after"]},
    }


def _answered(outcome: str, answer: Any) -> dict[str, Any]:
    return {
        "answer": answer,
        "outcome": outcome,
        "tries": 1,
        "first": outcome,
        "firstAnswer": answer,
    }


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_class_is_drawn_from_its_files_and_nothing_leaves_the_browser(
    new_page: NewPage, app: App, tmp_path: Path, width: int, scheme: Any
) -> None:
    # Gains 1, 2 and 3 of 8 questions: mean 2, interval 2 ± 2.48.
    for number, scores in enumerate(((1, 2), (2, 4), (3, 6))):
        (tmp_path / f"{number}.json").write_text(json.dumps(answers_of(number, *scores)))
    (tmp_path / "copy.json").write_text((tmp_path / "1.json").read_text())
    (tmp_path / "notes.json").write_text('{"kind": "notes"}')
    (tmp_path / "torn.json").write_text((tmp_path / "1.json").read_text()[:-9])
    page = new_page(width=width, height=900, scheme=scheme)
    open_teach(page, app, "class", lang="en")
    page.wait_for_load_state("networkidle")
    requests: list[str] = []

    def note(request: Request) -> None:
        # A font of the app that no text needed before tells nothing.
        if request.resource_type != "font":
            requests.append(request.url)

    page.on("request", note)
    page.locator("#teach-files").set_input_files(sorted(map(str, tmp_path.iterdir())))
    page.locator('.class-page[data-learners="3"]').wait_for()
    expect(page.locator(".skipped li")).to_have_text(
        [
            f"copy.json {WORDS['teach_skip_duplicate']}",
            f"notes.json {WORDS['teach_skip_foreign']}",
            f"torn.json {WORDS['teach_skip_broken']}",
        ],
        use_inner_text=True,
    )
    gain = WORDS["teach_gain_of"].format(n=3, gain="+2.0", low="−0.5", high="+4.5", count=8)
    expect(page.locator(".class-gain")).to_contain_text(gain, use_inner_text=True)
    first = page.locator(".class-question").first
    first.locator("summary").click()
    before = first.locator("section").first.locator(".is-right .spread-count")
    expect(before).to_have_text("3 · 100 %")
    paint = page.locator('.step-results[data-step="paint"]')
    expect(paint).to_contain_text(WORDS["teach_answered"].format(n=3), use_inner_text=True)
    sharpen = page.locator('.step-results[data-step="sharpen"]')
    expect(sharpen.locator(".is-right .spread-count")).to_have_text("0 · 0 %")
    expect(page.locator(".class-mistakes li").first).to_contain_text("100 %", use_inner_text=True)
    page.wait_for_timeout(500)
    assert requests == []
    assert grave_findings(page) == []
    wait_until(page, lambda: not overflows(page), "that the page fits")

    # Files of learners are downloads that this browser makes itself.
    csv = _download(page, "teach_csv").decode("utf-8-sig").splitlines()
    assert [line.split(",")[:3] for line in csv[1:]] == [
        ["Ada", "1", "2"],
        ["Learner 2", "2", "4"],
        ["Learner 3", "3", "6"],
    ]
    anonymous = _download(page, "teach_anonymous")
    assert b"Ada" not in anonymous and b"0000000000000001" not in anonymous
    assert [url for url in requests if not url.startswith("blob:")] == []

    # The overlay needs the run: it is fetched when somebody opens it, and tells nothing.
    paint.locator(".overlay > summary").click()
    paint.locator('.overlay[data-ready="true"]').wait_for()
    wait_until(page, lambda: _drawn(paint.locator(".class-figure")), "the overlay")
    assert all(
        re.search(r"/api/(course|ui)/[0-9a-f]+/[\w./-]+$", url)
        for url in requests
        if "blob:" not in url
    )


def _download(page: Page, word: str) -> bytes:
    with page.expect_download() as caught:
        page.get_by_role("button", name=WORDS[word], exact=True).click()
    return caught.value.path().read_bytes()


def test_the_file_that_a_lesson_saves_is_read_by_the_class_page(page: Page, app: App) -> None:
    page.goto(f"{app.url}/course?lesson=tokens&step=patch&lang=en")
    step = page.locator('[data-step="patch"][data-ready="true"]')
    step.wait_for()
    press(step.locator("input[type=radio]").first, "Space")
    press(step.locator(".ask-buttons button").first)
    press(page.locator(".take-answers summary"))
    page.get_by_label(WORDS["nickname"]).fill("  Bo ")
    with page.expect_download() as caught:
        press(page.locator(".take-answers button"))
    saved = json.loads(caught.value.path().read_text())
    assert (saved["version"], saved["nickname"]) == (2, "Bo")
    assert grave_findings(page) == []
    open_teach(page, app, "class", lang="en")
    page.locator("#teach-files").set_input_files(str(caught.value.path()))
    page.locator('.class-page[data-learners="1"]').wait_for()
    results = page.locator('.step-results[data-step="patch"]')
    expect(results).to_contain_text(WORDS["teach_answered"].format(n=1), use_inner_text=True)
