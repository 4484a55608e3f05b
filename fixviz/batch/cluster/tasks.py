"""Define what goes to a node and what comes back, as plain data that can be pickled."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Literal

from fixviz.batch.clip_rows import ClipRow
from fixviz.batch.shard import RunRows
from fixviz.engine import AnalysisRequest
from fixviz.errors import FixvizError
from fixviz.settings import Settings


@dataclass(frozen=True)
class ClusterJob:
    """Say what all workers do."""

    settings: Settings
    request: AnalysisRequest
    """What is asked of every clip."""
    models: Mapping[str, str]
    """SHA-256 of the checkpoints by name; a node with others would give other results."""
    owner: str
    version: str
    """Of fixviz."""
    sign: str | None
    """Path of a file in the home, by which a node knows that it sees the same folder; None: no need."""
    known: Set[str] = frozenset()
    """Keys of runs that the data set holds: nothing of them is needed."""


@dataclass(frozen=True)
class ClipTask:
    """Hand out one clip."""

    number: int
    """Place in what was handed out."""
    clip: ClipRow
    facts: Mapping[str, Any]
    """Size, time of change and, where known, the hash of its file."""


@dataclass(frozen=True)
class Outcome:
    """Say what became of one clip on a node."""

    number: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    run: str | None = None
    handle: str | None = None
    rows: RunRows | None = None
    """None where the clip failed, or where the data set holds them."""
    state: Literal["computed", "stored"] = "computed"
    error: FixvizError | None = None
    for_all: bool = False
    """The error is one of the node, which all other clips would meet there."""
