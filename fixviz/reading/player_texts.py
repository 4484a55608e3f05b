"""All texts that the player gets with a run: help, verdict, and a question that no single clip answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from fixviz import resources
from fixviz.errors import OptionError
from fixviz.evaluation.results import Entry, read_results
from fixviz.reading.texts.player import PLAYER_HELP
from fixviz.reading.texts.verdict import PLAYER_TEXTS, QUESTION, does_fixation_help


def player_texts() -> dict[str, Any]:
    """Return `help` and `verdict`, as the options of the viewer are called."""
    question = {"title": QUESTION, "lines": does_fixation_help(measured_results())}
    return {"help": PLAYER_HELP, "verdict": {**PLAYER_TEXTS, "question": question}}


def measured_results() -> Sequence[Entry]:
    """Return the entries of the results file; empty where it is missing or cannot be read."""
    path = resources.results()
    return _read(path.stat().st_mtime_ns) if path.is_file() else ()


@lru_cache(maxsize=2)
def _read(stamp: int) -> Sequence[Entry]:
    try:
        return tuple(read_results(resources.results()))
    except OptionError:
        return ()
