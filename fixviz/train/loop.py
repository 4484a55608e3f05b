"""Train several models on the same clips, so that only the models differ."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from fixviz.data.generate import GeneratedBatch, generate, join
from fixviz.errors import CheckpointError, OptionError
from fixviz.model.checkpoints import load_model
from fixviz.model.transformer import VideoTransformer
from fixviz.train.metrics import MetricsLog
from fixviz.train.recipe import Recipe
from fixviz.train.start import starting_checkpoint
from fixviz.train.state import check_same_run, load_state, save_state
from fixviz.train.student import Student, losses, token_targets
from fixviz.train.trainee import (
    Trainee,
    advance_average,
    check_loss,
    parameter_groups,
    restore,
    snapshot_of,
)

_LOG_EVERY = 20
_SAVE_EVERY = 100
_SEEDS_PER_RUN = 2**36
_SEEDS_PER_PRESET = 2**33


def learning_rate(recipe: Recipe, step: int) -> float:
    """Return the learning rate: a linear warm-up, then a cosine down to 1 % at the end of each cycle."""
    step, steps = recipe.cycle_at(step)
    if step < recipe.warmup:
        return recipe.learning_rate * (step + 1) / recipe.warmup
    done = (step - recipe.warmup) / max(1, steps - recipe.warmup)
    return recipe.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))


def frame_size(recipe: Recipe, step: int) -> tuple[int, int, int]:
    """Return height, width and number of clips of a step: fewer clips where frames are larger."""
    main, others = recipe.sizes[0], recipe.sizes[1:]
    mixed = bool(others) and step >= recipe.mixed_from * recipe.steps and step % 2 == 1
    height, width = others[(step // 2) % len(others)] if mixed else main
    # an even number, so that clips can come as twins
    return height, width, max(4, recipe.batch * main[0] * main[1] // (2 * height * width) * 2)


def training_clips(
    recipe: Recipe, step: int, rank: int, world: int, device: torch.device
) -> GeneratedBatch:
    """Draw the clips of one step on one of `world` processes, each with its own seed.

    Every preset of the recipe gives as many clips, or in turn one pair more than the others.
    """
    height, width, clips = frame_size(recipe, step)
    config = recipe.config("linear")
    difficulty = min(1.0, step / max(1.0, recipe.ramp * recipe.steps))
    presets = recipe.presets
    pairs = max(1, clips // world // 2)
    batches = []
    for i, name in enumerate(presets):
        count = 2 * ((pairs + (step // 2 + i) % len(presets)) // len(presets))
        if count:
            seed = recipe.seed * _SEEDS_PER_RUN + i * _SEEDS_PER_PRESET + step * world + rank
            batches.append(
                generate(
                    count,
                    seed,
                    name,
                    frames=config.frames,
                    height=height,
                    width=width,
                    device=device,
                    difficulty=difficulty,
                    left_out=recipe.left_out,
                    twins=recipe.twins,
                )
            )
    return join(batches)


def _trainee(name: str, recipe: Recipe) -> Trainee:
    # each model has its own random stream, whichever models are trained beside it
    torch.manual_seed(recipe.seed)
    student = Student(recipe.config(name))
    if recipe.start:
        student.network.load_state_dict(_trained(name, recipe).state_dict())
    optimizer = torch.optim.AdamW(
        parameter_groups(student, recipe.weight_decay, recipe.head_rate),
        lr=recipe.learning_rate,
        betas=(0.9, 0.98),
    )
    return Trainee.start(name, student, optimizer)


def _trained(name: str, recipe: Recipe) -> VideoTransformer:
    model = load_model(starting_checkpoint(recipe.checkpoint_name(name), recipe.start), "cpu")
    if model.config != recipe.config(name):
        raise CheckpointError(
            f"The checkpoint of {name} in {recipe.start} has another configuration than the recipe."
        )
    return model


def run(
    recipe: Recipe,
    models: tuple[str, ...],
    state_dir: Path,
    *,
    device: str = "auto",
    resume: bool = True,
    stop_at: int | None = None,
    minutes: float | None = None,
    report: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Train to the last step (or to `stop_at`) and return the state that was saved last.

    minutes: time after which the state is saved and the run ends, to go on another day. It is looked at
    after every 20 steps.

    Mixed precision and several GPUs come from accelerate's own configuration and launcher. Raises
    TrainingDiverged on divergence, CheckpointError when the state folder belongs to another run.
    """
    if not models:
        raise OptionError("Name at least one model to train.")
    accelerator = Accelerator(cpu=device == "cpu")
    if device == "cuda" and accelerator.device.type != "cuda":
        raise OptionError("There is no GPU on this machine; use --device auto or cpu.")
    state = load_state(state_dir) if resume else None
    trainees = [_trainee(name, recipe) for name in models]
    begin, spent = 0, 0.0
    if state is not None:
        check_same_run(state, recipe, models)
        restore(trainees, state)
        begin, spent = int(state["step"]), float(state["seconds"])
    for t in trainees:
        t.student, t.optimizer = accelerator.prepare(t.student, t.optimizer)
        t.average = {k: v.to(accelerator.device) for k, v in t.average.items()}
    end = recipe.total_steps if stop_at is None else min(stop_at, recipe.total_steps)
    log = MetricsLog(state_dir, begin, end) if accelerator.is_main_process else None
    started = time.monotonic()
    sums: dict[str, list[float]] = {t.name: [0.0] * 6 for t in trainees}
    firsts: dict[str, float] = dict(state["firsts"]) if state is not None else {}
    counted, mark = 0, time.monotonic()

    def save(step: int) -> dict[str, Any]:
        seconds = spent + time.monotonic() - started
        snapshot = {
            "settings": recipe.to_dict(),
            **snapshot_of(trainees, step, seconds, accelerator),
            "firsts": firsts,
        }
        if accelerator.is_main_process:
            save_state(state_dir, snapshot)
        return snapshot

    for step in range(begin, end):
        clips = training_clips(
            recipe, step, accelerator.process_index, accelerator.num_processes, accelerator.device
        )
        pixels = clips.pixels.sub_(0.5).div_(0.5)
        shape = recipe.config(models[0])
        targets = token_targets(clips, shape.patch, shape.stride)
        decay = min(recipe.ema, (step + 1) / (step + 10))
        for t in trainees:
            for group in t.optimizer.param_groups:
                group["lr"] = learning_rate(recipe, step) * group["rate"]
            with accelerator.autocast():
                logits, dense = t.student(pixels)
            parts = losses(logits, dense, targets)
            total = parts.total(recipe.mask_weight, recipe.motion_weight, recipe.class_weight)
            accelerator.backward(total)
            accelerator.clip_grad_norm_(t.student.parameters(), recipe.clip_norm)
            t.optimizer.step()
            t.optimizer.zero_grad(set_to_none=True)
            advance_average(t, accelerator.unwrap_model(t.student), decay)
            values = torch.stack(
                [total, parts.label, parts.mask, parts.motion, parts.token, parts.accuracy]
            )
            for i, value in enumerate(values.detach().tolist()):
                sums[t.name][i] += value
        counted += 1
        if (step + 1) % _LOG_EVERY == 0 or step + 1 == end:
            rows = []
            for t in trainees:
                mean = [x / counted for x in sums[t.name]]
                check_loss(t.name, step + 1, mean[0], firsts.setdefault(t.name, mean[0]))
                rows.append(
                    _row(step + 1, t.name, mean, recipe, (time.monotonic() - mark) / counted)
                )
            if log is not None:
                log.write(rows)
                report(log.progress(rows))
            sums = {t.name: [0.0] * 6 for t in trainees}
            counted, mark = 0, time.monotonic()
            if minutes is not None and mark - started > 60 * minutes:
                end = step + 1
                break
        if (step + 1) % _SAVE_EVERY == 0 and step + 1 < end:
            save(step + 1)
    if log is not None:
        log.close()
    return save(end) if begin < end or state is None else copy.copy(state)


def _row(step: int, name: str, mean: list[float], recipe: Recipe, seconds: float) -> dict[str, Any]:
    return {
        "step": step,
        "model": name,
        "loss": round(mean[0], 5),
        "label_loss": round(mean[1], 5),
        "mask_loss": round(mean[2], 5),
        "motion_loss": round(mean[3], 5),
        "token_loss": round(mean[4], 5),
        "accuracy": round(mean[5], 5),
        "learning_rate": learning_rate(recipe, step - 1),
        "difficulty": min(1.0, (step - 1) / max(1.0, recipe.ramp * recipe.steps)),
        "seconds_per_step": round(seconds, 4),
    }
