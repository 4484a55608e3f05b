"""Find the parts of a checkpoint in what was loaded: a ZIP, single files, or a file of the authors.

Nothing in a ZIP is trusted. Its names never become paths here, its sizes are counted while reading,
and only the files of a checkpoint are decompressed.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fixviz.errors import CheckpointError
from fixviz.media.clutter import clutter
from fixviz.model.weight_files import SUFFIXES, USUAL, choose_weights, is_index, is_torch

WANTED = (
    "a ZIP of a checkpoint folder, config.json with the .safetensors file (or all of its shards), "
    "or one of the authors' .pth files"
)
_CONFIG, _CARD = "config.json", "card.md"
_MOST_ENTRIES = 1000
_TEXT_BYTES = 2_000_000
_CARD_BYTES = 200_000
"""A page shows the whole card."""
_CHUNK = 1 << 20


@dataclass(frozen=True)
class HandedIn:
    """Name one loaded file: its own name, for messages, and the path of its copy."""

    name: str
    path: str


@dataclass(frozen=True)
class Parts:
    """Hold the parts of a checkpoint that were found."""

    source: str
    """Name of the loaded file that held the weights, for messages."""
    weights: tuple[HandedIn, ...]
    """One file of weights, or all shards."""
    config: HandedIn | None
    """The file with the configuration; never None with safetensors files."""
    card: HandedIn | None

    @property
    def torch(self) -> bool:
        """Whether torch.save wrote the weights; then they may be the authors'."""
        return is_torch(self.weights[0].name)


def find_parts(files: Sequence[HandedIn], folder: Path, most_bytes: int) -> Parts:
    """Return the parts of the one checkpoint in `files`. A ZIP is unpacked into the existing `folder`.

    Raises CheckpointError that names the file and what is wrong with it.
    """
    files = [file for file in files if clutter(file.name) is None]
    zips = [file for file in files if file.name.lower().endswith(".zip")]
    if not zips:
        return _sort(files, most_bytes)
    if len(zips) > 1 or any(_is_weights(file.name) for file in files):
        raise CheckpointError(f"Choose the files of exactly one checkpoint: {WANTED}.")
    if len(files) > 1:
        raise CheckpointError("Choose the ZIP alone; it holds config.json itself.")
    return unpack_zip(zips[0], folder, most_bytes)


def unpack_zip(file: HandedIn, folder: Path, most_bytes: int) -> Parts:
    """Unpack the one checkpoint folder of a ZIP, at any depth, and return its parts.

    Raises CheckpointError for a damaged ZIP, names that lead outside, links, encryption, and for
    more than `most_bytes` of weights.
    """
    try:
        with zipfile.ZipFile(file.path) as archive:
            left = most_bytes
            found = []
            for number, (name, info) in enumerate(_members(file.name, archive).items()):
                target = folder / f"unpacked-{number}"
                limit = most_bytes if _is_weights(name) else _TEXT_BYTES
                error = too_large(f"{name} in '{file.name}'", limit)
                with target.open("xb") as opened:
                    for chunk in _content(archive, info, min(left, limit), error):
                        left -= len(chunk)
                        opened.write(chunk)
                found.append(HandedIn(name, str(target)))
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError),
        *(NotImplementedError, ValueError, UnicodeError),
    ):
        raise CheckpointError(
            f"'{file.name}' is not a ZIP that can be read: it is damaged, cut off, or something else; "
            "pack it again."
        ) from None
    return _sort(found, most_bytes, file.name)


def _sort(files: Sequence[HandedIn], most_bytes: int, source: str = "") -> Parts:
    """Return the parts of the checkpoint that consists of these files. source: the ZIP that held them."""
    by_name = {file.name: file for file in files}
    weights = [name for name in by_name if _is_weights(name)]
    indices = [name for name in by_name if is_index(name)]
    cards = [name for name in by_name if name.lower().endswith(".md")]
    configs = [n for n in by_name if n.lower().endswith(".json") and n not in indices]
    for name in by_name.keys() - {*weights, *indices, *cards, *configs}:
        raise CheckpointError(f"'{name}' is not part of a checkpoint; choose {WANTED}.")
    for name in (*indices, *cards, *configs):
        most = _CARD_BYTES if name in cards else _TEXT_BYTES
        if Path(by_name[name].path).stat().st_size > most:
            raise CheckpointError(f"'{name}' is larger than {most / 10**6:g} MB.")
    chosen = choose_weights(by_name, lambda name: Path(by_name[name].path).read_bytes())
    double = len(by_name) < len(files) or len(configs) > 1 or len(cards) > 1
    if double or not chosen or len(chosen) < len(weights):
        raise CheckpointError(f"Choose the files of exactly one checkpoint: {WANTED}.")
    if not configs and not is_torch(chosen[0]):
        raise CheckpointError(
            f"'{chosen[0]}' comes without its configuration; choose config.json together with it."
        )
    for name in filter(is_torch, chosen):
        _check_torch_file(by_name[name], most_bytes)
    return Parts(
        source=source or chosen[0],
        weights=tuple(by_name[name] for name in chosen),
        config=by_name[configs[0]] if configs else None,
        card=by_name[cards[0]] if cards else None,
    )


