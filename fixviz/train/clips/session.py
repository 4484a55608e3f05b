"""Train models on a folder of clips from the start to their checkpoint folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fixviz.data.augment import GentleAugmentation
from fixviz.data.clip_cache import ClipCache
from fixviz.data.sampling import Sampling
from fixviz.data.splits import read_splits
from fixviz.data.stored_frames import StoredFrames
from fixviz.data.training_clips import Drawing, TrainingClips
from fixviz.errors import OptionError
from fixviz.model.checkpoints import load_model
from fixviz.model.config import read_config, resolve_checkpoint
from fixviz.model.new_classes import with_new_classes
from fixviz.model.transformer import VideoTransformer
from fixviz.settings import Settings
from fixviz.train.clips.export import write_checkpoints
from fixviz.train.clips.learning import FREEZE
from fixviz.train.clips.loop import accelerator_of, run
from fixviz.train.clips.measuring import Masks
from fixviz.train.clips.reading import read_clips
from fixviz.train.start import SCRATCH, SHIPPED, starting_checkpoint
from fixviz.train.video_recipe import VideoRecipe


@dataclass(frozen=True)
class DataOptions:
    """Where the clips are, and how they are read."""

    data: Path
    form: str = "folders"
    clip_list: Path | None = None
    annotations: Path | None = None
    split: int = 1
    validation: float = 0.2
    """Share of the groups to hold out where the data set names no clips to validate on."""
    masks: Path | None = None
    """Folder with masks of what moves, for the figures on the cards."""
    cache: Path | None = None
    cache_gb: float = 10.0
    workers: int = 2


def starting_networks(
    models: Sequence[str], source: str, recipe: VideoRecipe, class_names: tuple[str, ...]
) -> dict[str, VideoTransformer]:
    """Return the models by name as they start, with a new classification head for the classes.

    source: "shipped" (each from the shipped checkpoint of its name), "scratch" (new weights of the
    recipe's shape), a checkpoint's name or folder for one model, or a folder with a checkpoint of each
    name. Raises OptionError where there is none, or where they see clips of different kinds.
    """
    found = {}
    for name in models:
        if source == SCRATCH:
            import torch

            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(recipe.seed)
                found[name] = VideoTransformer(recipe.config(name, class_names))
            continue
        network = load_model(starting_checkpoint(name, source, alone=len(models) == 1), "cpu")
        found[name] = with_new_classes(network, class_names, seed=recipe.seed)
    sees = {
        name: (c.frames, c.frame_rate, c.image_size)
        for name, c in ((name, network.config) for name, network in found.items())
    }
    if len(set(sees.values())) > 1:
        raise OptionError(
            "Models that are trained side by side see the same clips, but these take different frames: "
            + "; ".join(f"{n} {f} at {r:g} Hz, {s} px" for n, (f, r, s) in sees.items())
        )
    return found


def fitted(recipe: VideoRecipe, network: VideoTransformer, flip: bool | None) -> VideoRecipe:
    """Return a recipe whose clips are those that the network takes."""
    config = network.config
    gentle = recipe.augmentation
    if isinstance(gentle, GentleAugmentation):
        recipe = replace(
            recipe,
            sampling=Sampling(
                "dense",
                config.frames,
                reference_rate=config.frame_rate,
                views=recipe.sampling.views,
            ),
            augmentation=replace(gentle, side=config.image_size),
        )
    elif config.frames != recipe.sampling.frames:
        raise OptionError(
            f"The recipe {recipe.name} takes {recipe.sampling.frames} frames, the checkpoint {config.frames};"
            " use --recipe own, or --from scratch."
        )
    if flip is not None:
        recipe = replace(recipe, augmentation=replace(recipe.augmentation, flip=flip))
    return recipe


def train_on_clips(
    recipe: VideoRecipe,
    models: Sequence[str],
    options: DataOptions,
    state_dir: Path,
    out_dir: Path,
    *,
    source: str = SHIPPED,
    freeze: str = "none",
    flip: bool | None = None,
    device: str = "auto",
    resume: bool = True,
    measure: bool = True,
    export_only: bool = False,
    stop_at: int | None = None,
    settings: Settings | None = None,
    report: Callable[[str], None] = print,
) -> list[Path]:
    """Train the named models side by side on the same clips and write their checkpoints.

    Returns the checkpoint folders, `out_dir`/name. Stopped at any time, the same call goes on from the
    state in `state_dir`. Raises OptionError for what cannot be trained, TrainingDiverged,
    CheckpointError when the state belongs to another training.
    """
    if not models:
        raise OptionError("Name at least one model to train.")
    if freeze not in FREEZE:
        raise OptionError(
            f"There is nothing called {freeze!r} to freeze; use {' or '.join(FREEZE)}."
        )
    if not 0 < options.validation < 1:
        raise OptionError("The share of clips to validate on lies between 0 and 1.")
    settings = settings or Settings.from_env()
    splits = read_splits(
        options.data,
        form=options.form,
        clip_list=options.clip_list,
        annotations=options.annotations,
        split=options.split,
        share=options.validation,
        seed=recipe.seed,
    )
    splits.check()
    networks = starting_networks(models, source, recipe, splits.class_names)
    recipe = fitted(recipe, networks[models[0]], flip)
    masks = Masks(options.masks, settings) if options.masks is not None else None
    accelerator = accelerator_of(recipe, device)
    main = accelerator.is_main_process

    def tell(line: str) -> None:
        if main:
            report(line)

    for note in splits.notes:
        tell(note)
    cache = ClipCache(options.cache or settings.home / "clips", int(options.cache_gb * 1e9))
    with accelerator.main_process_first():  # the others find all of it in the cache
        read = read_clips(
            splits, recipe.augmentation, cache, settings, workers=options.workers, report=tell
        )
    tell(
        ", ".join(
            f"{len(clips)} clips to {use}" for part, use in _USES if (clips := read.parts[part])
        )
        + f"; {len(read.class_names)} classes: {', '.join(read.class_names)}"
    )
    drawing = Drawing(
        recipe.sampling,
        recipe.augmentation,
        recipe.windows,
        recipe.jitter_s,
        recipe.autoaugment,
        recipe.random_erasing,
        recipe.seed,
    )
    frames = StoredFrames(cache, settings)
    parts = {part: TrainingClips(clips, frames, drawing) for part, clips in read.parts.items()}
    described: dict[str, Any] = {
        "recipe": recipe.to_dict(),
        "data": options.data.resolve().name,
        "format": "list" if options.clip_list is not None else options.form,
        "from": _told(source),
        "freeze": freeze,
    }
    if not export_only:
        run(
            recipe,
            networks,
            parts["train"],
            parts["validation"],
            state_dir,
            settings=described,
            digest=read.digest(options.data),
            frozen=freeze == "backbone",
            workers=options.workers,
            accelerator=accelerator,
            resume=resume,
            stop_at=stop_at,
            report=tell,
        )
    accelerator.wait_for_everyone()
    if not main:
        return []
    return write_checkpoints(
        state_dir,
        out_dir,
        {name: network.to(accelerator.device) for name, network in networks.items()},
        parts,
        settings=described,
        masks=masks,
        workers=options.workers,
        measure=measure,
        report=tell,
    )


_USES = (("train", "train on"), ("validation", "validate on"), ("test", "test on"))


def _told(source: str) -> str:
    """Return what a training starts from, for the card."""
    if source == SHIPPED:
        return "the shipped checkpoints of these names"
    if source == SCRATCH:
        return "new weights"
    folder = resolve_checkpoint(source)
    if (folder / "config.json").is_file():
        return f"the checkpoint {read_config(folder).title}"
    return f"the checkpoints in {folder.name}"
