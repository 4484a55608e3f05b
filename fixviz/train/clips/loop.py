"""Train several models on the same real clips, so that only the models differ."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader

from fixviz.data.strong_augment import mixup
from fixviz.data.training_clips import Batch, Epochs, TrainingClips, collate
from fixviz.errors import OptionError
from fixviz.model.transformer import VideoTransformer
from fixviz.train.clips.answers import answer, view_loader
from fixviz.train.clips.learner import KIND, Learner, resume_learners
from fixviz.train.clips.learning import class_weights, learning_rate, loss_of, targets_of
from fixviz.train.metrics import MetricsLog
from fixviz.train.state import load_state, save_state
from fixviz.train.trainee import advance_average, check_loss, snapshot_of
from fixviz.train.video_recipe import VideoRecipe

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
    training = _Training(
        recipe, networks, train, validation, accelerator or accelerator_of(recipe, "cpu"), report
    )
    training.frozen, training.workers = frozen, workers
    state = load_state(state_dir) if resume else None
    training.start(state, settings, digest)
    end = training.total if stop_at is None else min(stop_at, training.total)
    if state is not None and (training.step >= end or training.done):
        return state
    training.go(end, state_dir)
    return training.save(state_dir)


class _Training:
    """The models and what was counted of them, between two steps."""

    def __init__(
        self,
        recipe: VideoRecipe,
        networks: Mapping[str, VideoTransformer],
        train: TrainingClips,
        validation: TrainingClips,
        accelerator: Accelerator,
        report: Callable[[str], None],
    ) -> None:
        self.recipe = recipe
        self.networks = networks
        self.train = train
        self.validation = validation
        self.accelerator = accelerator
        self.report = report
        self.frozen, self.workers = False, 0
        self.step, self.spent, self.began = 0, 0.0, time.monotonic()
        self.learners: list[Learner] = []
        self.firsts: dict[str, float] = {}
        self.problems: dict[str, str] = {}
        self.per_epoch = self._order(0).steps_per_epoch
        self.total = self.per_epoch * recipe.epochs
        self.classes = next(iter(networks.values())).config.num_classes
        counts = np.bincount([k.clip.label for k in train.clips], minlength=self.classes)
        self.weights = class_weights(counts.tolist(), recipe.balance).to(accelerator.device)

    def start(self, state: dict[str, Any] | None, settings: dict[str, Any], digest: str) -> None:
        """Make the learners, as they start or where a state left them."""
        self.identity = {"kind": KIND, "settings": settings, "clips": digest}
        self.learners = [
            Learner.of(name, network, self.recipe, self.frozen)
            for name, network in self.networks.items()
        ]
        if state is not None:
            resume_learners(self.learners, state, settings, digest)
            self.step, self.spent = int(state["step"]), float(state["seconds"])
            self.firsts, self.problems = dict(state["firsts"]), dict(state["problems"])
        device = self.accelerator.device
        self.shadows = {}
        for learner in self.learners:
            network = self.networks[learner.name]
            self.shadows[learner.name] = copy.deepcopy(network).to(device).eval()
            learner.student, learner.optimizer = self.accelerator.prepare(
                learner.student, learner.optimizer
            )
            for weights in (learner.average, learner.best):
                weights.update({k: v.to(device) for k, v in weights.items()})

    @property
    def done(self) -> bool:
        """Whether all models have stopped."""
        return all(learner.progress["stopped"] for learner in self.learners)

    @property
    def going(self) -> list[Learner]:
        """The models that have not stopped."""
        return [learner for learner in self.learners if not learner.progress["stopped"]]

    def _order(self, begin: int) -> Epochs:
        return Epochs(
            self.train,
            self.recipe.batch,
            self.recipe.epochs,
            begin=begin,
            process=self.accelerator.process_index,
            processes=self.accelerator.num_processes,
        )

    def go(self, end: int, state_dir: Path) -> None:
        """Train up to step `end`, validate after every epoch, and save now and then."""
        log = (
            MetricsLog(state_dir, self.step, self.total, FIELDS)
            if self.accelerator.is_main_process
            else None
        )
        tested = view_loader(self.validation, 2 * self.recipe.batch, self.workers, self.accelerator)
        order: Any = self._order(self.step)
        loader: DataLoader[Any] = DataLoader(
            self.train, batch_sampler=order, num_workers=self.workers, collate_fn=collate
        )
        batches = iter(loader)
        saved = told = time.monotonic()
        count = _Count(self.learners)
        while self.step < end and not self.done:
            asked = time.monotonic()
            batch = next(batches)
            count.waited += time.monotonic() - asked
            self._note_problems(batch)
            self._learn(batch, count)
            self.step += 1
            ends_epoch = self.step % self.per_epoch == 0
            if count.steps == _LOG_EVERY or ends_epoch or self.step == end:
                rows = self._rows(count)
                if ends_epoch:
                    self._validate(tested, rows)
                if log is not None:
                    log.write(rows)
                    if ends_epoch or time.monotonic() - told > _REPORT_S:
                        told = time.monotonic()
                        self.report(_line(rows, log, self.recipe.epochs))
                count = _Count(self.learners)
            if self.step < end and (ends_epoch or time.monotonic() - saved > _SAVE_S):
                self.save(state_dir)
                saved = time.monotonic()
        if log is not None:
            log.close()

    def _note_problems(self, batch: Batch) -> None:
        for clip, problem in batch.problems.items():
            path = str(self.train.clips[clip].clip.path)
            if path not in self.problems:
                self.problems[path] = problem
                self.report(f"skipped: {problem}")

    def _learn(self, batch: Batch, count: _Count) -> None:
        """Let all models that have not stopped learn from one batch."""
        recipe, accelerator = self.recipe, self.accelerator
        process, processes = accelerator.process_index, accelerator.num_processes
        pixels, labels = batch.pixels.to(accelerator.device), batch.labels.to(accelerator.device)
        targets = targets_of(labels, self.classes, recipe.label_smoothing)
        if recipe.mixup:
            dice = np.random.default_rng((recipe.seed, self.step, process))
            pixels, targets = mixup(pixels, targets, recipe.mixup, dice)
        rate = learning_rate(recipe, self.step, self.per_epoch)
        decay = min(recipe.ema, (self.step + 1) / (self.step + 10))
        for learner in self.going:
            for group in learner.optimizer.param_groups:
                group["lr"] = rate * group["rate"]
            # what dropout draws depends on the step alone, not on what ran before
            torch.manual_seed(recipe.seed * 2**32 + self.step * processes + process)
            learner.student.train()
            with accelerator.autocast():
                logits = learner.student(pixels)
            loss = loss_of(logits, targets, self.weights, batch)
            accelerator.backward(loss)
            if recipe.clip_norm is not None:
                accelerator.clip_grad_norm_(learner.student.parameters(), recipe.clip_norm)
            learner.optimizer.step()
            learner.optimizer.zero_grad(set_to_none=True)
            advance_average(learner, accelerator.unwrap_model(learner.student), decay)
            right = (logits.argmax(-1) == labels).float().mean()
            count.add(learner.name, float(loss.detach()), float(right))
        count.steps += 1

    def _rows(self, count: _Count) -> list[dict[str, Any]]:
        """Return a row of metrics for each model that has not stopped. Raises TrainingDiverged."""
        seconds = time.monotonic() - count.began
        rows = []
        for learner in self.going:
            loss, right = (value / count.steps for value in count.sums[learner.name])
            first = self.firsts.setdefault(learner.name, loss)
            check_loss(learner.name, self.step, loss, first)
            rows.append(
                {
                    "step": self.step,
                    "model": learner.name,
                    "epoch": (self.step - 1) // self.per_epoch + 1,
                    "loss": round(loss, 5),
                    "accuracy": round(right, 5),
                    "learning_rate": learning_rate(self.recipe, self.step - 1, self.per_epoch),
                    "seconds_per_step": round(seconds / count.steps, 4),
                    "waiting": round(count.waited / max(seconds, 1e-9), 4),
                }
            )
        return rows

    def _validate(self, loader: DataLoader[Any], rows: list[dict[str, Any]]) -> None:
        """Let the averages of the models answer, judge them, and add the figures to the epoch's rows."""
        going = self.going
        networks = {learner.name: self.shadows[learner.name] for learner in going}
        for learner in going:
            weights = {k.removeprefix("network."): v for k, v in learner.average.items()}
            networks[learner.name].load_state_dict(weights)
        answers = answer(networks, self.validation, loader, self.accelerator)
        for learner, row in zip(going, rows, strict=True):
            found = answers[learner.name]
            learner.judge(found, row["epoch"], self.recipe.patience)
            row |= {
                "validation_loss": round(found.loss, 5),
                "validation_accuracy": round(found.accuracy, 5),
                "validation_balanced_accuracy": round(found.balanced_accuracy, 5),
            }

    def save(self, state_dir: Path) -> dict[str, Any]:
        """Save the state and return it."""
        seconds = self.spent + time.monotonic() - self.began
        state = {
            **self.identity,
            **snapshot_of(self.learners, self.step, seconds, self.accelerator),
            "firsts": self.firsts,
            "problems": self.problems,
        }
        for learner in self.learners:
            state["trainees"][learner.name] |= {
                "best": learner.best,
                "progress": learner.progress,
            }
        if self.accelerator.is_main_process:
            save_state(state_dir, state)
        return state


class _Count:
    """Sums of loss and right answers since the last row of metrics, and how long was waited for clips."""

    def __init__(self, learners: list[Learner]) -> None:
        self.sums = {learner.name: [0.0, 0.0] for learner in learners}
        self.steps, self.waited, self.began = 0, 0.0, time.monotonic()

    def add(self, name: str, loss: float, right: float) -> None:
        self.sums[name][0] += loss
        self.sums[name][1] += right


def _line(rows: list[dict[str, Any]], log: MetricsLog, epochs: int) -> str:
    """Return one line of progress: epoch, step, each model's figures, time left."""
    parts = []
    for row in rows:
        part = f"{row['model']} loss {row['loss']:.3f}"
        if "validation_accuracy" in row:
            part += f" validation {100 * row['validation_accuracy']:.0f} %"
        parts.append(part)
    step = rows[0]["step"]
    return (
        f"epoch {rows[0]['epoch']}/{epochs} step {step}/{log.steps}  {'  '.join(parts)}"
        f"  {log.left(step)} left at most"
    )
