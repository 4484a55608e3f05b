"""What of a stored run goes into the file: the manifest, and the artifacts that it names."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from fixviz.errors import OptionError
from fixviz.model.config import checkpoint_sha256
from fixviz.reading.browser_networks import FolderOf, for_browser
from fixviz.reading.player_manifest import player_manifest
from fixviz.store import Store

MOST_BYTES: Final = 50_000_000
"""Size of a file that is still written."""
MAIL_BYTES: Final = 15_000_000
"""Size that most mail servers still take, for the command to warn of."""
_OF_THE_APP: Final = ("run", "sample", "model")
_SHOWN: Final = ("attention_received/source", "metrics")
_TEXT: Final = 4 / 3
"""A byte takes so many letters in base64."""
_FRAMES: Final = 8
"""A sentence names a multiple of so many frames."""


@dataclass(frozen=True)
class RunParts:
    """A run as the player reads it."""

    manifest: dict[str, Any]
    artifacts: Mapping[str, bytes]
    """By SHA-256; arrays as gzip members."""
    left_out: Sequence[str]
    """What a reader of the run misses in the file: sentences."""

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the SHA-256 and the base64 text of each artifact."""
        for sha, data in self.artifacts.items():
            yield sha, base64.b64encode(data).decode("ascii")


def run_parts(
    store: Store, handle: str, folder_of: FolderOf, models: Sequence[str] | None = None
) -> RunParts:
    """Return what the file of a run holds.

    models: names of those to show; None for all. Raises RunNotFound, StorageError, and OptionError
    for a model that the run lacks and for a run that is too large.
    """
    manifest = _of_models(player_manifest(store, handle), models)
    check_size(manifest)
    run = for_browser(manifest, folder_of)
    artifacts = {
        entry["sha"]: store.artifact_path(handle, entry["sha"]).read_bytes()
        for entry in _first(manifest) + list(_references(manifest))
    }
    artifacts |= run.artifacts
    if (size := _TEXT * sum(map(len, artifacts.values()))) > MOST_BYTES:
        raise _too_large(manifest, size)
    return RunParts(run.manifest, artifacts, run.left_out)


def named_models(
    manifest: Mapping[str, Any], models: str | None, folder_of: FolderOf
) -> tuple[list[str] | None, FolderOf]:
    """Return the names that `models` stands for, and where their checkpoints lie.

    models: names of models of the run or folders of checkpoints, separated by commas; None for all.
    A folder is called by its checkpoint, which must be one of the run's. Raises OptionError for one
    that is not.
    """
    if models is None:
        return None, folder_of
    entries = {entry["name"]: entry for entry in manifest["models"]}
    names, given = [], {}
    for text in (part.strip() for part in models.split(",") if part.strip()):
        if text in entries:
            names.append(text)
            continue
        if not (folder := Path(text).expanduser()).is_dir():
            raise OptionError(f"This run has no model {text!r}; it has {', '.join(entries)}.")
        sha = checkpoint_sha256(folder)
        found = [n for n, entry in entries.items() if entry["checkpoint_sha256"] == sha]
        if not found:
            raise OptionError(f"The checkpoint in {text!r} is none of this run's.")
        names.append(found[0])
        given[found[0]] = folder
    return names, lambda name: given.get(name) or folder_of(name)


def view_in(link: str) -> dict[str, str]:
    """Return the query parameters with which a link names a view, without those that name a run."""
    query = parse_qs(urlsplit(link.strip()).query)
    return {
        name: values[0]
        for name, values in query.items()
        if name not in _OF_THE_APP and not name.startswith("embed")
    }


def check_size(manifest: Mapping[str, Any]) -> None:
    """Raise OptionError, with what would fit, for a run whose file would be too large."""
    sizes = {entry["sha"]: int(entry["bytes"]) for entry in _references(manifest)}
    if (size := _TEXT * sum(sizes.values())) > MOST_BYTES:
        raise _too_large(manifest, size)


def _too_large(manifest: Mapping[str, Any], size: float) -> OptionError:
    frames, models = len(manifest["frames"]["index"]), len(manifest["models"])
    fits = int(frames * MOST_BYTES / size) // _FRAMES * _FRAMES
    sentence = (
        f"This run would make a file of {size / 1e6:.0f} MB, and {MOST_BYTES / 1e6:.0f} MB is the "
        "most that opens well. "
    )
    if fits >= _FRAMES:
        sentence += f"Analyze {fits} frames instead of {frames}"
        sentence += ", or leave out a model (--models)." if models > 1 else "."
    else:
        sentence += "Smaller models or a smaller part of the picture would fit."
    return OptionError(sentence)


def _of_models(manifest: dict[str, Any], models: Sequence[str] | None) -> dict[str, Any]:
    """Return the manifest with these models alone, in the order of the run."""
    if models is None:
        return manifest
    names = [entry["name"] for entry in manifest["models"]]
    for name in models:
        if name not in names:
            raise OptionError(f"This run has no model {name!r}; it has {', '.join(names)}.")
    if not models:
        raise OptionError(f"Name at least one of the models {', '.join(names)}.")
    gone = [name for name in names if name not in models]
    return manifest | {
        "models": [entry for entry in manifest["models"] if entry["name"] in models],
        "attributions": [a for a in manifest["attributions"] if a["model"] in models],
        "arrays": {
            name: entry
            for name, entry in manifest["arrays"].items()
            if not name.startswith(tuple(f"{model}/" for model in gone))
        },
    }


def _first(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the artifacts that the first picture needs."""
    frame = manifest["files"][f"frame/{manifest['opening_frame']:04d}"]
    ends = tuple(f"/{axis}/{name}" for axis in ("spatial", "joint") for name in _SHOWN)
    return [frame, *(a for name, a in manifest["arrays"].items() if name.endswith(ends))]


def _references(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from manifest["arrays"].values()
    yield from manifest["files"].values()
    for attribution in manifest["attributions"]:
        yield attribution["arrays"]["map"]
