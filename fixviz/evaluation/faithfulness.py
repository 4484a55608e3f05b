"""Measure whether a map of a model names the patches that its answer depends on, over many clips."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.attribution.catalog import METHODS
from fixviz.analysis.attribution.faithfulness import RANDOM_ORDERS, STEPS, derive_faithfulness
from fixviz.analysis.derived import Subject
from fixviz.errors import OptionError
from fixviz.evaluation.accuracy import frame_size, unseen_clips
from fixviz.evaluation.checkpoints import circumstances, describe
from fixviz.evaluation.intervals import mean_over_clips
from fixviz.evaluation.results import Entry
from fixviz.model.checkpoints import load_model
from fixviz.model.config import read_config, resolve_checkpoint
from fixviz.model.transformer import VideoTransformer

DEFAULT_MAP: Final = "attention_received"
KINDS: Final = ("deletion", "insertion")


def measure_faithfulness(
    models: Sequence[str],
    presets: Sequence[str] = ("standard",),
    clips: int = 30,
    seed: int = 0,
    method: str = DEFAULT_MAP,
    device: str = "auto",
    *,
    known: Sequence[Entry] = (),
    report: Callable[[str], None] = lambda line: None,
) -> Iterator[Entry]:
    """Yield one entry for each preset and model as soon as it is measured.

    models: names of shipped checkpoints or folders. known: entries that were measured before; what they
    say of the same weights, clips and map is yielded again instead of being measured. Clips are the first
    ones of `fixviz.evaluation.measure`, at the model's own frame size. Deletion and insertion are those of
    fixviz.analysis.attribution.faithfulness: for the class that the model predicts, with a map by `method`.

    An entry has `figures`: for each of deletion and insertion the `area`, that of `random` orders of
    the patches, and the `gain` over these (positive: the map knows something), each with mean, low and
    high over clips (95 % bootstrap interval); and `better`, in how many clips the map beats every
    random order. Raises as `load_model` does, and OptionError for an unknown method, no clips, or a model
    that the generated clips do not fit.
    """
    if method not in METHODS:
        raise OptionError(f"There is no map {method!r}; there are {', '.join(METHODS)}.")
    if clips < 1:
        raise OptionError("Faithfulness needs at least 1 clip.")
    infos = [read_config(resolve_checkpoint(name)) for name in models]
    loaded = [load_model(info.folder, device) for info in infos]
    for preset in presets:
        for info, model in zip(infos, loaded, strict=True):
            height, width = frame_size(model, None)
            asked: dict[str, Any] = {
                **{"preset": preset, "clips": clips, "seed": seed},
                **{"height": height, "width": width, "map": method},
                **{"target": "predicted", "steps": STEPS, "random_orders": RANDOM_ORDERS},
            }
            wanted = describe(info) | asked
            found = next(
                (e for e in known if all(e.get(k) == v for k, v in wanted.items())),
                None,
            )
            if found is None:
                what = f"{info.name}, {preset}"

                def step(done: int, what: str = what) -> None:
                    report(f"{what}: {done} of {clips} clips")

                found = (
                    wanted | _figures(model, preset, clips, seed, method, step) | circumstances()
                )
            yield found


def _figures(
    model: VideoTransformer,
    preset: str,
    clips: int,
    seed: int,
    method: str,
    step: Callable[[int], None],
) -> Entry:
    columns: dict[str, list[float]] = {f"{kind}_{part}": [] for kind in KINDS for part in _PARTS}
    better = dict.fromkeys(KINDS, 0)
    done = 0
    for drawn in unseen_clips(model, preset, clips, seed, None):
        pixels = (drawn.pixels * 255).round().byte().permute(0, 1, 3, 4, 2).cpu().numpy()
        for frames in pixels[: clips - done]:
            # A seed of its own for each clip, so that no one order counts for all of them.
            arguments = {"method": method, "seed": done}
            found = derive_faithfulness(Subject(model, frames), arguments).description
            for kind in KINDS:
                for part, value in _parts(found[kind], kind).items():
                    columns[f"{kind}_{part}"].append(value)
                better[kind] += found[kind]["verdict"] == "better than random"
            done += 1
            step(done)
    figures = {name: _summary(np.array(values)) for name, values in columns.items()}
    return {"figures": figures, "better": better}


_PARTS: Final = ("area", "random", "gain")


def _parts(found: dict[str, Any], kind: str) -> dict[str, float]:
    area, random = float(found["area"]), float(found["random_mean"])
    return {
        "area": area,
        "random": random,
        "gain": random - area if kind == "deletion" else area - random,
    }


def _summary(values: NDArray[np.float64]) -> dict[str, float | None]:
    found = mean_over_clips(values)
    assert found is not None
    return {
        name: None if value is None else round(value, 5) for name, value in found._asdict().items()
    }
