"""The site's pages as HTML: the same header around start page, course, glossary, player and teacher's page.

Every URL is relative to the page, so that the site works below any path. What a page's modules need stands
in the page as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from fixviz.browser_files import browser_file, imported_by
from fixviz.course.app_texts import app_texts

PAGES: Final = {
    "index": "start",
    "course": "course",
    "glossary": "glossary",
    "watch": "watch",
    "teach": "teach",
}
"""Files of the pages, in the order of the navigation, and the names of their texts."""
_TAGS: Final = {"zh": "zh-Hans"}
"""Tags of languages by which browsers choose fonts and voices, where they differ from the code."""
_THEMES: Final = ("system", "light", "dark")
# The pages' own files alone: the browser itself refuses a request that would leave the host.
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self' data: blob:; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Places:
    """Where the files lie that all pages share, as URLs relative to a page of a language."""

    modules: str
    """Folder of modules and styles."""
    data: str
    """Folder of the course's data."""
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Content:
    """What stands on a page below its header."""

    html: str
    data: Mapping[str, Any]
    modules: tuple[str, ...]
    """Module that brings the page to life, and others that the browser should fetch with it."""
    styles: tuple[str, ...] = ()
    """Styles that a module applies, to be fetched early."""


def tag(language: str) -> str:
    """Return the tag of a language for `lang` and `hreflang`."""
    return _TAGS.get(language, language)


def page(file: str, language: str, content: Content, places: Places) -> str:
    """Return a page of a language. file: its name without the ending."""
    words = app_texts(language)
    name = PAGES[file]
    description = words["site.watch_help"] if name == "watch" else words[f"pages.{name}.help"]
    return _document(
        language,
        title=f"{words[f'pages.{name}.title']} · fixviz",
        head=(
            f'<meta name="description" content="{escape(description)}">'
            f"{_alternates(file, language, places)}"
            f'<script src="{places.modules}/site/early.js"></script>'
            f"{_icon_and_styles(places.modules)}{_preloads(content, places)}"
            f'<script type="module" src="{places.modules}/{content.modules[0]}"></script>'
        ),
        body=(
            f"{_header(file, language, places)}"
            f'<main id="main" class="{name}" lang="{tag(language)}">{content.html}'
            f"<noscript><p>{escape(words['site.noscript'])}</p></noscript></main>"
            f"{json_block('page-data', content.data)}"
        ),
    )


def choice(modules: str, languages: Sequence[str]) -> str:
    """Return the page of the site's folder, which leads to the reader's language."""
    words = {language: app_texts(language) for language in languages}
    ways = "".join(
        f'<li><a href="{code}/index.html" data-language="{code}" lang="{tag(code)}" '
        f'hreflang="{tag(code)}">{escape(words[code]["language"])}</a></li>'
        for code in languages
    )
    first = words[languages[0]]
    return _document(
        languages[0],
        title="fixviz",
        head=(
            f'<meta name="description" content="{escape(first["start.sentence"])}">'
            f'{_icon_and_styles(modules)}<script src="{modules}/site/choice.js" defer></script>'
        ),
        body=(
            f'<main class="choice"><h1><img src="{modules}/brand/logo.svg" alt="fixviz"></h1>'
            f"<p>{escape(first['site.choose_language'])}</p><ul>{ways}</ul></main>"
        ),
    )


