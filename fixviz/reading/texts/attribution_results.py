"""How captions and tables name a stored attribution map or measure: its method, class and window."""

from __future__ import annotations

from collections.abc import Sequence

from fixviz.analysis.attribution.convergence import convergences, percent, worst
from fixviz.analysis.attribution.shared_class import SharedClass, frame_of_window, shared_class
from fixviz.reading.run import StoredResult


def class_phrase(result: StoredResult) -> str:
    """Name the class that a result is about."""
    target = result.description["target"]
    own = ", this model's own answer over the whole clip" if target["predicted"] else ""
    return f"class “{target['name']}”{own}"


def reason_phrase(shared: SharedClass, where: str) -> str:
    """Say why the shared class is the one that is explained. where: "window" or "clip"."""
    if shared.true:
        return f"the true class of this {where}"
    return (
        f"the class with the highest mean probability over the models in this {where} "
        f"({shared.probability:.2f})"
    )


def reason_of(result: StoredResult) -> str:
    """Say in brackets why this class was explained; empty where it is not the one of all models."""
    about = result.description
    if not about["uses_target"] or about["target"]["predicted"]:
        return ""
    window = result.request.arguments.get("window")
    entry = result.run.model(result.request.model)
    frame = None if window is None else frame_of_window(entry, window)
    shared = shared_class(result.run.manifest, frame)
    if shared.name != about["target"]["name"]:
        return ""
    return f" ({reason_phrase(shared, 'clip' if window is None else 'window')})"


def exactness_phrase(result: StoredResult) -> str:
    """Say how exactly integrated gradients add up, at worst; empty for other methods."""
    furthest, windows = worst(result.description), result.description.get("windows")
    if furthest is None:
        return ""
    return furthest.summary + " at worst" * (isinstance(windows, list) and len(windows) > 1)


def settings_phrase(result: StoredResult) -> str:
    """Name method, options and baseline of a result, and mark one that has not converged."""
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


def map_phrase(result: StoredResult) -> str:
    """Name a map by its method, and mark one that has not converged."""
    title, doubt = str(result.description["title"]), _doubt(result)
    return f"{title} ({doubt})" if doubt else title


def _doubt(result: StoredResult) -> str:
    """Say in a few words that a map has not converged; empty for all others."""
    furthest = worst(result.description)
    if furthest is None or furthest.converged:
        return ""
    by = "" if furthest.relative is None else f": off by {percent(furthest.relative)}"
    return f"not converged{by}"


def facts(result: StoredResult, reason: str = "") -> str:
    """Give class, probability and how exact the numbers are, in one line.

    reason: why this class, in brackets.
    """
    description = result.description
    parts = []
    if description["uses_target"]:
        chances = [float(p) for p in description["probability"]]
        inside = "in this window" if len(chances) == 1 else "in its windows"
        parts.append(f"{class_phrase(result)}{reason}, probability {_span(chances)} {inside}")
    if exactness := exactness_phrase(result):
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


def window_phrase(result: StoredResult) -> str:
    """Name the window that a result is about, the first one unless its request names another."""
    windows = result.run.model(result.request.model)["windows"]
    first = windows["start"][result.request.arguments.get("window", 0)]
    return f"window of frames {first} to {first + windows['frames'] - 1}"


def windows_phrase(result: StoredResult, frames: Sequence[int]) -> str:
    """Name the window of a map; of a whole clip's, the windows from which these frames take theirs."""
    if "window" in result.request.arguments:
        return window_phrase(result)
    model, run = result.request.model, result.run
    named = (run.window(model, frame).removeprefix("window of frames ") for frame in frames)
    return (
        "each from the window in which it is most central (windows of frames "
        f"{', '.join(dict.fromkeys(named))})"
    )
