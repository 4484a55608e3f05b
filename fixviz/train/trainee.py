"""What trainings on generated and on real clips share: a model in training, its average, its state."""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from fixviz.errors import TrainingDiverged


@dataclass
class Trainee:
    """Hold one model in training, with its optimizer and the average of its weights."""

    name: str
    student: nn.Module
    """The network is its attribute `network`."""
    optimizer: torch.optim.Optimizer
    average: dict[str, Tensor]
    """Moving average of the student's weights."""

    @classmethod
    def start(cls, name: str, student: nn.Module, optimizer: torch.optim.Optimizer) -> Self:
        """Return a trainee whose average is the weights that it starts with."""
        average = {k: v.detach().clone() for k, v in student.state_dict().items()}
        return cls(name, student, optimizer, average)


def parameter_groups(
    student: nn.Module, weight_decay: float, head_rate: float
) -> list[dict[str, Any]]:
    """Group the weights that learn by weight decay and by `rate`, a factor of the learning rate.

    Matrices decay; biases, norms and the temporal embedding do not. The classification head has the rate
    `head_rate`, all else 1.
    """
    groups: dict[tuple[bool, float], list[torch.nn.Parameter]] = {}
    for name, weight in student.named_parameters():
        if not weight.requires_grad:
            continue
        decays = weight.ndim > 1 and "embedding" not in name.rsplit(".", 1)[-1]
        rate = head_rate if name.startswith("network.head.") else 1.0
        groups.setdefault((decays, rate), []).append(weight)
    return [
        {"params": weights, "weight_decay": weight_decay * decays, "rate": rate}
        for (decays, rate), weights in groups.items()
    ]


def advance_average(trainee: Trainee, model: nn.Module, decay: float) -> None:
    """Move the average of the weights toward the model's; with a decay of 0 it becomes them."""
    names, values = zip(*model.state_dict().items(), strict=True)
    averages = [trainee.average[name] for name in names]
    torch._foreach_lerp_(averages, list(values), 1 - decay)


def check_loss(name: str, step: int, value: float, first: float) -> None:
    """Raise TrainingDiverged for a loss that is not finite, or above four times the first one."""
    if not math.isfinite(value):
        raise TrainingDiverged(
            f"Training of {name} stopped at step {step}: the loss is {value}. "
            "A lower learning rate usually helps; the last saved state is kept."
        )
    if value > 4 * first:
        raise TrainingDiverged(
            f"Training of {name} stopped at step {step}: the loss rose to {value:.3g} from"
            f" {first:.3g} at the start. A lower learning rate usually helps; the last saved state"
            " is kept."
        )


def snapshot_of(
    trainees: Sequence[Trainee], step: int, seconds: float, accelerator: Accelerator
) -> dict[str, Any]:
    """Return the part of a training's state that does not depend on the kind of its clips."""
    return {
        "models": [t.name for t in trainees],
        "step": step,
        "seconds": seconds,
        "hardware": _hardware(accelerator.device),
        "trainees": {
            t.name: {
                "student": accelerator.unwrap_model(t.student).state_dict(),
                "optimizer": t.optimizer.state_dict(),
                "average": t.average,
            }
            for t in trainees
        },
    }


def restore(trainees: Sequence[Trainee], state: dict[str, Any]) -> None:
    """Put the trainees where a state left them, before accelerate prepares them."""
    for trainee in trainees:
        saved = state["trainees"][trainee.name]
        trainee.student.load_state_dict(saved["student"])
        trainee.optimizer.load_state_dict(saved["optimizer"])
        trainee.average = saved["average"]


def _hardware(device: torch.device) -> str:
    """Return the hardware of the training, for the card."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device}, {torch.get_num_threads()} thread(s), {platform.machine()}"
