"""Which files of a checkpoint folder hold its weights: one file, or shards that belong together.

Free of torch. A shard is one of several files, called NAME-00001-of-00003.safetensors, over which
Hugging Face's libraries spread a large checkpoint; NAME.safetensors.index.json lists them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from pathlib import Path

from fixviz.errors import CheckpointError
from fixviz.model.quoting import quoted, shortened

TORCH_SUFFIXES = (".pth", ".pyth", ".pt", ".bin", ".ckpt", ".pth.tar")
"""Endings of files that torch.save wrote."""
SUFFIXES = (".safetensors", *TORCH_SUFFIXES)
"""Endings of files with weights."""
INDEX_SUFFIX = ".index.json"
USUAL = ("model.safetensors", "pytorch_model.bin")
"""What a checkpoint's one file of weights is called."""
_SHARD = re.compile(r"(?P<stem>.+)-(?P<number>\d{2,6})-of-(?P<total>\d{2,6})(?P<suffix>\.\w+)")
_MOST_SHARDS = 1000
_MOST_NAMED = 3


def is_torch(name: str) -> bool:
    """Tell whether a file of that name was written by torch.save, not by safetensors."""
    return name.lower().endswith(TORCH_SUFFIXES)


def weight_files(folder: Path) -> tuple[Path, ...]:
    """Return the files that together hold the weights of the checkpoint in `folder`.

    Raises CheckpointError when there are none, when a shard is missing, or when it is not clear
    which file counts; the sentence names the files.
    """
    try:
        names = [path.name for path in folder.iterdir() if path.is_file()]
        chosen = choose_weights(names, lambda name: (folder / name).read_bytes())
    except OSError as error:
        raise CheckpointError(f"{folder.name} cannot be read ({error}).") from None
    if not chosen:
        raise CheckpointError(f"{folder.name}/model.safetensors is missing.")
    return tuple(folder / name for name in chosen)


def choose_weights(names: Collection[str], read: Callable[[str], bytes]) -> tuple[str, ...]:
    """Return those of the file names of one folder that together hold the weights, or none.

    In this order: model.safetensors; the shards of an index; shards without an index; the only
    .safetensors file; then the same for torch's files. read: gives the content of an index.
    Raises CheckpointError as `weight_files` does.
    """
    names = [
        name for name in names if not name.startswith(".")
    ]  # ._NAME lies beside NAME on macOS.
    kinds = (
        [name for name in names if name.lower().endswith(".safetensors")],
        [name for name in names if is_torch(name)],
    )
    for usual, found in zip(USUAL, kinds, strict=True):
        for name in found:
            if name.lower() == usual:
                return (name,)
        kind = usual.rpartition(".")[2]
        indices = [n for n in names if re.search(rf"\.{kind}\.index(\.\w+)?\.json$", n.lower())]
        if len(indices) > 1:
            raise _unclear(indices)
        if indices:
            return _listed(indices[0], read(indices[0]), found)
        if shards := [name for name in found if _SHARD.fullmatch(name)]:
            return _complete(shards)
        if len(found) > 1:
            raise _unclear(found)
        if found:
            return (found[0],)
    return ()


def is_index(name: str) -> bool:
    """Tell whether a file of that name lists shards."""
    return re.search(r"\.index(\.\w+)?\.json$", name.lower()) is not None


def _listed(index: str, content: bytes, names: Collection[str]) -> tuple[str, ...]:
    """Return the shards that an index lists, all of which are in `names`."""
    try:
        shards = sorted(set(json.loads(content)["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CheckpointError(
            f"'{index}' is not an index of shards: it needs a \"weight_map\" from tensors to files."
        ) from None
    by_name = {name.lower(): name for name in names}
    for shard in shards:
        if (
            not isinstance(shard, str)
            or re.search(r"[/\\:\x00]", shard)
            or shard in ("", ".", "..")
        ):
            raise CheckpointError(
                f"'{index}' lists {quoted(shard)}, which is not the name of a file beside it."
            )
    if not shards or len(shards) > _MOST_SHARDS:
        raise CheckpointError(
            f"'{index}' lists {len(shards)} files; 1 to {_MOST_SHARDS} can be read."
        )
    missing = [shard for shard in shards if shard.lower() not in by_name]
    if missing:
        raise CheckpointError(
            f"'{index}' lists {len(shards)} files, and {_named(missing)} missing; "
            "a checkpoint in shards needs all of them."
        )
    return tuple(by_name[shard.lower()] for shard in shards)


def _complete(shards: Collection[str]) -> tuple[str, ...]:
    """Return the shards in order, all of one checkpoint and none missing."""
    parts = {name: match for name in shards if (match := _SHARD.fullmatch(name))}
    sets = {(match["stem"], match["total"], match["suffix"]) for match in parts.values()}
    if len(sets) > 1:
        raise _unclear(sorted(parts))
    ((stem, total, suffix),) = sets
    if int(total) > _MOST_SHARDS:
        raise CheckpointError(
            f"'{next(iter(parts))}' is one of {int(total)} shards; that is too many."
        )
    wanted = [f"{stem}-{n:0{len(total)}d}-of-{total}{suffix}" for n in range(1, int(total) + 1)]
    missing = [name for name in wanted if name not in parts]
    if missing:
        raise CheckpointError(
            f"'{sorted(parts)[0]}' is one of {int(total)} shards, and {_named(missing)} missing; "
            "a checkpoint in shards needs all of them."
        )
    return tuple(wanted)


def _named(names: list[str]) -> str:
    """Return the first names with the matching verb."""
    more = len(names) - _MOST_NAMED
    shown = ", ".join(map(shortened, names[:_MOST_NAMED])) + (
        f" and {more} more" if more > 0 else ""
    )
    return f"{shown} {'is' if len(names) == 1 else 'are'}"


def _unclear(names: Collection[str]) -> CheckpointError:
    shown = ", ".join(map(shortened, sorted(names)[:_MOST_NAMED]))
    return CheckpointError(
        f"Several files may be the weights ({shown}); leave one checkpoint there, or call its file "
        "model.safetensors."
    )
