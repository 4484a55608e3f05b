"""What stands on each page of the site: its HTML, its data and its modules."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from fixviz.course import shipped
from fixviz.course.app_texts import app_texts
from fixviz.course.sample_texts import sample_texts
from fixviz.course.terms import SOURCE, headline, terms_in_order
from fixviz.course.words import read_words
from fixviz.reading.clip_facts import facts
from fixviz.reading.player_texts import player_texts
from fixviz.start.body import WAYS_IN_SITE, Links, body
from fixviz.static_site.data import RUN
from fixviz.static_site.pages import Content, Places
from fixviz.static_site.runs import PICTURE
from fixviz.static_site.sample_runs import SampleRun, shipped_sample

URLS: Final = {
    "start": "index.html",
    "course": "course.html",
    "watch": "watch.html",
    "glossary": "glossary.html",
    "teach": "teach.html",
}
"""Where the pages are, seen from one of them."""


def start(language: str, places: Places) -> Content:
    """Return the start page."""
    links = Links(
        run=f"{places.data}/{RUN}",
        watch=URLS["watch"],
        course=URLS["course"],
        picture_suffix=PICTURE,
    )
    return Content(body(language, links, WAYS_IN_SITE), {}, ("site/start.js",))


def course(language: str, places: Places) -> Content:
    """Return the course, whose module opens the lesson that the URL names."""
    data = {
        "base": places.data,
        "language": language,
        "run": None,
        "runBase": None,
        "glossary": URLS["glossary"],
        "watch": URLS["watch"],
        "words": read_words(language),
        "sample": shipped_sample(),
    }
    return Content("", data, ("site/course.js",), ("course/styles.css",))


def glossary(language: str, _places: Places) -> Content:
    """Return all terms, each at its anchor, and a field to search them."""
    words = read_words(language)
    terms = "".join(
        f'<section data-key="{escape(term.key)}">'
        f'<h2 id="{term.anchor}">{escape(headline(term, language))}</h2>'
        f"<p>{escape(term.definition)}</p></section>"
        for term in terms_in_order(language)
    )
    html = (
        f"<h1>{escape(words['glossary'])}</h1>"
        f'<label class="search" hidden><span>{escape(words["search"])}</span><input type="search"></label>'
        f'<p class="none" role="status"></p><div class="terms">{terms}</div>'
    )
    return Content(html, {"none": words["no_term"]}, ("site/glossary.js",))


def watch(language: str, places: Places, runs: Sequence[SampleRun], project: str) -> Content:
    """Return the player with a choice of clips."""
    words, texts = app_texts(language), sample_texts(language)
    told = {
        name: words[f"site.{name}"] for name in ("other_clip", "no_sample", "about", "choose_clip")
    }
    data: dict[str, Any] = {
        **player_texts(),
        "words": told,
        "samples": {
            run.sample.name: {
                "run": f"{places.data}/{run.folder}",
                "title": texts[run.sample.name].title,
                "facts": facts(run.store.manifest(run.handle)),
            }
            for run in runs
        },
    }
    cards = "".join(
        f'<li><a href="{URLS["watch"]}?sample={run.sample.name}">'
        f'<img src="{places.data}/{thumbnail_file(run)}" alt="" width="256" height="192">'
        f"<strong>{escape(texts[run.sample.name].title)}</strong></a>"
        f"<p>{escape(texts[run.sample.name].description)}</p></li>"
        for run in runs
    )
    english = "" if language == SOURCE else f"<p>{escape(words['site.player_language'])}</p>"
    html = (
        f'<div class="chooser"><h1>{escape(words["site.choose_clip"])}</h1>'
        f'<p class="failed" role="alert"></p><ul class="clips">{cards}</ul>'
        f"{english}{_needs_app(language, project)}</div>"
    )
    return Content(html, data, ("site/watch.js",))


def thumbnail_file(run: SampleRun) -> str:
    """Return the path of a clip's small picture among the course's data."""
    return f"{run.folder}/thumbnail.webp"


def teach(language: str, places: Places, runs: Sequence[SampleRun]) -> Content:
    """Return the teacher's page."""
    texts = sample_texts(language)
    models = shipped.run().models
    data: dict[str, Any] = {
        "base": places.data,
        "language": language,
        "words": read_words(language),
        "sample": shipped_sample(),
        "samples": [
            {"name": run.sample.name, "title": texts[run.sample.name].title} for run in runs
        ],
        "models": [{"name": one["name"], "title": one["title"]} for one in models],
        "urls": URLS,
    }
    return Content("", data, ("site/teach.js",), ("course/styles.css", "teach/styles.css"))


def _needs_app(language: str, project: str) -> str:
    words = app_texts(language)
    link = f' <a href="{escape(project)}">{escape(words["site.get_app"])}</a>' if project else ""
    return f'<p class="needs-app">{escape(words["site.needs_app"])}{link}</p>'
