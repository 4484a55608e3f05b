"""Keep with each run how its owner asked for it: to analyze it again, and to delete its files with it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fixviz.engine.jobs import AnalysisRequest
from fixviz.engine.uploads import is_upload
from fixviz.settings import Settings


def origin_of(request: AnalysisRequest, settings: Settings) -> dict[str, Any]:
    """Return what is kept with a run, as plain JSON: the request, and when its uploads were last used."""
    used = [path.stat().st_mtime for path in _uploads(request, settings) if path.is_file()]
    # JSON has lists where the request has tuples.
    fields = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(request).items()}
    return {"request": fields} | ({"used": max(used)} if used else {})


def read_request(fields: Mapping[str, Any]) -> AnalysisRequest:
    """Return the request with these fields. Raises KeyError, TypeError."""
    values = {**fields, "models": tuple(fields["models"])}
    if values.get("crop") is not None:
        values["crop"] = tuple(values["crop"])
    return AnalysisRequest(**values)


def request_of(origin: Mapping[str, Any] | None) -> AnalysisRequest | None:
    """Return the request of an origin; None without one, or when a file of it is not there any more."""
    try:
        request = read_request((origin or {})["request"])
    except (KeyError, TypeError):
        return None
    files = [file for file in (request.video, request.masks, request.truth) if file is not None]
    return request if all(Path(file).exists() for file in files) else None


def uploads_of(requests: Iterable[AnalysisRequest], settings: Settings) -> set[Path]:
    """Return the uploads that these requests name."""
    return {path for request in requests for path in _uploads(request, settings)}


def needing_files(
    origins: Iterable[Mapping[str, Any]], open_jobs: Iterable[AnalysisRequest | None]
) -> list[AnalysisRequest]:
    """Return the requests of runs and of jobs that are not done, whose files are still needed."""
    held = [request_of(origin) for origin in origins]
    return [request for request in (*open_jobs, *held) if request is not None]


def delete_uploads(
    origin: Mapping[str, Any] | None, needed: Iterable[AnalysisRequest], settings: Settings
) -> None:
    """Delete the uploads of a run that was deleted, but those that somebody else needs.

    needed: requests of other runs and jobs. A file that was handed in or used again since this run was asked
    for stays too: somebody may be about to have it analyzed. Raises OSError.
    """
    try:
        request, used = read_request((origin or {})["request"]), float((origin or {})["used"])
    except (KeyError, TypeError, ValueError):
        return
    others = uploads_of(needed, settings)
    for path in _uploads(request, settings):
        with contextlib.suppress(FileNotFoundError):
            if path not in others and path.stat().st_mtime <= used:
                path.unlink()


def _uploads(request: AnalysisRequest, settings: Settings) -> list[Path]:
    """Return the files of a request that are uploads."""
    named = [Path(file) for file in (request.video, request.masks) if file is not None]
    return [path for path in named if is_upload(path, settings)]
