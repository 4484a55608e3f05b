"""The style sheet of the site's pages: the app's theme as variables, and the pages' own styles."""

from __future__ import annotations

from typing import Final

from fixviz import theme
from fixviz.browser_files import BROWSER_FILES
from fixviz.start.body import STYLES

# No font is carried: Source Sans where it is installed, else what the system reads best.
_FONT: Final = (
    '"Source Sans 3", "Source Sans Pro", "Source Sans", system-ui, -apple-system, "Segoe UI", Roboto, '
    '"Helvetica Neue", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'
)


def stylesheet() -> str:
    """Return the CSS of all pages."""
    light, dark = (theme.colors(scheme, theme.shipped) for scheme in theme.SCHEMES)
    own = (BROWSER_FILES / "site" / "styles.css").read_text(encoding="utf-8")
    return (
        f":root{{color-scheme:light;--st-font:{_FONT};{theme.sizes(theme.shipped)}{light}}}\n"
        "@media (prefers-color-scheme:dark){"
        f":root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n{own}\n{STYLES}"
    )
