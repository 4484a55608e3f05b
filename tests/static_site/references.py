"""Finds the URLs that the site's files name, without a browser."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

_IMPORTED = re.compile(r"""(?:\bfrom|\bimport\(?|^import)\s*["'](\.{1,2}/[^"']+)["']""", re.M)
_BESIDE = re.compile(r"""new URL\(\s*["']([^"'$]+)["']\s*,\s*import\.meta\.url\s*\)""")
_NAMED = re.compile(r"""(?:fileUrl|startWorker)\(\s*["']([^"']+)["']\s*\)""")
_STYLE = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")


class Page(HTMLParser):
    """The parts of a page that name other files, and its texts by element."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.data: list[str] = []
        self._is_data = False
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.tags.append((tag, named))
        self.urls += [named[name] for name in ("href", "src", "srcset") if name in named]
        self._is_data = tag == "script" and named.get("type") == "application/json"

    def handle_endtag(self, tag: str) -> None:
        self._is_data = self._is_data and tag != "script"

    def handle_data(self, text: str) -> None:
        if self._is_data:
            self.data.append(text)

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """The attributes of all elements of a kind that have these values."""
        return [
            found
            for name, found in self.tags
            if name == tag and all(found.get(key) == value for key, value in wanted.items())
        ]

    def json(self) -> Iterator[dict]:
        """The data that stands in the page."""
        yield from (json.loads(text) for text in self.data)


def references(name: str, content: bytes) -> list[str]:
    """URLs in a page, a module or a style, as they stand there."""
    if name.endswith(".html"):
        return Page(content).urls
    if name.endswith(".js"):
        # Comments name types, which no browser reads.
        text = re.sub(r"/\*.*?\*/", "", content.decode(), flags=re.DOTALL)
        root = posixpath.relpath(name.split("/")[0], posixpath.dirname(name))
        return [
            *_IMPORTED.findall(text),
            *_BESIDE.findall(text),
            *(f"{root}/{n}" for n in _NAMED.findall(text)),
        ]
    return _STYLE.findall(content.decode()) if name.endswith(".css") else []


def target(name: str, url: str) -> str | None:
    """The path in the site that a URL in a file leads to; None for data, and for a place."""
    parts = urlsplit(url)
    if parts.scheme == "data" or not parts.path:
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), parts.path))
