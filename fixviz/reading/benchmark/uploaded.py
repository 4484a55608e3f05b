"""Results files that visitors bring. Nothing in them is trusted: what is not as it should be is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from fixviz.data.classes import CLASSES
from fixviz.errors import OptionError
from fixviz.evaluation.faithfulness_table import FAITHFULNESS
from fixviz.evaluation.masked_table import COLUMNS
from fixviz.evaluation.results import DIGITS, SCHEMA, Entry
from fixviz.reading.benchmark.measured import Results
from fixviz.reading.benchmark.quantities import PRESETS

MOST_BYTES: Final = 5 * 10**6
_MOST_ENTRIES: Final = 300
_MOST_CLIPS: Final = 20_000
_LONGEST: Final = 80
_ATTENTION: Final = ("softmax", "linear")
_LAYER: Final = ("concentration", "effective_support", "mass", "pointing", "average_precision")


def read_uploaded(content: bytes) -> Results:
    """Return what a visitor's results file says of models on generated and on masked clips.

    Only fields that pages show are taken. Raises OptionError with a sentence where the file is not what
    `fixviz evaluate --out` writes.
    """
    if len(content) > MOST_BYTES:
        raise OptionError(
            f"The file is larger than {MOST_BYTES // 10**6} MB; results of a few checkpoints are smaller."
        )
    try:
        values = json.loads(content)
        if values["schema"] != SCHEMA:
            raise ValueError(f"schema {values['schema']!r:.20}")
        parts = [_list(values.get(name, [])) for name in ("entries", "masked", "faithfulness")]
        entries = [_entry(one) for one in parts[0]]
        if not entries:
            raise ValueError("it has no entries")
        return Results(
            entries, [_masked(one) for one in parts[1]], [_faithful(one) for one in parts[2]]
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        what = f"{type(error).__name__}: {error}"[:_LONGEST]
        raise OptionError(
            f"This is not a results file that fixviz evaluate --out has written ({what})."
        ) from None


def _entry(given: Any) -> Entry:
    found = _about(given)
    found |= {
        "preset": _one_of(given["preset"], (*PRESETS, "easy", "filmed")),
        **{name: _whole(given[name], 1, 4096) for name in ("height", "width")},
        "clips": _whole(given["clips"], 1, _MOST_CLIPS),
        "seed": _whole(given["seed"], 0, 2**42 - 1),
        **{name: _share(given[name]) for name in ("accuracy", "accuracy_low", "accuracy_high")},
        "parameters": _whole(given["parameters"], 1, 10**12),
        "layers": [_layer(layer) for layer in _list(given["layers"])],
        "cost": {
            "seconds": _number(given["cost"]["seconds"]),
            "peak_bytes": _number(given["cost"]["peak_bytes"]),
            "device": _text(given["cost"]["device"]),
        },
    }
    if "multiply_adds" in given:
        found["multiply_adds"] = _whole(given["multiply_adds"], 0, 10**18)
    if {"frames", "labels", "answers"} <= given.keys():
        found["frames"] = _whole(given["frames"], 1, 512)
        found |= {name: _digits(given[name], found["clips"]) for name in ("labels", "answers")}
    return found


def _about(given: Any) -> Entry:
    training = given["training"]
    return {
        **{name: _text(given[name]) for name in ("checkpoint", "title")},
        "sha256": _text(given["sha256"]),
        "attention": _one_of(given["attention"], _ATTENTION),
        "fixation": _text(given["fixation"]),
        "neighbors": bool(given["neighbors"]),
        "image_size": _whole(given["image_size"], 1, 4096),
        "training": {
            name: None if training.get(name) is None else _whole(training[name], 0, 10**12)
            for name in ("seed", "steps")
        },
    }


def _layer(given: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: None if given[name] is None else _number(given[name]) for name in _LAYER
    }
    intervals = given.get("intervals", {})
    found["intervals"] = {
        name: (_number(intervals[name][0]), _number(intervals[name][1]))
        for name in _LAYER
        if name in intervals
    }
    return found


def _masked(given: Any) -> Entry:
    size = given["short_side"] if "short_side" in given else given["image_size"]
    return _about(given) | {
        "masks": _text(given["masks"]),
        "short_side": _whole(size, 1, 4096),
        "figures": _figures(given["figures"], COLUMNS),
    }


def _faithful(given: Any) -> Entry:
    return _about(given) | {
        "preset": _one_of(given["preset"], (*PRESETS, "easy", "filmed")),
        "clips": _whole(given["clips"], 1, _MOST_CLIPS),
        "figures": _figures(given["figures"], FAITHFULNESS),
    }


def _figures(given: Any, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: {
            end: None if given[name][end] is None and end != "mean" else _number(given[name][end])
            for end in ("mean", "low", "high")
        }
        for name in names
    }


def _list(given: Any) -> list[Any]:
    if not isinstance(given, list) or len(given) > _MOST_ENTRIES:
        raise ValueError(f"a list of at most {_MOST_ENTRIES} is expected")
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str) or not given:
        raise ValueError("a text is missing")
    line = "".join(letter for letter in " ".join(given.split()) if letter.isprintable())
    return line[:_LONGEST]


def _one_of(given: Any, known: tuple[str, ...]) -> str:
    if given not in known:
        raise ValueError(f"{str(given)!r:.20} is not one of {', '.join(known)}")
    return str(given)


def _checked(given: Any, fits: Callable[[float], bool]) -> Any:
    if isinstance(given, bool) or not isinstance(given, int | float) or not fits(given):
        raise ValueError(f"{str(given)!r:.20} is no number that it can have")
    return given


def _whole(given: Any, low: int, high: int) -> int:
    return int(_checked(given, lambda n: low <= n <= high and n == int(n)))


def _number(given: Any) -> float:
    return float(_checked(given, lambda n: math.isfinite(n) and abs(n) < 1e15))


def _share(given: Any) -> float:
    return float(_checked(given, lambda n: 0 <= n <= 1))


def _digits(given: Any, count: int) -> str:
    if not isinstance(given, str) or len(given) != count:
        raise ValueError("answers and clips do not have the same number")
    if not set(given) <= set(DIGITS[: len(CLASSES)]):
        raise ValueError("an answer is no class")
    return given
