"""What people hand in as a checkpoint, sorted out: a ZIP, single files, or a file of the authors.

Nothing in a ZIP is trusted: not its names (they never become paths here), not its sizes (they are
counted while reading), and nothing but the three files of a checkpoint is ever decompressed.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fixviz.errors import CheckpointError

OFFICIAL_TYPES = (".pth", ".pyth", ".pt")
WANTED = (
    "a ZIP of a checkpoint folder, config.json with a .safetensors file, "
    "or one of the authors' .pth files"
)
_WEIGHTS, _CONFIG, _CARD = "model.safetensors", "config.json", "card.md"
_MOST_ENTRIES = 1000
_TEXT_BYTES = 2_000_000
_CHUNK = 1 << 20


@dataclass(frozen=True)
class HandedIn:
    """One file as it was handed in: its name for show, and where it lies."""

    name: str
    path: str


@dataclass(frozen=True)
class Parts:
    """The parts of a checkpoint that have been found."""

    source: str
    """Name of the file that holds the weights, for messages."""
    weights: Path
    config: Path | None
    """Always there unless `official`."""
    card: Path | None
    official: bool
    """Whether the weights are a file of the authors, to be imported."""


def find_parts(files: Sequence[HandedIn], folder: Path, most_bytes: int) -> Parts:
    """The parts of the one checkpoint in `files`; ZIPs are unpacked into `folder`, which exists.

    Raises CheckpointError that names the file and what is wrong with it.
    """
    by_type: dict[str, list[HandedIn]] = {}
    for file in files:
        by_type.setdefault(Path(file.name).suffix.lower(), []).append(file)
    zips, configs = by_type.pop(".zip", []), by_type.pop(".json", [])
    weights = by_type.pop(".safetensors", [])
    official = [file for kind in OFFICIAL_TYPES for file in by_type.pop(kind, [])]
    cards = by_type.pop(".md", [])
    if by_type:
        other = next(iter(by_type.values()))[0]
        raise CheckpointError(f"'{other.name}' is not part of a checkpoint; choose {WANTED}.")
    if len(zips) + len(weights) + len(official) != 1 or len(configs) > 1 or len(cards) > 1:
        raise CheckpointError(f"Choose the files of exactly one checkpoint: {WANTED}.")
    if zips:
        if configs or cards:
            raise CheckpointError("Choose the ZIP alone; it holds config.json itself.")
        return unpack_zip(zips[0], folder, most_bytes)
    main = (weights or official)[0]
    if weights and not configs:
        raise CheckpointError(
            f"'{main.name}' comes without its configuration; choose config.json together with it."
        )
    for text in (*configs, *cards):
        if Path(text.path).stat().st_size > _TEXT_BYTES:
            raise CheckpointError(f"'{text.name}' is larger than {_TEXT_BYTES // 10**6} MB.")
    if official:
        _check_torch_file(main, most_bytes)
    return Parts(
        source=main.name,
        weights=Path(main.path),
        config=Path(configs[0].path) if configs else None,
        card=Path(cards[0].path) if cards else None,
        official=bool(official),
    )


def unpack_zip(file: HandedIn, folder: Path, most_bytes: int) -> Parts:
    """The checkpoint folder inside a ZIP, at its top or one folder down.

    Raises CheckpointError for a damaged ZIP, names that lead outside, links, encryption, and for
    more than `most_bytes` of weights.
    """
    try:
        with zipfile.ZipFile(file.path) as archive:
            members = _members(file.name, archive)
            limits = {_CONFIG: _TEXT_BYTES, _WEIGHTS: most_bytes, _CARD: _TEXT_BYTES}
            found = {}
            for name, info in members.items():
                found[name] = folder / name
                _extract(file.name, archive, info, found[name], limits[name])
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError),
        *(NotImplementedError, ValueError, UnicodeError),
    ) as error:
        raise CheckpointError(f"'{file.name}' is not a ZIP that can be read ({error}).") from None
    return Parts(file.name, found[_WEIGHTS], found[_CONFIG], found.get(_CARD), official=False)


def _members(source: str, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of the checkpoint by their plain names, after a look at all names."""
    entries = archive.infolist()
    if len(entries) > _MOST_ENTRIES:
        raise CheckpointError(f"'{source}' holds {len(entries)} files; a checkpoint has three.")
    members: dict[str, zipfile.ZipInfo] = {}
    for info in entries:
        path = PurePosixPath(info.filename)
        if (
            "\\" in info.filename
            or ":" in info.filename
            or path.is_absolute()
            or ".." in path.parts
        ):
            raise CheckpointError(
                f"'{source}' holds the name '{_shown(info.filename)}', which leads outside of it; "
                "pack the folder again."
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            raise CheckpointError(
                f"'{source}': '{_shown(info.filename)}' is a link; pack the file itself."
            )
        if path.name not in (_WEIGHTS, _CONFIG, _CARD) or info.is_dir() or len(path.parts) > 2:
            continue
        if info.flag_bits & 1:
            raise CheckpointError(f"'{source}' is encrypted; pack it without a password.")
        if path.name in members:
            raise CheckpointError(
                f"'{source}' holds {path.name} more than once; pack one checkpoint folder only."
            )
        members[path.name] = info
    for name in (_CONFIG, _WEIGHTS):
        if name not in members:
            torch_file = any(PurePosixPath(i.filename).name == "data.pkl" for i in entries)
            hint = (
                " It looks like a torch file: rename it to .pth if it is one of the authors'."
                if torch_file
                else " Pack a folder that holds config.json and model.safetensors."
            )
            raise CheckpointError(f"'{source}' has no {name}.{hint}")
    if len({PurePosixPath(info.filename).parent for info in members.values()}) > 1:
        raise CheckpointError(
            f"'{source}' holds config.json and model.safetensors in different folders."
        )
    return members


def _extract(
    source: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, most_bytes: int
) -> None:
    written = 0
    with archive.open(info) as packed, target.open("xb") as file:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            # Counted, not taken from the header: a bomb states what it likes.
            if written > most_bytes:
                raise too_large(f"{target.name} in '{source}'", most_bytes)
            file.write(chunk)


def _check_torch_file(file: HandedIn, most_bytes: int) -> None:
    """Refuse a torch file (a ZIP in newer versions) that would unpack to more than it may."""
    if not zipfile.is_zipfile(file.path):
        return
    try:
        with zipfile.ZipFile(file.path) as archive:
            total = sum(info.file_size for info in archive.infolist())
            packed = any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise CheckpointError(f"'{file.name}' is damaged ({error}); copy it again.") from None
    if packed:
        raise CheckpointError(
            f"'{file.name}' is compressed, which torch never does; use the original file."
        )
    if total > most_bytes:
        raise too_large(f"'{file.name}'", most_bytes)


def too_large(what: str, most_bytes: int) -> CheckpointError:
    """The error for something over the limit on checkpoints."""
    return CheckpointError(
        f"{what} is larger than the limit of {most_bytes // 10**6} MB (FIXVIZ_MAX_CHECKPOINT_MB)."
    )


def _shown(name: str) -> str:
    return "".join(c for c in name if c.isprintable())[:80]
