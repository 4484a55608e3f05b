"""Write checkpoints from a training on real clips: the best weights, configuration, figures and a card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from fixviz.data.training_clips import TrainingClips
from fixviz.errors import CheckpointError
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.transformer import VideoTransformer
from fixviz.train.clips.measuring import Masks, measure_clips
from fixviz.train.recipe import TITLES
from fixviz.train.state import load_state

NOTE = "It was trained on clips of a few classes; on anything else its answer is only a guess."
"""Note that is shown beside the predictions."""


def trained_networks(
    state_dir: Path, networks: Mapping[str, VideoTransformer]
) -> tuple[dict[str, Any], dict[str, VideoTransformer]]:
    """Return the state of a training and its networks with the best weights, as they are shipped (float16).

    Before the first validation the weights are the average so far. Raises CheckpointError where there is no
    state.
    """
    state = load_state(state_dir)
    if state is None:
        raise CheckpointError(f"There is no training state in {state_dir}; train first.")
    for name, network in networks.items():
        saved = state["trainees"][name]
        weights = saved["best"] or saved["average"]
        network.load_state_dict(
            {k.removeprefix("network."): v.half().float() for k, v in weights.items()}
        )
        network.eval()
    return state, dict(networks)


def write_checkpoints(
    state_dir: Path,
    out_dir: Path,
    networks: Mapping[str, VideoTransformer],
    parts: Mapping[str, TrainingClips],
    *,
    settings: dict[str, Any],
    masks: Masks | None = None,
    workers: int = 2,
    measure: bool = True,
    report: Callable[[str], None] = print,
) -> list[Path]:
    """Write a folder for each model of the state; return the folders.

    networks: the models by name, whose weights are replaced. parts: the clips by the name of their part;
    those of "validation" and "test" are measured on. Raises CheckpointError where there is no state.
    """
    state, trained = trained_networks(state_dir, networks)
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in trained}
    if measure:
        for part in ("validation", "test"):
            if part in parts and len(parts[part]):
                report(f"measuring on the {part} clips")
                found = measure_clips(trained, parts[part], part, masks=masks, workers=workers)
                for name, figures in found.items():
                    results[name].append(figures)
    folders = []
    for name, network in trained.items():
        progress = state["trainees"][name]["progress"]
        training = {
            **settings,
            "steps_done": state["step"],
            "best_epoch": progress["epoch"],
            "trained_beside": list(trained),
            "clips": {part: len(clips) for part, clips in parts.items()},
            "videos": {
                part: len({known.clip.path for known in clips.clips})
                for part, clips in parts.items()
            },
            "seconds_all_models": round(state["seconds"]),
            "hardware": state["hardware"],
            "torch": torch.__version__,
        }
        title = f"{TITLES.get(name, name)}, trained on {settings['data']}"
        folder = out_dir / name
        save_checkpoint(
            folder,
            network,
            title=title,
            card=card(title, network, training, results[name]),
            extra={"note": NOTE, "training": training, "results": results[name]},
            dtype=torch.float16,
        )
        folders.append(folder)
    return folders


def card(
    title: str, model: VideoTransformer, training: dict[str, Any], results: list[dict[str, Any]]
) -> str:
    """Return the text of card.md."""
    config, recipe = model.config, training["recipe"]
    parameters = sum(p.numel() for p in model.parameters())
    shift = "with" if config.spatial_shift or config.temporal_shift else "without"
    counts = ", ".join(
        f"{training['clips'][part]} clips of {training['videos'][part]} videos to {use}"
        for part, use in (("train", "train on"), ("validation", "validate on"), ("test", "test on"))
        if training["clips"].get(part)
    )
    frozen = " Only the classification head learned." if training["freeze"] == "backbone" else ""
    mirrored = "every second one mirrored" if recipe["augmentation"]["flip"] else "never mirrored"
    lines = [
        f"# {title}",
        "",
        f"{config.attention.capitalize()} attention, fixation: {config.fixation}, {shift} neighbors."
        f" {parameters:,} parameters, {config.frames} frames at {config.frame_rate:g} Hz,"
        f" patches of {config.patch} px every {config.stride} px, trained at {config.image_size} px.",
        "",
        "## Data",
        "",
        f"Clips of {training['data']} ({training['format']}): {counts}. All clips of one video or group"
        f" are on one side. Classes: {', '.join(config.class_names)}.",
        "",
        "## Training",
        "",
        f"Recipe {recipe['name']}, seed {recipe['seed']}, from {training['from']}.{frozen}"
        f" {training['steps_done']} steps of {recipe['batch']} clips, the same clips for"
        f" {', '.join(training['trained_beside'])}, {mirrored}. The weights are those of epoch"
        f" {training['best_epoch']}, the best on the validation clips."
        f" {training['seconds_all_models'] / 60:.0f} min for these models together on"
        f" {training['hardware']}, torch {training['torch']}.",
    ]
    for figures in results:
        lines += ["", *_results(figures, config.class_names)]
    lines += [
        "",
        "## Limits",
        "",
        "It tells these classes apart in clips like those it was trained on. Shown anything else, it still"
        " names one of them.",
        "",
    ]
    return "\n".join(lines)


def _results(figures: dict[str, Any], class_names: tuple[str, ...]) -> list[str]:
    """Return the section of one part of the clips."""
    part, count = figures["part"], len(class_names)
    chosen = (
        " The weights were chosen by these clips, so they flatter." if part == "validation" else ""
    )
    lines = [
        f"## Results on the {part} clips",
        "",
        f"{figures['clips']} clips of {figures['videos']} videos, one averaged answer for each; chance is"
        f" {100 / count:.0f} %.{chosen}",
        "",
        "| figure | value |",
        "|---|---|",
        f"| right | {100 * figures['accuracy']:.1f} % (95 % interval {100 * figures['accuracy_low']:.1f} to"
        f" {100 * figures['accuracy_high']:.1f}) |",
        f"| balanced accuracy | {figures['balanced_accuracy']:.3f} |",
    ]
    for name, title in (
        ("concentration", "concentration of the last spatial attention"),
        ("mass", "mass on target"),
        ("uniform", "mass on target of uniform attention"),
        ("lift", "lift, mass over uniform"),
        ("pointing", "pointing game"),
        ("average_precision", "average precision"),
    ):
        if name in figures:
            lines.append(f"| {title} | {figures[name]:.3f} |")
    taken = [name.replace("|", "\\|") for name in class_names]
    lines += [
        "",
        "How many clips of each class (row) were taken for each:",
        "",
        f"| class | right | {' | '.join(taken)} |",
        "|---|---|" + "---|" * count,
    ]
    for name, shown, row in zip(class_names, taken, figures["confusion"], strict=True):
        right = figures["class_accuracy"].get(name)
        share = "" if right is None else f"{100 * right:.0f} %"
        lines.append(f"| {shown} | {share} | {' | '.join(map(str, row))} |")
    return lines
