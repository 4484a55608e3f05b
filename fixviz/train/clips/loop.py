"""Train several models on the same real clips, so that only the models differ."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor
from torch.utils.data import DataLoader

from fixviz.data.strong_augment import mixup
from fixviz.data.training_clips import Epochs, TrainingClips, collate
from fixviz.errors import CheckpointError, OptionError
from fixviz.model.transformer import VideoTransformer
from fixviz.train.clips.answers import Answers, answer, test_loader
from fixviz.train.clips.learning import (
    Classifier,
    class_weights,
    learning_rate,
    loss_of,
    optimizer_of,
    targets_of,
)
from fixviz.train.metrics import MetricsLog
from fixviz.train.state import load_state, save_state
from fixviz.train.trainee import Trainee, advance_average, check_loss, restore, snapshot_of
from fixviz.train.video_recipe import VideoRecipe

KIND = "clips"
"""What a state of such a training says of itself."""
FIELDS = (
    "step",
    "model",
    "epoch",
    "loss",
    "accuracy",
    "learning_rate",
    "seconds_per_step",
    "waiting",
    "validation_loss",
    "validation_accuracy",
    "validation_balanced_accuracy",
)
"""Columns of metrics.csv; waiting: share of the time in which the models waited for clips."""
_LOG_EVERY = 20
_SAVE_S = 60.0
_REPORT_S = 10.0
_BETTER = 0.005
"""Share by which the validation loss has to fall to count as better."""


@dataclass
class Learner(Trainee):
    """Hold a model in training on clips, and the best weights so far."""

    best: dict[str, Tensor] = field(default_factory=dict)
    """Average of the weights at the best validation."""
    progress: dict[str, Any] = field(
        default_factory=lambda: {"balanced": -1.0, "loss": math.inf, "epoch": 0, "stopped": False}
    )
    """Figures of the best validation, and whether the model has stopped."""

    def judge(self, answers: Answers, epoch: int, patience: int | None) -> None:
        """Keep the average weights if the answers are the best so far; stop after `patience` epochs without.

        Better is a higher balanced accuracy, or the same with a lower loss.
        """
        balanced, loss = round(answers.balanced_accuracy, 6), answers.loss
        best = self.progress
        lower = loss < best["loss"] * (1 - _BETTER)
        if balanced > best["balanced"] or (balanced == best["balanced"] and lower):
            best.update(balanced=balanced, loss=loss, epoch=epoch)
            self.best = {k: v.detach().clone() for k, v in self.average.items()}
        elif patience is not None and epoch - best["epoch"] >= patience:
            best["stopped"] = True


def check_same_clips(
    state: dict[str, Any], settings: dict[str, Any], models: tuple[str, ...], clips: str
) -> None:
    """Refuse to resume a state of other clips, settings or models. Raises CheckpointError."""
    told = None
    if state.get("kind") != KIND:
        told = "a training on generated clips"
    elif state["settings"] != settings or tuple(state["models"]) != models:
        told = "a training with other settings or models"
    elif state["clips"] != clips:
        told = "a training on other clips (files were added, removed or changed)"
    if told:
        raise CheckpointError(
            f"The state folder belongs to {told}; give another folder, or start over with --restart."
        )


def accelerator_of(recipe: VideoRecipe, device: str) -> Accelerator:
    """Return accelerate's view of this process. Raises OptionError for a GPU that is not there."""
    on_gpu = device != "cpu" and torch.cuda.is_available()
    half = on_gpu and recipe.precision == "float16"
    accelerator = Accelerator(cpu=device == "cpu", mixed_precision="fp16" if half else None)
    if device == "cuda" and accelerator.device.type != "cuda":
        raise OptionError("There is no GPU on this machine; use --device auto or cpu.")
    return accelerator


