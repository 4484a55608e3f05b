"""README.txt of the site: how to put it on a host."""

from __future__ import annotations

from fixviz.version import __version__

_TEXT = """\
A course on attention in video models, made with fixviz {version} (fixviz site).

These are plain files. Copy the whole folder to any web host, under any path: no server program, no
database and no cookies are needed, and no page asks another host for anything. To look at it here:

    python -m http.server --bind 127.0.0.1 8000

and open http://localhost:8000. Opening index.html from the disk does not work, since browsers load no
modules from there.

- The folders {modules} and {data} are named by what they hold. Their files may be
  kept for ever: Cache-Control: public, max-age=31536000, immutable. All other files may change with
  the next version: Cache-Control: no-cache.
- Arrays and texts are packed already. Where the host can compress, let it do so for .html, .js, .css
  and .svg.
- The host must send .js as text/javascript, as all common ones do; files that end in .bin may have any type.
- 404.html is what a visitor gets for a URL without a page, where the host can be told so.
- Answers stay in the visitor's browser (localStorage). Nothing is sent anywhere.

Running fixviz site again on this folder replaces its files and deletes those of the version before.
fixviz-site.json lists them; other files in the folder are left alone.
"""


def readme(modules: str, data: str) -> str:
    """Return the text. modules, data: names of the two folders that may be kept for ever."""
    return _TEXT.format(version=__version__, modules=modules, data=data)
