"""What the page is asked to show, and the requests that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from fixviz.analysis.attribution.catalog import METHODS, PREDICTED, Method
from fixviz.ui.inspect_run.compute import Result
from fixviz.ui.inspect_run.open_run import OpenRun

KIND: Final = "attribution"
MOST_PICTURES: Final = 8


@dataclass(frozen=True)
class View:
    """The choices on the page."""

    run: OpenRun
    method: Method
    target: str
    """Name of a class, or "predicted"."""
    whole_clip: bool
    frame: int
    options: Mapping[str, Any]
    """Those that differ from the method's defaults."""

    @property
    def models(self) -> list[dict[str, Any]]:
        """The run's models that know the class."""
        return [m for m in self.run.models if self.target in (PREDICTED, *m["classes"])]

    def window(self, entry: Mapping[str, Any]) -> int:
        """The window from which the frame in view takes its map."""
        return int(entry["window_of_frame"][self.frame])

    def target_of(self, entry: Mapping[str, Any]) -> str | int:
        """The target as a request names it."""
        return PREDICTED if self.target == PREDICTED else int(entry["classes"].index(self.target))

    def arguments(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments of the derived kind "attribution"."""
        given = {
            "method": self.method.name,
            "target": self.target_of(entry),
            **self.options,
        }
        return given if self.whole_clip else {**given, "window": self.window(entry)}

    def judged(self, entry: Mapping[str, Any], method: str) -> dict[str, Any]:
        """Arguments of the derived kind "faithfulness" for one method's map."""
        options = self.options if method == self.method.name else {}
        return {
            "method": method,
            "target": self.target_of(entry),
            "window": self.window(entry),
            **options,
        }

    def frames(self, entry: Mapping[str, Any]) -> list[int]:
        """The frames to show: of the window, or of the whole clip, evenly spread."""
        if self.whole_clip:
            inside = range(self.run.frames)
        else:
            first = entry["windows"]["start"][self.window(entry)]
            inside = range(first, min(first + entry["windows"]["frames"], self.run.frames))
        places = np.linspace(inside[0], inside[-1], min(MOST_PICTURES, len(inside)))
        return sorted({round(place) for place in places})

    def windows_words(self, entry: Mapping[str, Any]) -> str:
        """Which windows the maps are of."""
        if self.whole_clip:
            return "each frame from the window in which it is most central"
        return self.run.window(entry["name"], self.frame)


def target_words(result: Result) -> str:
    """The class that a result is about."""
    target = result.description["target"]
    predicted = ", predicted over the whole clip" if target["predicted"] else ""
    return f"class “{target['name']}”{predicted}"


def settings_words(result: Result) -> str:
    """Method, options and baseline of a result, as captions name them."""
    description = result.description
    options = dict(description["options"])
    options.pop("baseline", None)
    parts = [f"{name} {value}" for name, value in options.items()]
    if description["baseline"]:
        parts.append(f"baseline: {description['baseline']}")
    return f"{description['title']} ({', '.join(parts)})" if parts else str(description["title"])


def method_title(name: str) -> str:
    """A method's title."""
    return METHODS[name].title
