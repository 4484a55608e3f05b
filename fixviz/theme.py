"""The app's theme as the CSS variables that its pages and components use.

The colors stand in .streamlit/config.toml once: the app gives them to its components as variables named
`--st-...`, and pages outside the app get the same variables from here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from fixviz import resources

Option = Callable[[str], Any]
"""Returns the value of an option of the theme, such as "light.textColor"; None where it is not set."""

SCHEMES: Final = ("light", "dark")
_COLORS: Final = {
    "textColor": "text-color",
    "backgroundColor": "background-color",
    "secondaryBackgroundColor": "secondary-background-color",
    "primaryColor": "primary-color",
    "borderColor": "border-color",
    "linkColor": "link-color",
    "chartCategoricalColors": "chart-categorical-colors",
}
_TEXT_COLORS: Final = {
    "light": {"green-text-color": "#158237", "red-text-color": "#bd4043"},
    "dark": {"green-text-color": "#5ce488", "red-text-color": "#ff6c6c"},
}
"""What the app's framework takes where the theme does not name these colors."""


def colors(scheme: str, option: Option) -> str:
    """Return the declarations of a color scheme, "light" or "dark"."""
    values = {
        name: option(f"{scheme}.{key}") or option(key) for key, name in _COLORS.items()
    } | _TEXT_COLORS[scheme]
    return "".join(f"--st-{name}:{_css(value)};" for name, value in values.items() if value)


def sizes(option: Option) -> str:
    """Return the declarations that both color schemes share: corners, and the size of text."""
    radius, button = option("baseRadius") or "8px", option("buttonRadius") or "8px"
    size = text_size(option)
    return f"--st-base-radius:{radius};--st-button-radius:{button};--st-base-font-size:{size}px;"


def text_size(option: Option) -> int:
    """Return the size of text in CSS pixels."""
    return int(option("baseFontSize") or 16)


def shipped(option: str) -> Any:
    """Return an option of the theme as it comes with fixviz; None where it is not set."""
    value: Any = _shipped()
    for part in option.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


@cache
def _shipped() -> dict[str, Any]:
    with resources.settings_of_theme().open("rb") as file:
        return dict(tomllib.load(file).get("theme", {}))


def _css(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)
