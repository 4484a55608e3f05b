"""Define what goes into the engine and what comes out, as plain data that can be pickled. No torch."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fixviz.attention_cost.shape import FRAMES, SHAPES, AttentionShape
from fixviz.data.clip_masks import MaskSource
from fixviz.errors import OptionError
from fixviz.model.config import ModelConfig
from fixviz.settings import Settings

DEFAULT_MODELS = ("softmax", "linear", "fixation")

Mode = Literal["windows"]

SMALLEST_SIZE, LARGEST_SIZE = 16, 1024
"""Bounds of the frame size, in pixels of the short side."""

_DEVICE = re.compile(r"auto|cpu|cuda(:\d{1,2})?")


@dataclass(frozen=True)
class UploadRef:
    """Name a video that the engine keeps under home/uploads, by its content."""

    name: str
    """Cleaned name of the user's file; only shown."""
    sha256: str
    path: str
    bytes: int


@dataclass(frozen=True)
class AnalysisRequest:
    """Request the analysis of a video."""

    video: str
    """Path of the file."""
    models: tuple[str, ...] = DEFAULT_MODELS
    """Names of shipped checkpoints, or paths of checkpoint folders."""
    size: int | None = None
    """Short side in pixels of the frames that all models see; None shows each the size it was trained at."""
    start_s: float = 0.0
    end_s: float | None = None
    """End of the span in seconds; None is the end of the video."""
    frames: int | None = None
    """Most frames to analyze; None is the most that the settings allow."""
    rate_hz: float | None = None
    """Frames per second of the clip; None takes the rate that the models were trained at."""
    mode: Mode = "windows"
    """Windows of T frames at the rate, overlapping by half."""
    device: str = "auto"
    """cpu, cuda, cuda:1 and so on; auto takes a GPU when there is one."""
    crop: tuple[int, int, int, int] | None = None
    """Part of the picture as the decoder defines it; None is all of it."""
    name: str | None = None
    """Name of the clip to show; None takes the name of the file."""
    sha256: str | None = None
    """SHA-256 of the file where it is known (an upload); None has it computed."""
    truth: str | None = None
    """Path of the video's truth file (fixviz.data.truth); None takes the one beside it, if any."""
    masks: str | None = None
    """Path of masks of what moves: a video, a ZIP or a folder of pictures (fixviz.data.clip_masks); None
    takes what lies beside the video and carries its name, if no truth file does."""
    masks_name: str | None = None
    """Name of the masks to show; None takes the name of the file."""
    masks_inverted: bool = False
    """The target is black in the masks."""

    @classmethod
    def of_upload(
        cls, upload: UploadRef, masks: UploadRef | None = None, **fields: Any
    ) -> AnalysisRequest:
        """Return a request for an uploaded video and its uploaded masks; `fields` are the other fields."""
        if masks is not None:
            fields = {"masks": masks.path, "masks_name": masks.name, **fields}
        return cls(video=upload.path, name=upload.name, sha256=upload.sha256, **fields)

    @property
    def title(self) -> str:
        """Name of the clip to show."""
        return self.name or Path(self.video).name

    def check(self, settings: Settings) -> None:
        """Raise OptionError for the first value that makes no sense."""
        if not self.models:
            raise OptionError("No model is chosen; choose at least one.")
        if len(set(self.models)) != len(self.models):
            raise OptionError("A model is chosen twice; choose each once.")
        if not (math.isfinite(self.start_s) and self.start_s >= 0):
            raise OptionError(f"The start is {self.start_s} s; it must be 0 or more.")
        if self.end_s is not None and not self.end_s > self.start_s:
            raise OptionError(
                f"The end ({self.end_s:g} s) must be after the start ({self.start_s:g} s)."
            )
        if self.frames is not None and not 1 <= self.frames <= settings.max_frames:
            raise OptionError(
                f"{self.frames} frames are asked for; from 1 to {settings.max_frames} are allowed "
                "(FIXVIZ_MAX_FRAMES)."
            )
        if self.size is not None and not SMALLEST_SIZE <= self.size <= LARGEST_SIZE:
            raise OptionError(
                f"The frame size is {self.size} px; it must be from {SMALLEST_SIZE} to {LARGEST_SIZE} px."
            )
        if self.rate_hz is not None and not (math.isfinite(self.rate_hz) and self.rate_hz > 0):
            raise OptionError(f"The rate is {self.rate_hz} Hz; it must be above 0.")
        if not _DEVICE.fullmatch(self.device):
            raise OptionError(
                f"The device {self.device!r} is unknown; use auto, cpu, cuda, or cuda:1 and so on."
            )
        if self.truth is not None and self.masks is not None:
            raise OptionError("Give a truth file or masks, not both.")
        if self.mode != "windows":
            raise OptionError(f"The mode {self.mode!r} is unknown; use windows.")


