"""The pages that ask for the class code or a login: HTML without scripts, in the app's style."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from fixviz import resources, theme
from fixviz.course.app_texts import app_texts
from fixviz.course.lesson import LANGUAGES
from fixviz.ui import language

FIELD: Final = "code"
_FONT: Final = re.compile(r'href="([^"]*SourceSans[^"]*\.woff2)"')
_STYLES: Final = """
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;
background:var(--st-background-color);color:var(--st-text-color);
font-family:"Source Sans",system-ui,sans-serif;line-height:1.5}
main{width:100%;max-width:22rem}
img{height:2rem;display:block}
h1{font-size:1.75rem;font-weight:650;line-height:1.2;margin:1.75rem 0 .5rem}
p{margin:0 0 1rem}
label{display:block;font-size:.9rem;margin:1.25rem 0 .25rem}
input,.go{width:100%;font:inherit;min-height:2.75rem;border-radius:var(--st-base-radius)}
input{padding:0 .75rem;color:inherit;background:var(--st-secondary-background-color);
border:1px solid var(--edge)}
.go{display:grid;place-items:center;margin-top:.75rem;border:0;background:#0b6e7f;color:#fff;
font-weight:600;cursor:pointer;text-decoration:none}
.go:hover{background:#095c6a}
input:focus-visible,.go:focus-visible,a:focus-visible{outline:2px solid var(--st-primary-color);
outline-offset:2px}
.fault{color:var(--st-red-text-color);font-size:.9rem;margin:.5rem 0 0}
.quiet{color:var(--quiet);font-size:.875rem;margin-top:1.25rem}
nav a{color:var(--st-link-color)}
"""
_QUIET: Final = {
    "light": "--quiet:#54626b;--edge:#7c8a92;",
    "dark": "--quiet:#a9b6bd;--edge:#7b8991;",
}


def code_page(code: str, query: bytes, *, wrong: bool = False, wait_s: int = 0) -> str:
    """Return the HTML of the page that asks for the class code.

    code: its language. query: of the URL, which the other language keeps. wrong: whether a code was typed
    that is not right. wait_s: seconds before the next try, where tries are slowed down.
    """
    say = _texts(code, "class_code")
    fault = say["slow"].format(seconds=wait_s) if wait_s else say["wrong"] if wrong else ""
    marks = 'aria-invalid="true" aria-describedby="fault"' if fault else ""
    form = f"""<form method="post">
<label for="code">{say["label"]}</label>
<input id="code" name="{FIELD}" required autofocus maxlength="100" autocomplete="off"
 autocapitalize="none" autocorrect="off" spellcheck="false" {marks}>
<div role="alert">{f'<p class="fault" id="fault">{fault}</p>' if fault else ""}</div>
<button class="go">{say["button"]}</button>
</form>"""
    return _page(code, query, say, form)


def login_page(code: str, query: bytes, links: Mapping[str, str]) -> str:
    """Return the HTML of the page that leads to a login.

    code, query: as for `code_page`. links: URLs by the provider's name, which is empty where it has none.
    """
    say = _texts(code, "login")
    leads = "\n".join(
        f'<a class="go" href="{escape(url)}">{_with_name(say, name)}</a>'
        for name, url in links.items()
    )
    return _page(code, query, say, leads)


def _with_name(say: Mapping[str, str], name: str) -> str:
    return say["button_with"].format(provider=escape(name)) if name else say["button"]


def _page(code: str, query: bytes, say: Mapping[str, str], content: str) -> str:
    others = " · ".join(_link(other, query) for other in LANGUAGES if other != code)
    return f"""<!doctype html>
<html lang="{code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{say["title"]} · fixviz</title>
<style>{_look()}</style>
</head>
<body>
<main>
<img src="{_logo()}" alt="fixviz">
<h1>{say["title"]}</h1>
<p>{say["text"]}</p>
{content}
<p class="quiet">{say["cookie"]}</p>
<nav>{others}</nav>
</main>
</body>
</html>
"""


def _texts(code: str, part: str) -> dict[str, str]:
    """Return the texts of a part, ready for HTML."""
    begin = f"{part}."
    found = app_texts(code).items()
    return {key.removeprefix(begin): escape(text) for key, text in found if key.startswith(begin)}


def _link(code: str, query: bytes) -> str:
    """Return a link to the same page in another language."""
    kept = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    named = [(name, value) for name, value in kept if name != language.PARAMETER]
    href = f"?{urlencode([*named, (language.PARAMETER, code)])}"
    return f'<a href="{escape(href)}" hreflang="{code}" lang="{code}">{escape(_name(code))}</a>'


def _name(code: str) -> str:
    return app_texts(code)["language"]


@cache
def _logo() -> str:
    logo = (resources.brand() / "logo.svg").read_bytes()
    return f"data:image/svg+xml;base64,{base64.b64encode(logo).decode()}"


@cache
def _look() -> str:
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    font = _FONT.search(page)
    face = (
        f'@font-face{{font-family:"Source Sans";font-weight:200 900;font-display:swap;src:url("{font[1]}")}}'
        if font
        else ""
    )
    light, dark = (theme.colors(scheme, _option) + _QUIET[scheme] for scheme in theme.SCHEMES)
    return (
        f"{face}html{{font-size:{theme.text_size(_option)}px;{theme.sizes(_option)}{light}}}"
        f"@media (prefers-color-scheme:dark){{html{{{dark}}}}}{_STYLES}"
    )


def _option(name: str) -> Any:
    return st.get_option(f"theme.{name}")
