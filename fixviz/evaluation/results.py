"""Read and write the results file. Free of torch.

It has one entry for each checkpoint, preset, frame size and pair of seeds:

    {"schema": 1, "entries": [{
      "checkpoint": "fixation", "title": "...", "sha256": "...", "fixation": "cooperative", ...
      "training": {"recipe": "small", "seed": 0, "steps": 1500},
      "preset": "standard", "height": 64, "width": 64, "seed": 0, "clips": 600, (what was asked)
      "accuracy": 0.98, "hits": "f7...", "labels": "0e...", "answers": "0e...", ...,
      "layers": [...], "cost": {...}, (what was measured)
      "date": "2026-01-01", "fixviz": "0.1.0", "torch": "2.13.0"}],
     "motion": [{"checkpoint": "fixation", ..., "video": "demo.mp4", "frames": 80,
      "agreement": {"spatial": [one a layer], "temporal": [...]}, "attended": {...}, ...}],
     "masked": [{"checkpoint": "fixation", ..., "masks": "davis", "rate": 24.0, "figures": {...},
      "chances": {...}, "above_uniform": 9, "minus": {"linear": {...}}, "sequences": [{...}], ...}],
     "faithfulness": [{"checkpoint": "fixation", ..., "preset": "standard", "seed": 0, "clips": 30,
      "map": "attention_received", "figures": {...}, ...}]}

fixviz.evaluation.measure, real_video, masked_video and faithfulness describe the measured values.
"""

from __future__ import annotations

import json
import string
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.errors import OptionError, StorageError

SCHEMA = 1
Z95 = 1.959964
"""Standard deviations around the mean within which 95 % of a normal distribution lie."""
Entry = dict[str, Any]
DIGITS = string.digits + string.ascii_lowercase
"""Which digit stands for which class in labels and answers."""


def entry_key(entry: Entry) -> tuple[Any, ...]:
    """Return what two entries have in common when the newer replaces the older: all but the weights."""
    return (*_training(entry), *(entry[k] for k in ("preset", "height", "width", "seed")))


def pack_hits(hits: Sequence[bool]) -> str:
    """Return which clips were answered right, eight to a byte, as hexadecimal digits."""
    return np.packbits(np.asarray(hits, bool)).tobytes().hex()


def hits_of(entry: Entry) -> NDArray[np.uint8]:
    """Return [clips], 1 for a clip answered right. Raises OptionError where the entry lacks it."""
    if "hits" not in entry:
        raise OptionError(
            f"The results of {entry['checkpoint']} do not say which clips were answered right; measure"
            " it again with fixviz evaluate."
        )
    packed = np.frombuffer(bytes.fromhex(entry["hits"]), np.uint8)
    return np.unpackbits(packed, count=entry["clips"])


def pack_answers(classes: Sequence[int]) -> str:
    """Return the class of each clip as one digit of base 36, so of 36 classes at most."""
    return "".join(DIGITS[number] for number in classes)


def answers_of(entry: Entry) -> list[int] | None:
    """Return what the model says of each clip, as a class number; None where the entry lacks it."""
    return _unpacked(entry, "answers")


def labels_of(entry: Entry) -> list[int] | None:
    """Return what each clip shows, as a class number; None where the entry lacks it."""
    return _unpacked(entry, "labels")


def _unpacked(entry: Entry, name: str) -> list[int] | None:
    return [DIGITS.index(digit) for digit in entry[name]] if name in entry else None