def _members(source: str, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the ZIP's entries of the checkpoint by file name. Raises CheckpointError for bad names."""
    entries = archive.infolist()
    if len(entries) > _MOST_ENTRIES:
        raise CheckpointError(f"'{source}' holds {len(entries)} files; a checkpoint has a few.")
    folders: dict[PurePosixPath, dict[str, zipfile.ZipInfo]] = {}
    for info in entries:
        # Programs for Windows may separate folders with backslashes.
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if ":" in info.filename or path.is_absolute() or ".." in path.parts:
            raise CheckpointError(
                f"'{source}' holds the name '{_shown(info.filename)}', which leads outside of it; "
                "pack the folder again."
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            raise CheckpointError(
                f"'{source}': '{_shown(info.filename)}' is a link; pack the file itself."
            )
        name = path.name.lower() if path.name.lower() in (_CONFIG, _CARD, *USUAL) else path.name
        if not (name in (_CONFIG, _CARD) or is_index(name) or _is_weights(name)):
            continue
        if info.filename.endswith(("/", "\\")) or any(map(clutter, path.parts)):
            continue
        if name in folders.setdefault(path.parent, {}):
            raise CheckpointError(
                f"'{source}' holds {_shown(name)} more than once; pack one checkpoint folder only."
            )
        folders[path.parent][name] = info
    found = _checkpoint_folder(source, folders, archive)
    if any(info.flag_bits & 1 for info in found.values()):
        raise CheckpointError(f"'{source}' is encrypted; pack it without a password.")

    def read(name: str) -> bytes:
        error = too_large(f"{name} in '{source}'", _TEXT_BYTES)
        return b"".join(_content(archive, found[name], _TEXT_BYTES, error))

    chosen = choose_weights(found, read)
    return {name: found[name] for name in found if name in chosen or not _is_weights(name)}


def _checkpoint_folder(
    source: str,
    folders: Mapping[PurePosixPath, dict[str, zipfile.ZipInfo]],
    archive: zipfile.ZipFile,
) -> dict[str, zipfile.ZipInfo]:
    """Return the entries of the one folder that holds a checkpoint.

    That is a folder with config.json and weights, or with weights of torch alone.
    """
    whole = [
        names for names in folders.values() if _CONFIG in names and any(map(_is_weights, names))
    ]
    bare = [names for names in folders.values() if any(map(is_torch, names))]
    configs = [names for names in folders.values() if _CONFIG in names]
    if len(whole) > 1:
        raise CheckpointError(
            f"'{source}' holds {len(whole)} folders with a checkpoint; pack one of them only."
        )
    if whole:
        return whole[0]
    if len(bare) == 1 and not configs:
        return bare[0]
    weights = [names for names in folders.values() if any(map(_is_weights, names))]
    if configs and weights:
        raise CheckpointError(f"'{source}' holds config.json and the weights in different folders.")
    torch_file = any(PurePosixPath(i.filename).name == "data.pkl" for i in archive.infolist())
    hint = (
        " It looks like a torch file: rename it to .pth if it is one of the authors'."
        if torch_file
        else " Pack a folder that holds config.json and model.safetensors."
    )
    raise CheckpointError(f"'{source}' has no {USUAL[0] if configs else _CONFIG}.{hint}")


def _content(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, most_bytes: int, error: CheckpointError
) -> Iterator[bytes]:
    """Yield the content of an entry in pieces; raise `error` once it is more than `most_bytes`."""
    read = 0
    with archive.open(info) as packed:
        while chunk := packed.read(_CHUNK):
            read += len(chunk)
            # Counted, since the size in the header may be false.
            if read > most_bytes:
                raise error
            yield chunk


def _is_weights(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def _check_torch_file(file: HandedIn, most_bytes: int) -> None:
    """Raise CheckpointError for a torch file (a ZIP) that would unpack to more than `most_bytes`."""
    if not zipfile.is_zipfile(file.path):
        return
    try:
        with zipfile.ZipFile(file.path) as archive:
            total = sum(info.file_size for info in archive.infolist())
            program = any("/code/" in info.filename for info in archive.infolist())
            packed = any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise CheckpointError(f"'{file.name}' is damaged; copy it again.") from None
    if program:
        raise CheckpointError(
            f"'{file.name}' is a TorchScript program; save model.state_dict() instead."
        )
    if packed:
        raise CheckpointError(
            f"'{file.name}' is compressed, which torch never does; use the original file."
        )
    if total > most_bytes:
        raise too_large(f"'{file.name}'", most_bytes)


def too_large(what: str, most_bytes: int) -> CheckpointError:
    """Return the error for a file over the limit on checkpoints."""
    return CheckpointError(
        f"{what} is larger than the limit of {most_bytes // 10**6} MB (FIXVIZ_MAX_CHECKPOINT_MB)."
    )


def _shown(name: str) -> str:
    return "".join(c for c in name if c.isprintable())[:80]
