"""Find out which run a clip needs: what its file says, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fixviz.batch.clip_rows import ClipRow
from fixviz.engine import AnalysisRequest
from fixviz.errors import OptionError, UnreadableVideo
from fixviz.media.files import check_file, hash_file, safe_name
from fixviz.settings import Settings


def file_facts(
    clip: ClipRow, known: Mapping[str, Any] | None, settings: Settings
) -> dict[str, Any]:
    """Return size, time of change and hash of a clip's file, as clips.parquet holds them.

    known: the same of an earlier command. The hash (`sha256`) is None where the file is new or has changed
    since; see `with_hash`. Raises OptionError, UnreadableVideo, VideoTooLarge.
    """
    if clip.fault:
        raise OptionError(clip.fault)
    path = check_file(clip.path, settings)
    try:
        status = path.stat()
    except OSError as error:
        raise _cannot_be_read(path, error) from None
    facts = {"bytes": status.st_size, "modified_ns": status.st_mtime_ns}
    known = known or {}
    unchanged = all(known.get(name) == value for name, value in facts.items())
    return {**facts, "sha256": known.get("sha256") if unchanged else None}


def with_hash(clip: ClipRow, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with the hash, for which the file is read if need be. Raises UnreadableVideo."""
    try:
        return {**facts, "sha256": facts["sha256"] or hash_file(clip.path)}
    except OSError as error:
        raise _cannot_be_read(clip.path, error) from None


def request_for(
    clip: ClipRow, request: AnalysisRequest, facts: Mapping[str, Any]
) -> AnalysisRequest:
    """Return what is asked of one clip. request: what is asked of every clip."""
    span: Mapping[str, Any] = {"start_s": clip.start_s, "end_s": clip.end_s}
    return replace(
        request,
        video=str(clip.path.expanduser().absolute()),
        sha256=facts["sha256"],
        **{name: value for name, value in span.items() if value is not None},
    )


def _cannot_be_read(path: Path, error: OSError) -> UnreadableVideo:
    return UnreadableVideo(f"'{safe_name(path)}' cannot be read ({error.strerror}); copy it again.")
