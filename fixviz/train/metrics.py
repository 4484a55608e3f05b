"""Log the metrics of training: in a CSV that survives restarts, in TensorBoard if installed, on screen."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fixviz.csv_files import write_rows

FIELDS = (
    "step",
    "model",
    "loss",
    "label_loss",
    "mask_loss",
    "motion_loss",
    "token_loss",
    "accuracy",
    "learning_rate",
    "difficulty",
    "seconds_per_step",
)


def _board(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder / "tensorboard"))


class MetricsLog:
    """Append to metrics.csv in `folder`; drop rows beyond step `start`, left by a stopped run."""

    def __init__(
        self, folder: Path, start: int, steps: int, fields: tuple[str, ...] = FIELDS
    ) -> None:
        self.fields = fields
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "metrics.csv"
        kept: list[dict[str, str]] = []
        if start and self.path.exists():
            with self.path.open(newline="", encoding="utf-8") as file:
                kept = [row for row in csv.DictReader(file) if int(row["step"]) <= start]
        with self.path.open("w", newline="", encoding="utf-8") as file:
            write_rows(file, [fields, *self._cells(kept)])
        self.board = _board(folder)
        self.start, self.steps = start, steps
        self.began = time.monotonic()

    def write(self, rows: list[dict[str, Any]]) -> None:
        """Add the rows of one step, one for each model; keys are the fields."""
        with self.path.open("a", newline="", encoding="utf-8") as file:
            write_rows(file, self._cells(rows))
        if self.board is None:
            return
        for row in rows:
            for name in self.fields[2:]:
                if row.get(name, "") != "":
                    self.board.add_scalar(f"{name}/{row['model']}", float(row[name]), row["step"])

    def _cells(self, rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
        return [[row.get(name, "") for name in self.fields] for row in rows]

    def progress(self, rows: list[dict[str, Any]]) -> str:
        """Return one line: step, each model's loss and accuracy, time left."""
        step = rows[0]["step"]
        parts = [
            f"{r['model']} loss {r['loss']:.3f} right {100 * r['accuracy']:.0f} %" for r in rows
        ]
        return f"step {step}/{self.steps}  {'  '.join(parts)}  {self.left(step)} left"

    def left(self, step: int) -> str:
        """Return the time until the last step, at the pace so far."""
        pace = (time.monotonic() - self.began) / max(step - self.start, 1)
        return duration(pace * (self.steps - step))

    def close(self) -> None:
        """Write out what TensorBoard has buffered."""
        if self.board is not None:
            self.board.close()


def steps_to(path: Path, model: str, accuracy: float, over: int = 100) -> int | None:
    """Return the first step at which a model's mean over the last `over` steps reaches `accuracy` (0..1).

    Only steps at full difficulty count. Every training clip is new to the model, so no other clips are
    needed. None when the accuracy was never reached, or there is no log.
    """
    if not path.exists():
        return None
    with path.open(newline="", encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["model"] == model]
    full = [(int(r["step"]), float(r["accuracy"])) for r in rows if float(r["difficulty"]) >= 1]
    for index, (step, _) in enumerate(full):
        recent = [right for at, right in full[: index + 1] if at > step - over]
        if step - full[0][0] >= over and sum(recent) / len(recent) >= accuracy:
            return step
    return None


def duration(seconds: float) -> str:
    """Return a time in hours, minutes or seconds, to show."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
