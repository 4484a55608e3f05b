"""The start page as HTML, in each language: the same text before Streamlit has started and after."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import cache
from html import escape
from urllib.parse import urlencode

from fixviz.browser_files import BROWSER_FILES
from fixviz.course.app_texts import app_texts
from fixviz.start.picture import LivingPicture, ModelPicture, living_picture

SAMPLE = "there-and-back"
WAYS = {
    "sample": ("watch", {"sample": SAMPLE}),
    "own": ("watch", {}),
    "clips": ("watch", {}),
    "lesson": ("course", {"lesson": "tokens"}),
}
"""Page and query parameters of each way in."""
WAYS_IN_APP = ("sample", "own", "lesson")
WAYS_IN_SITE = ("sample", "clips", "lesson")
"""Without a server nobody can bring a clip of their own."""
STYLES = (BROWSER_FILES / "start" / "styles.css").read_text(encoding="utf-8")
_ICONS = {
    "sample": "M4 5h16v14H4zM10 8.5v7l5.5-3.5z",
    "own": "M12 15V4M7.5 8.5 12 4l4.5 4.5M4.5 15.5V20h15v-4.5",
    "clips": "M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z",
    "lesson": "M12 5 2.5 9.5 12 14l9.5-4.5zM6.5 11.5V16q5.5 5 11 0v-4.5M21.5 9.5v5",
}
"""Drawn as lines in a box of 24 x 24."""


@dataclass(frozen=True)
class Links:
    """Where the content leads, as absolute paths or relative to the page."""

    run: str
    """Path below which the manifest and artifacts of the shipped run are."""
    watch: str
    course: str
    picture_suffix: str = ""
    """What follows the SHA-256 of a frame in the name of its file."""

    def way(self, name: str) -> str:
        """Return the URL of a way in."""
        page, parameters = WAYS[name]
        query = f"?{urlencode(parameters)}" if parameters else ""
        return {"watch": self.watch, "course": self.course}[page] + query


@cache
def body(code: str, links: Links, ways: tuple[str, ...] = WAYS_IN_APP) -> str:
    """Return the content of the page in a language, with these ways in."""
    words = app_texts(code)
    picture = living_picture()
    shown = "" if picture is None else _picture(picture, code, links)
    led = "".join(_way(name, code, links) for name in ways)
    return (
        f'<div class="start" lang="{code}">'
        f"<h1>{escape(words['start.sentence'])}</h1>{shown}"
        f'<nav class="ways" aria-label="{escape(words["start.ways"])}">{led}</nav></div>'
    )


def _picture(picture: LivingPicture, code: str, links: Links) -> str:
    words = app_texts(code)
    panels = "".join(_panel(model, picture, code) for model in picture.models)
    data = {
        "base": links.run,
        "play": words["start.play"],
        "pause": words["start.pause"],
        **asdict(replace(picture, models=tuple(replace(m, poster="") for m in picture.models))),
        "frames": [f"{sha}{links.picture_suffix}" for sha in picture.frames],
    }
    measured = words["start.measured"].format(frames=picture.window_frames)
    # A script of this type is data; "<" would be the only way to end it early.
    plain = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", r"\u003c")
    return (
        f'<section class="living" aria-label="{escape(words["start.picture"])}">'
        f'<div class="panels">{panels}</div>'
        f'<div class="under"><button type="button" hidden></button>'
        f"<p>{escape(words['start.about'])}</p></div>"
        f'<p class="measured">{escape(measured)}</p>'
        f'<script type="application/json" class="data">{plain}</script></section>'
    )


def _panel(model: ModelPicture, picture: LivingPicture, code: str) -> str:
    words = app_texts(code)
    title = words[f"start.models.{model.name}"]
    looks = words["start.looks"].format(k=model.looks_at, n=picture.patches)
    right = words["start.right"].format(k=model.right, n=model.asked)
    alt = words["start.alt"].format(model=title, looks=looks, right=right)
    share = model.looks_at / picture.patches
    width, height = picture.display["width"], picture.display["height"]
    return (
        f'<figure class="panel" data-model="{escape(model.name)}">'
        f"<figcaption>{escape(title)}</figcaption>"
        f'<div class="screen" style="aspect-ratio:{width}/{height}">'
        f'<img src="{model.poster}" alt="{escape(alt)}" width="{width}" height="{height}"></div>'
        f'<p class="says"><span class="looks">{escape(looks)}</span>'
        f'<span class="share" style="--share:{share:.3f}"></span>'
        f"<span>{escape(right)}</span></p></figure>"
    )


def _way(name: str, code: str, links: Links) -> str:
    words = app_texts(code)
    return (
        f'<a class="way" data-way="{name}" href="{escape(links.way(name))}">'
        '<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" fill="none" '
        f'stroke="currentColor" stroke-width="1.6" stroke-linejoin="round"><path d="{_ICONS[name]}"/></svg>'
        f"<strong>{escape(words[f'start.{name}.title'])}</strong>"
        f"<span>{escape(words[f'start.{name}.text'])}</span></a>"
    )