def not_found(languages: Sequence[str]) -> str:
    """Return the page for a URL without one.

    The host sends it for any path, so that no relative URL of a file would be right. It has its few styles
    itself, and its links lead to the folder above the language's in the URL that was asked for.
    """
    said = "".join(
        f'<section lang="{tag(code)}"><h1>{escape(app_texts(code)["site.missing"])}</h1>'
        f"<p>{escape(app_texts(code)['site.missing_text'])} "
        f'<a href="./" data-language="{code}">{escape(app_texts(code)["site.missing_link"])}</a></p>'
        "</section>"
        for code in languages
    )
    codes = json.dumps(list(languages))
    script = (
        f"const codes={codes};const parts=location.pathname.split('/');"
        "const at=parts.findIndex((part)=>codes.includes(part));"
        "const base=parts.slice(0,at<0?-1:at).join('/');"
        "for(const link of document.querySelectorAll('a'))"
        "link.href=`${base}/${link.dataset.language}/index.html`;"
    )
    style = (
        "html{color-scheme:light dark}body{max-width:40em;margin:15vh auto;padding:0 1em;"
        "font:16px/1.5 system-ui,sans-serif}h1{font-size:1.4em;margin:1.5em 0 0}"
    )
    return (
        f'<!doctype html><html lang="{tag(languages[0])}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(app_texts(languages[0])['site.missing'])} · fixviz</title>"
        f"<style>{style}</style></head><body><main>{said}</main><script>{script}</script></body></html>\n"
    )


def json_block(identifier: str, data: Mapping[str, Any]) -> str:
    """Return an element that holds data for the page's modules."""
    # A script of this type is data; "<" would be the only way to end it early.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", r"\u003c")
    return f'<script type="application/json" id="{identifier}">{text}</script>'


def _document(language: str, *, title: str, head: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{tag(language)}" data-language="{language}"><head>'
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>{head}</head>\n<body>{body}</body></html>\n"
    )


def _icon_and_styles(modules: str) -> str:
    return (
        f'<link rel="icon" href="{modules}/brand/icon.svg" type="image/svg+xml">'
        f'<link rel="stylesheet" href="{modules}/site.css">'
    )


def _alternates(file: str, language: str, places: Places) -> str:
    return "".join(
        f'<link rel="alternate" hreflang="{tag(code)}" data-language="{code}" href="../{code}/{file}.html">'
        for code in places.languages
        if code != language
    )


def _preloads(content: Content, places: Places) -> str:
    """Name all modules that the page's own one imports, so that the browser fetches them at once."""
    modules = "".join(
        f'<link rel="modulepreload" href="{places.modules}/{name}">'
        for name in imported_by(*content.modules)
    )
    styles = "".join(
        f'<link rel="preload" as="style" href="{places.modules}/{name}">'
        for name in content.styles
        if browser_file(name)
    )
    return modules + styles


def _header(file: str, language: str, places: Places) -> str:
    words = app_texts(language)
    links = "".join(
        f'<li><a href="{other}.html"{_current(other == file)}>{escape(words[f"pages.{name}.title"])}</a></li>'
        for other, name in PAGES.items()
    )
    return (
        f'<header class="site-head"><a class="brand" href="index.html">'
        f'<picture><source media="(max-width: 640px)" srcset="{places.modules}/brand/icon.svg">'
        f'<img src="{places.modules}/brand/logo.svg" alt="fixviz" height="32"></picture></a>'
        f'<nav class="pages" aria-label="{escape(words["site.pages"])}"><ul>{links}</ul></nav>'
        f'<div class="tools">{_languages(file, language, places)}{_themes(words)}</div></header>'
    )


def _languages(file: str, language: str, places: Places) -> str:
    if len(places.languages) < 2:
        return ""
    links = "".join(
        f'<li><a href="../{code}/{file}.html" data-language="{code}" lang="{tag(code)}" '
        f'hreflang="{tag(code)}"{_current(code == language)}>{escape(app_texts(code)["language"])}</a></li>'
        for code in places.languages
    )
    label = escape(app_texts(language)["languages"])
    return f'<nav class="languages" aria-label="{label}"><ul>{links}</ul></nav>'


def _themes(words: Mapping[str, str]) -> str:
    options = "".join(
        f'<option value="{name}">{escape(words[f"site.theme_{name}"])}</option>' for name in _THEMES
    )
    return (
        f'<label class="themes" hidden><span class="unseen">{escape(words["site.theme"])}</span>'
        f"<select>{options}</select></label>"
    )


def _current(current: bool) -> str:
    return ' aria-current="page"' if current else ""
