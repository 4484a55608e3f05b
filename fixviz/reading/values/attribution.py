"""What the page is asked to show, and the requests that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from fixviz.analysis.attribution.catalog import METHODS, PREDICTED, Method
from fixviz.analysis.attribution.convergence import convergences, mark, percent, worst
from fixviz.analysis.attribution.shared_class import SharedClass, shared_class
from fixviz.reading.run import StoredResult, StoredRun

KIND: Final = "attribution"
MOST_PICTURES: Final = 8
SHARED: Final = "shared"
"""Target that stands for one class for all models, that of the window or clip."""


@dataclass(frozen=True)
class View:
    """The choices on the page."""

    run: StoredRun
    method: Method
    target: str
    """Name of a class, "shared", or "predicted" for each model's own answer."""
    whole_clip: bool
    frame: int
    options: Mapping[str, Any]
    """Those that differ from the method's defaults."""

    @property
    def shared(self) -> SharedClass:
        """The class of the frames that the maps are of."""
        return shared_class(self.run.manifest, None if self.whole_clip else self.frame)

    @property
    def class_name(self) -> str | None:
        """The class that all maps explain; None where each model explains its own answer."""
        if self.target == PREDICTED:
            return None
        return self.shared.name if self.target == SHARED else self.target

    @property
    def models(self) -> list[dict[str, Any]]:
        """The run's models that know the class."""
        name = self.class_name
        return [m for m in self.run.models if name is None or name in m["classes"]]

    def window(self, entry: Mapping[str, Any]) -> int:
        """The window from which the frame in view takes its map."""
        return int(entry["window_of_frame"][self.frame])

    def target_of(self, entry: Mapping[str, Any]) -> str | int:
        """The target as a request names it."""
        name = self.class_name
        return PREDICTED if name is None else int(entry["classes"].index(name))

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


def target_words(result: StoredResult) -> str:
    """The class that a result is about."""
    target = result.description["target"]
    own = ", this model's own answer over the whole clip" if target["predicted"] else ""
    return f"class “{target['name']}”{own}"


def shared_words(shared: SharedClass, where: str) -> str:
    """Why the shared class is the one that is explained; where: "window" or "clip"."""
    if shared.true:
        return f"the true class of this {where}"
    return (
        f"the class with the highest mean probability over the models in this {where} "
        f"({shared.probability:.2f})"
    )


def exactness_words(result: StoredResult) -> str:
    """How exactly integrated gradients add up, at worst; empty for other methods."""
    furthest, windows = worst(result.description), result.description.get("windows")
    if furthest is None:
        return ""
    return furthest.summary + " at worst" * (isinstance(windows, list) and len(windows) > 1)


def map_words(result: StoredResult) -> str:
    """A map's method as tables name it, marked where it has not converged."""
    title, doubt = str(result.description["title"]), _doubt(result)
    return f"{title} ({doubt})" if doubt else title


def _doubt(result: StoredResult) -> str:
    """That a map has not converged, in a few words; empty for all others."""
    furthest = worst(result.description)
    if furthest is None or furthest.converged:
        return ""
    by = "" if furthest.relative is None else f": off by {percent(furthest.relative)}"
    return f"not converged{by}"


def settings_words(result: StoredResult) -> str:
    """Method, options and baseline of a result, as captions name them."""
    description = result.description
    options = dict(description["options"])
    options.pop("baseline", None)
    parts = []
    if steps := sorted({entry.steps for entry in convergences(description)}):
        options.pop("steps", None)
        parts.append(f"{' to '.join(map(str, dict.fromkeys((steps[0], steps[-1]))))} steps")
    parts += [f"{name} {value}" for name, value in options.items()]
    if description["baseline"]:
        parts.append(f"baseline: {description['baseline']}")
    if doubt := _doubt(result):
        parts.append(doubt)
    return f"{description['title']} ({', '.join(parts)})" if parts else str(description["title"])


def method_title(name: str) -> str:
    """A method's title."""
    return METHODS[name].title


def facts(result: StoredResult, why: str = "") -> str:
    """Class, probability and how exact the numbers are, in one line; why: this class, in brackets."""
    description = result.description
    parts = []
    if description["uses_target"]:
        chances = [float(p) for p in description["probability"]]
        inside = "in this window" if len(chances) == 1 else "in its windows"
        parts.append(f"{target_words(result)}{why}, probability {_span(chances)} {inside}")
    if exactness := exactness_words(result):
        parts.append(exactness)
    if any(description["outside"] or ()):
        parts.append(
            f"{_span(description['outside'])} read beyond the border, where there is no patch"
        )
    parts.append(f"computed in {description['seconds']:.1f} s")
    return " · ".join(parts)


def _span(values: list[float]) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low} to {high}"


def caption(view: View, entry: Mapping[str, Any], result: StoredResult) -> str:
    """What a model's pictures are, as downloads say it."""
    about = target_words(result) if result.description["uses_target"] else "no class"
    exact = "; ".join(filter(None, (exactness_words(result), mark(result.description))))
    return (
        f"{settings_words(result)} of {view.run.checkpoint(entry['name'])}; {about}; "
        f"{result.description['unit']}; frames count from 0, {view.windows_words(entry)}; "
        f"clip {view.run.manifest['clip']['name']}" + (f"; {exact}" if exact else "")
    )


def table(view: View, result: StoredResult) -> dict[str, list[Any]]:
    """One row a patch: frame, time, place and number; frames without a map are left out."""
    maps = result.array("map")
    frames = [f for f in range(len(maps)) if np.isfinite(maps[f]).any()]
    _, rows, columns = maps.shape
    y, x = np.mgrid[:rows, :columns].reshape(2, -1)
    patches = rows * columns
    return {
        "frame": list(np.repeat(frames, patches)),
        "timestamp_s": list(np.repeat([view.run.timestamp(f) for f in frames], patches)),
        "row": list(np.tile(y, len(frames))),
        "column": list(np.tile(x, len(frames))),
        "value": list(maps[frames].ravel()),
    }
