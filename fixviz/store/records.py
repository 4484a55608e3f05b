"""Define the plain data that the store keeps and returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Artifact:
    """Hold one stored file of a run, ready to be served."""

    path: Path
    media_type: str
    encoding: str | None
    """"gzip" for arrays (to be sent as Content-Encoding), None for files."""
    bytes: int
    """Size on disk, and as it is sent."""


@dataclass(frozen=True)
class HandleRecord:
    """Hold the content of a handle file."""

    key: str
    owner: str
    name: str
    """The owner's name of the clip; other people may have another name for the same content."""
    title: str
    created: float
    """Seconds since 1970, UTC."""
    origin: Mapping[str, Any] | None = None
    """How its owner asked for the run, as plain JSON; None for a run of an earlier version."""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> HandleRecord:
        """Read what `dataclasses.asdict` gave. Raises KeyError, TypeError, or ValueError."""
        return cls(
            key=str(values["key"]),
            owner=str(values["owner"]),
            name=str(values["name"]),
            title=str(values["title"]),
            created=float(values["created"]),
            origin=values.get("origin"),
        )


@dataclass(frozen=True)
class RunInfo:
    """Describe one run in a library."""

    handle: str
    title: str
    name: str
    """File name that the owner gave the clip."""
    created: float
    """When the owner got the run; seconds since 1970, UTC."""
    used: float
    """Last use by anybody who holds it; seconds since 1970, UTC."""
    expires: float
    """When the run is deleted unless it is used before; seconds since 1970, UTC."""
    models: tuple[str, ...]
    frames: int
    bytes: int
    """Size of all its artifacts on disk, shared ones included."""
    clip: Mapping[str, Any]
    """The manifest's description of the clip."""
    thumbnail: Path | None = None
    """File of the picture in the middle of the clip, if the run has one."""
    fault: str = ""
    """Sentence that says why the run cannot be opened; empty where it can."""
