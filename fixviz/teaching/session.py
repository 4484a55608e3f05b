"""One training: every model learns the classes of a set, and what comes of it is written to its folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.maps import model_maps
from fixviz.model.checkpoints import load_model, save_checkpoint
from fixviz.model.transformer import VideoTransformer
from fixviz.teaching.examples import ExampleSet
from fixviz.teaching.learning import LearnedClip, Point, Taught, answer, teach
from fixviz.teaching.outcome import (
    Answer,
    CurvePoint,
    ModelOutcome,
    Outcome,
    checkpoint_folder,
    map_file,
    read_outcome,
    write_outcome,
    write_progress,
)
from fixviz.teaching.split import held_out

SECONDS_PER_MODEL: Final = 18.0
"""About how long a model learns; on slow machines it takes fewer steps."""
_LEARNED: Final = 0.85
"""Share of a model's progress that learning makes up; the rest is looking at the clips held out."""


@dataclass(frozen=True)
class Backbone:
    """A trained model to start from."""

    name: str
    title: str
    model: VideoTransformer


Progress = Callable[[float, str], None]


def train(
    taught_set: ExampleSet,
    frames: Mapping[str, NDArray[np.uint8]],
    backbones: Sequence[Backbone],
    folder: Path,
    *,
    progress: Progress,
    should_stop: Callable[[], None],
) -> Outcome:
    """Teach every backbone the classes of the set, and write what comes of it into `folder`.

    frames: of each clip by its id. What an earlier training wrote is replaced at the end; one that is
    stopped leaves it. Raises what should_stop raises, StorageError, OSError.
    """
    aside = held_out([[clip.id for clip in one.clips] for one in taught_set.classes])
    labels = {
        clip.id: number for number, one in enumerate(taught_set.classes) for clip in one.clips
    }
    clips = [LearnedClip(frames[i], label, i in aside) for i, label in labels.items()]
    asked = [i for i in labels if i in aside]
    names = [one.name for one in taught_set.classes]
    work = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(work, ignore_errors=True)
    (work / "maps").mkdir(parents=True)
    folder.mkdir(exist_ok=True)
    curves: dict[str, list[CurvePoint]] = {backbone.name: [] for backbone in backbones}
    planned: dict[str, int] = {}
    write_progress(folder, curves, planned)
    outcomes = []
    for number, backbone in enumerate(backbones):

        def part(share: float, number: int = number, backbone: Backbone = backbone) -> None:
            progress((number + share) / len(backbones), backbone.title)

        def note(point: Point, steps: int, backbone: Backbone = backbone, part=part) -> None:  # type: ignore[no-untyped-def]
            curves[backbone.name].append(CurvePoint(**asdict(point)))
            planned[backbone.name] = steps
            write_progress(folder, curves, planned)
            part(_LEARNED * (0.3 + 0.7 * point.step / steps))

        part(0.0)
        taught = teach(
            backbone.model,
            names,
            clips,
            most_seconds=SECONDS_PER_MODEL,
            on_point=note,
            should_stop=should_stop,
        )
        for done, clip in enumerate(asked):
            should_stop()
            part(_LEARNED + (1 - _LEARNED) * done / len(asked))
            np.save(
                map_file(work, backbone.name, clip), attention_received(taught.model, frames[clip])
            )
        outcomes.append(_outcome(backbone, taught, asked))
        _save(checkpoint_folder(work, backbone.name), backbone, taught, names, outcomes[-1])
    config = backbones[0].model.config
    outcome = Outcome(
        class_names=tuple(names),
        labels=labels,
        held_out=tuple(asked),
        models=tuple(outcomes),
        stride=config.stride,
        image_size=config.image_size,
    )
    write_progress(work, curves, planned)
    write_outcome(work, outcome)
    shutil.rmtree(folder)
    work.rename(folder)
    return outcome


def try_out(
    clip: str,
    frames: NDArray[np.uint8],
    folder: Path,
    *,
    progress: Progress,
    should_stop: Callable[[], None],
) -> Outcome:
    """Ask the models that were taught about one more clip, and write answers and maps into `folder`.

    Raises FileNotFoundError when nothing was taught, CheckpointError, OSError.
    """
    outcome = read_outcome(folder)
    if outcome is None:
        raise FileNotFoundError(folder)
    answers = []
    for number, one in enumerate(outcome.models):
        should_stop()
        progress(number / len(outcome.models), one.title)
        model = load_model(checkpoint_folder(folder, one.name), "cpu")
        answers.append(Answer(clip, _rounded(answer(model, frames))))
        np.save(map_file(folder, one.name, clip), attention_received(model, frames))
    changed = replace(outcome, tried={**outcome.tried, clip: tuple(answers)})
    write_outcome(folder, changed)
    return changed


def attention_received(model: VideoTransformer, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return what Watch shows first: attention received by source, [frames, h, w].

    Of the last layer's spatial attention (joint, where a model has but that), mean of heads; 1 is as much
    as under uniform attention.
    """
    axis = model.config.axes[-1]
    maps = model_maps(model, frames, basics_only=True).arrays[f"{axis}/attention_received/source"]
    return np.asarray(maps[-1].mean(0), np.float32)


def _outcome(backbone: Backbone, taught: Taught, asked: Sequence[str]) -> ModelOutcome:
    return ModelOutcome(
        name=backbone.name,
        title=backbone.title,
        seconds=taught.seconds,
        steps=taught.steps,
        curve=tuple(CurvePoint(**asdict(point)) for point in taught.curve),
        answers=tuple(
            Answer(clip, _rounded(row))
            for clip, row in zip(asked, taught.probabilities, strict=True)
        ),
    )


def _rounded(probabilities: NDArray[np.float32]) -> tuple[float, ...]:
    return tuple(round(float(p), 5) for p in probabilities)


def _save(
    target: Path, backbone: Backbone, taught: Taught, names: Sequence[str], outcome: ModelOutcome
) -> None:
    held = len(outcome.answers)
    text = (
        f"# {backbone.title}, taught\n\n"
        f"Taught in the app, from the checkpoint {backbone.name} of fixviz: {', '.join(names)}.\n\n"
        f"The head learned first, then the last blocks for {taught.steps} steps; {held} clips were held "
        "out. So few clips say little about others; a class is what its examples have in common, and that "
        "may be the background.\n"
    )
    save_checkpoint(
        target,
        taught.model,
        title=backbone.title,
        card=text,
        extra={
            "note": "Taught in the app from a few clips.",
            "taught_from": backbone.name,
            "held_out_clips": held,
            "held_out_right": round(taught.curve[-1].held_out, 4),
        },
    )
