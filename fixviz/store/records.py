"""The plain data that the store keeps and gives out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Artifact:
    """One stored file of a run, ready to be served."""

    path: Path
    media_type: str
    encoding: str | None
    """"gzip" for arrays (to be sent as Content-Encoding), None for files."""
    bytes: int
    """Size on disk, and so on the wire."""


@dataclass(frozen=True)
class HandleRecord:
    """What a handle file holds."""

    key: str
    owner: str
    name: str
    """The owner's own name of the clip: the same content may have been given under another name."""
    title: str
    created: float
    """Seconds since 1970, UTC."""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> HandleRecord:
        """Rebuild what `dataclasses.asdict` gave. Raises KeyError, TypeError, or ValueError."""
        return cls(
            key=str(values["key"]),
            owner=str(values["owner"]),
            name=str(values["name"]),
            title=str(values["title"]),
            created=float(values["created"]),
        )


@dataclass(frozen=True)
class RunInfo:
    """One line of somebody's library."""

    handle: str
    title: str
    name: str
    """File name of the clip as its owner gave it."""
    created: float
    """When the owner got the run; seconds since 1970, UTC."""
    used: float
    """Last use by anybody who holds it; seconds since 1970, UTC."""
    expires: float
    """When it is deleted unless used before; seconds since 1970, UTC."""
    models: tuple[str, ...]
    frames: int
    bytes: int
    """Size of all its artifacts on disk, shared ones included."""
    clip: Mapping[str, Any]
    """The manifest's description of the clip."""
    thumbnail: Path | None = None
    """File of the picture in the middle of the clip, if the run has one."""
