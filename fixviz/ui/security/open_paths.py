"""What everybody may have, also where a class code or a login is asked for: it holds nothing of anybody."""

from __future__ import annotations

from typing import Final

from starlette.types import Scope

from fixviz.ui import address_bar, urls

_PATHS: Final = ("/api/health", "/_stcore/health", "/favicon.png", "/manifest.json")
_BELOW: Final = ("/static/", "/api/ui/")


def is_open(scope: Scope) -> bool:
    """Tell whether a request is for health, scripts, styles and fonts, or for a URL that leads to another."""
    if scope["method"] not in ("GET", "HEAD"):
        return False
    path, base = scope["path"], urls.base()
    if path in (f"{base}{name}" for name in _PATHS):
        return True
    if any(path.startswith(f"{base}{name}") for name in _BELOW):
        return True
    return address_bar.redirect_of(path, scope["query_string"].decode("latin-1")) is not None