@dataclass(frozen=True)
class DeriveRequest:
    """Request a result that is computed from a stored run and kept with it."""

    run: str
    """Handle of the run."""
    kind: str
    """One of fixviz.analysis.kinds.KINDS; docs/reference/run-format.md lists them with their arguments."""
    model: str
    """Name of a model of the run."""
    arguments: Mapping[str, Any]
    """Plain JSON values."""
    device: str = "auto"

    @property
    def name(self) -> str:
        """Name of the result in the store."""
        return f"{self.kind}/{self.model}/{json.dumps(dict(self.arguments), sort_keys=True)}"


@dataclass(frozen=True)
class TeachRequest:
    """Request that models learn the classes of a set of clips, or answer one more clip afterwards."""

    examples: str
    """Id of the set (fixviz.teaching.examples)."""
    owner: str
    clip: str | None = None
    """Id of a kept clip that the models answer; None: they learn."""
    models: tuple[str, ...] = DEFAULT_MODELS
    """Names of the checkpoints from which they learn."""
    device: str = "auto"


@dataclass(frozen=True)
class CostRequest:
    """Request that what attention of one shape costs is measured here."""

    shape: str
    """One of fixviz.attention_cost.shape.SHAPES."""
    device: str = "auto"

    def check(self) -> AttentionShape:
        """Return the shape. Raises OptionError for an unknown one."""
        if self.shape not in SHAPES:
            raise OptionError(f"There is no shape {self.shape!r}; there are {', '.join(SHAPES)}.")
        return SHAPES[self.shape]


@dataclass(frozen=True)
class DeviceReport:
    """Describe the devices that a worker found when it started."""

    name: str
    """Device that the worker computes on, such as "cpu" or "cuda:0"."""
    title: str
    """Name to show, such as "NVIDIA A100" or "CPU, 4 threads"."""
    default: str
    """Device that "auto" stands for on this machine."""
    available: tuple[str, ...]
    """All devices of this machine."""
    process: int | None = None
    """Process id of the worker, for its memory."""
    memory_bytes: int | None = None
    """Memory of the device itself where it has its own (a GPU)."""


@dataclass(frozen=True)
class ModelRef:
    """Name one checkpoint for a worker."""

    name: str
    folder: str
    sha256: str
    rate_hz: float
    image_size: int | None = None
    """Frame size that it was trained at; None where it is not known."""


@dataclass(frozen=True)
class DecodeTask:
    """Say what the decoding process has to do."""

    function: str
    """Dotted path "package.module:function" of the decoder, called with `path` and `arguments`."""
    path: str
    arguments: Mapping[str, Any]
    target: str
    """File that receives the pickled clip."""


@dataclass(frozen=True)
class MaskTask:
    """Say which masks the decoding process has to read for a decoded clip."""

    function: str
    """Dotted path of the function that reads them, called as `fixviz.data.clip_masks.read_masks`."""
    source: MaskSource
    clip: str
    """File with the pickled clip."""
    settings: Settings
    target: str
    """File that receives the pickled masks, or the sentence why there are none."""


@dataclass(frozen=True)
class ModelTask:
    """Say what a model worker has to compute from a clip."""

    key: str
    clip: str
    """File with the pickled clip."""
    clip_name: str
    clip_sha256: str
    models: tuple[ModelRef, ...]
    device: str
    settings: Settings
    truth: bytes | None = None
    """Content of the video's truth file."""
    size: int | None = None
    """Frame size of the request."""
    masks: str | None = None
    """File with the pickled masks, or with the sentence why there are none."""


@dataclass(frozen=True)
class DeriveTask:
    """Say what a model worker has to compute from a stored run."""

    request: DeriveRequest
    key: str
    model: ModelRef
    settings: Settings


@dataclass(frozen=True)
class TeachTask:
    """Say what a model worker has to teach, or which clip the models that were taught answer."""

    request: TeachRequest
    models: tuple[ModelRef, ...]
    settings: Settings


@dataclass(frozen=True)
class CostTask:
    """Say of which attention a worker has to measure the cost."""

    request: CostRequest
    settings: Settings

    @property
    def tokens(self) -> tuple[int, ...]:
        """Numbers of tokens at which it is measured, as far as the time reaches."""
        return self.request.check().tokens(FRAMES)


@dataclass(frozen=True)
class WarmUpTask:
    """Say which models a worker has to load before the first job needs them."""

    models: tuple[ModelRef, ...]
    device: str


@dataclass(frozen=True)
class MeasureTask:
    """Say of which models a worker has to measure what they cost."""

    configs: tuple[ModelConfig, ...]
    device: str
    settings: Settings