def read_results(path: Path) -> list[Entry]:
    """Return the entries of a results file. Raises OptionError when it is not one."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        schema, entries = values["schema"], values["entries"]
        if schema != SCHEMA:
            raise ValueError(f"schema {schema} instead of {SCHEMA}")
        for entry in entries:
            entry_key(entry)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OptionError(
            f"{path} is not a results file of fixviz evaluate ({error}); write a new one with --out."
        ) from None
    return list(entries)


def read_motion(path: Path) -> list[Entry]:
    """Return the motion entries of a results file. Raises OptionError when it is not one."""
    return _further(path, "motion")


def read_masked(path: Path) -> list[Entry]:
    """Return the entries on masked video of a results file. Raises OptionError when it is not one."""
    return _further(path, "masked")


def read_faithfulness(path: Path) -> list[Entry]:
    """Return the entries on faithfulness of a results file. Raises OptionError when it is not one."""
    return _further(path, "faithfulness")


def _further(path: Path, section: str) -> list[Entry]:
    read_results(path)
    return list(json.loads(path.read_text(encoding="utf-8")).get(section, ()))


def motion_key(entry: Entry) -> tuple[Any, ...]:
    """Return what two motion entries have in common when the newer replaces the older."""
    return *_training(entry), entry["video"]


def masked_key(entry: Entry) -> tuple[Any, ...]:
    """Return what two entries on masked video have in common when the newer replaces the older."""
    return *_training(entry), entry["masks"], shown_size(entry)


def faithfulness_key(entry: Entry) -> tuple[Any, ...]:
    """Return what two entries on faithfulness have in common when the newer replaces the older."""
    return *_training(entry), *(entry[k] for k in ("preset", "height", "width", "seed", "map"))


def shown_size(entry: Entry) -> int:
    """Return the short side in pixels of the frames that a model saw in masked video."""
    # Entries of earlier versions are at the model's own size, and do not say so.
    return int(entry["short_side"] if "short_side" in entry else entry["image_size"])


def _training(entry: Entry) -> tuple[Any, ...]:
    return entry["checkpoint"], *(entry["training"][k] for k in ("recipe", "seed", "steps"))


def trained_sizes(entries: Sequence[Entry]) -> list[int]:
    """Return the frame sizes at which models were trained, ascending: one for each set of models."""
    return sorted({int(e["image_size"]) for e in entries})


def own_size(entries: Sequence[Entry], trained_at: int | None = None) -> list[Entry]:
    """Return the entries at the frame size that their model was trained at.

    Of one set of models, which only compare with each other: those trained at `trained_at` pixels, or
    at the smallest size of all.
    """
    size = next(iter(trained_sizes(entries)), None) if trained_at is None else trained_at
    return [e for e in entries if e["height"] == e["width"] == e["image_size"] == size]


def by_training(entries: Sequence[Entry]) -> tuple[dict[str, list[Entry]], dict[int, list[Entry]]]:
    """Return the entries with the most training steps by preset, and the others by their steps."""
    longest, shorter = {}, defaultdict[int, list[Entry]](list)
    for preset in presets_of(entries):
        group = [e for e in entries if e["preset"] == preset]
        most = max(steps_of(e) for e in group)
        longest[preset] = [e for e in group if steps_of(e) == most]
        for entry in group:
            if steps_of(entry) < most:
                shorter[steps_of(entry)].append(entry)
    return longest, shorter


def steps_of(entry: Entry) -> int:
    """Return the number of training steps; 0 where the entry does not say."""
    return entry["training"].get("steps") or 0


def presets_of(entries: Sequence[Entry]) -> list[str]:
    """Return the presets of the entries, each once, in their order."""
    return list(dict.fromkeys(e["preset"] for e in entries))


def merge_results(
    old: Sequence[Entry],
    new: Sequence[Entry],
    key: Callable[[Entry], tuple[Any, ...]] = entry_key,
) -> list[Entry]:
    """Return the old entries, replaced by new ones of the same key, and other new ones at the end."""
    merged = {key(entry): entry for entry in old}
    merged.update((key(entry), entry) for entry in new)
    return list(merged.values())


def write_results(
    path: Path,
    entries: Sequence[Entry],
    motion: Sequence[Entry] = (),
    masked: Sequence[Entry] = (),
    faithfulness: Sequence[Entry] = (),
) -> None:
    """Write a results file, as a whole or not at all. Raises StorageError."""
    values: dict[str, Any] = {"schema": SCHEMA, "entries": list(entries)}
    further = {"motion": motion, "masked": masked, "faithfulness": faithfulness}
    values |= {name: list(part) for name, part in further.items() if part}
    text = json.dumps(values, indent=1) + "\n"
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise StorageError(f"The results could not be written to {path} ({error}).") from None