def run(
    recipe: VideoRecipe,
    networks: Mapping[str, VideoTransformer],
    train: TrainingClips,
    validation: TrainingClips,
    state_dir: Path,
    *,
    settings: dict[str, Any],
    digest: str,
    frozen: bool = False,
    workers: int = 2,
    accelerator: Accelerator | None = None,
    resume: bool = True,
    stop_at: int | None = None,
    report: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Train to the end (or to step `stop_at`) and return the state that was saved last.

    networks: models by name, as they start. settings and digest say which training a state belongs to.
    Stopped at any time, the same call goes on from the last state and ends with the same weights. Raises
    TrainingDiverged, CheckpointError.
    """
    accelerator = accelerator or accelerator_of(recipe, "cpu")
    names = tuple(networks)
    state = load_state(state_dir) if resume else None
    learners = [_learner(name, networks[name], recipe, frozen) for name in names]
    begin, spent = 0, 0.0
    if state is not None:
        check_same_clips(state, settings, names, digest)
        _resume(learners, state)
        begin, spent = int(state["step"]), float(state["seconds"])
    shadows = {t.name: copy.deepcopy(t.student.network).eval() for t in learners}
    for learner in learners:
        learner.student, learner.optimizer = accelerator.prepare(learner.student, learner.optimizer)
        for weights in (learner.average, learner.best):
            weights.update({k: v.to(accelerator.device) for k, v in weights.items()})
        shadows[learner.name].to(accelerator.device)
    order = Epochs(
        train,
        recipe.batch,
        recipe.epochs,
        begin=begin,
        process=accelerator.process_index,
        processes=accelerator.num_processes,
    )
    per_epoch = order.steps_per_epoch
    end = per_epoch * recipe.epochs if stop_at is None else min(stop_at, per_epoch * recipe.epochs)
    log = (
        MetricsLog(state_dir, begin, per_epoch * recipe.epochs, FIELDS)
        if accelerator.is_main_process
        else None
    )
    firsts: dict[str, float] = dict(state["firsts"]) if state is not None else {}
    problems: dict[str, str] = dict(state["problems"]) if state is not None else {}
    classes = networks[names[0]].config.num_classes
    counts = np.bincount([known.clip.label for known in train.clips], minlength=classes)
    weights = class_weights(counts.tolist(), recipe.balance).to(accelerator.device)
    started = saved = told = time.monotonic()

    def save(step: int) -> dict[str, Any]:
        snapshot = {
            "kind": KIND,
            "settings": settings,
            "clips": digest,
            **snapshot_of(learners, step, spent + time.monotonic() - started, accelerator),
            "firsts": firsts,
            "problems": problems,
        }
        for learner in learners:
            snapshot["trainees"][learner.name] |= {
                "best": learner.best,
                "progress": learner.progress,
            }
        if accelerator.is_main_process:
            save_state(state_dir, snapshot)
        return snapshot

    if begin >= end or _done(learners):
        return copy.copy(state) if state is not None else save(begin)
    tested = test_loader(validation, 2 * recipe.batch, workers, accelerator)
    loader: DataLoader[Any] = DataLoader(
        train,
        batch_sampler=order,
        num_workers=workers,
        collate_fn=collate,  # type: ignore[arg-type]
    )
    sums: dict[str, list[float]] = {name: [0.0, 0.0] for name in names}
    counted, waited, mark = 0, 0.0, time.monotonic()
    batches = iter(loader)
    step = begin
    while step < end and not _done(learners):
        asked = time.monotonic()
        batch = next(batches)
        waited += time.monotonic() - asked
        for clip, problem in batch.problems.items():
            path = str(train.clips[clip].clip.path)
            if path not in problems:
                problems[path] = problem
                report(f"skipped: {problem}")
        pixels, labels = batch.pixels.to(accelerator.device), batch.labels.to(accelerator.device)
        targets = targets_of(labels, classes, recipe.label_smoothing)
        if recipe.mixup:
            dice = np.random.default_rng((recipe.seed, step, accelerator.process_index))
            pixels, targets = mixup(pixels, targets, recipe.mixup, dice)
        decay = min(recipe.ema, (step + 1) / (step + 10))
        for learner in learners:
            if learner.progress["stopped"]:
                continue
            for group in learner.optimizer.param_groups:
                group["lr"] = learning_rate(recipe, step, per_epoch) * group["rate"]
            # what dropout draws depends on the step alone, not on what ran before
            torch.manual_seed(
                recipe.seed * 2**32 + step * accelerator.num_processes + accelerator.process_index
            )
            learner.student.train()
            with accelerator.autocast():
                logits = learner.student(pixels)
            loss = loss_of(logits, targets, weights, batch)
            accelerator.backward(loss)
            if recipe.clip_norm is not None:
                accelerator.clip_grad_norm_(learner.student.parameters(), recipe.clip_norm)
            learner.optimizer.step()
            learner.optimizer.zero_grad(set_to_none=True)
            advance_average(learner, accelerator.unwrap_model(learner.student), decay)
            right = (logits.argmax(-1) == labels).float().mean()
            for i, value in enumerate((float(loss.detach()), float(right))):
                sums[learner.name][i] += value
        step += 1
        counted += 1
        ends_epoch = step % per_epoch == 0
        if counted == _LOG_EVERY or ends_epoch or step == end:
            seconds = time.monotonic() - mark
            rows = []
            for learner in learners:
                mean = [value / counted for value in sums[learner.name]]
                if learner.progress["stopped"]:
                    continue
                check_loss(learner.name, step, mean[0], firsts.setdefault(learner.name, mean[0]))
                rows.append(
                    {
                        "step": step,
                        "model": learner.name,
                        "epoch": (step - 1) // per_epoch + 1,
                        "loss": round(mean[0], 5),
                        "accuracy": round(mean[1], 5),
                        "learning_rate": learning_rate(recipe, step - 1, per_epoch),
                        "seconds_per_step": round(seconds / counted, 4),
                        "waiting": round(waited / max(seconds, 1e-9), 4),
                    }
                )
            if ends_epoch:
                _validate(learners, shadows, validation, tested, accelerator, rows, recipe)
            if log is not None:
                log.write(rows)
                if ends_epoch or time.monotonic() - told > _REPORT_S:
                    told = time.monotonic()
                    report(_line(rows, log, recipe))
            sums = {name: [0.0, 0.0] for name in names}
            counted, waited, mark = 0, 0.0, time.monotonic()
        if step < end and (ends_epoch or time.monotonic() - saved > _SAVE_S):
            save(step)
            saved = time.monotonic()
    del batches, loader, tested
    if log is not None:
        log.close()
    return save(step)


def _learner(name: str, network: VideoTransformer, recipe: VideoRecipe, frozen: bool) -> Learner:
    student = Classifier(copy.deepcopy(network), frozen=frozen)
    return Learner.start(name, student, optimizer_of(student, recipe))


def _done(learners: list[Learner]) -> bool:
    return all(learner.progress["stopped"] for learner in learners)


def _resume(learners: list[Learner], state: dict[str, Any]) -> None:
    restore(learners, state)
    for learner in learners:
        saved = state["trainees"][learner.name]
        learner.best, learner.progress = dict(saved["best"]), dict(saved["progress"])


def _validate(
    learners: list[Learner],
    shadows: dict[str, VideoTransformer],
    clips: TrainingClips,
    loader: DataLoader[Any],
    accelerator: Accelerator,
    rows: list[dict[str, Any]],
    recipe: VideoRecipe,
) -> None:
    """Let the averages of the learners answer, judge them, and add the figures to the rows of the epoch."""
    going = {row["model"]: row for row in rows}
    for learner in learners:
        if learner.name in going:
            shadows[learner.name].load_state_dict(
                {k.removeprefix("network."): v for k, v in learner.average.items()}
            )
    networks = {name: shadows[name] for name in going}
    answers = answer(networks, clips, loader, accelerator)
    for learner in learners:
        if learner.name in going:
            found = answers[learner.name]
            row = going[learner.name]
            learner.judge(found, row["epoch"], recipe.patience)
            row |= {
                "validation_loss": round(found.loss, 5),
                "validation_accuracy": round(found.accuracy, 5),
                "validation_balanced_accuracy": round(found.balanced_accuracy, 5),
            }


def _line(rows: list[dict[str, Any]], log: MetricsLog, recipe: VideoRecipe) -> str:
    """Return one line of progress: epoch, step, each model's figures, time left."""
    parts = []
    for row in rows:
        part = f"{row['model']} loss {row['loss']:.3f}"
        if "validation_accuracy" in row:
            part += f" validation {100 * row['validation_accuracy']:.0f} %"
        parts.append(part)
    step = rows[0]["step"]
    return (
        f"epoch {rows[0]['epoch']}/{recipe.epochs} step {step}/{log.steps}  {'  '.join(parts)}"
        f"  {log.left(step)} left at most"
    )
