"""Look up what a request names: the video's content, checkpoints, a stored run."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from fixviz.data.clip_masks import MaskSource, masks_beside
from fixviz.data.mask_pictures import hash_pictures
from fixviz.data.truth import find_truth, read_truth
from fixviz.engine.jobs import (
    AnalysisRequest,
    CostRequest,
    DeriveRequest,
    ModelRef,
    TeachRequest,
)
from fixviz.engine.uploads import note_use
from fixviz.errors import CheckpointError, OptionError, UnknownModel
from fixviz.media.files import check_file, hash_file, safe_name
from fixviz.model.config import checkpoint_sha256, read_config, resolve_checkpoint
from fixviz.model.weight_files import weight_files
from fixviz.own_models.registry import note_model_use, own_folder
from fixviz.settings import Settings
from fixviz.store import Store, run_key

DescribeModel = Callable[[str], ModelRef]


@dataclass(frozen=True)
class Plan:
    """Hold an analysis request with all that was looked up for it."""

    kind: ClassVar = "analysis"
    key: str
    """Key of the run in the store."""
    title: str
    """Name of the clip to show."""
    path: str
    clip_sha256: str
    models: tuple[ModelRef, ...]
    device: str
    decode_arguments: Mapping[str, Any]
    truth: bytes | None = None
    """Content of the video's truth file."""
    size: int | None = None
    """Frame size of all models, where it is another than one of them was trained at."""
    masks: MaskSource | None = None
    """Masks that people made for the video."""


@dataclass(frozen=True)
class DerivePlan:
    """Hold a derive request with all that was looked up for it."""

    kind: ClassVar = "derived"
    key: str
    """Key that tells this result from all others that are computed at the same time."""
    title: str
    run_key: str
    model: ModelRef
    request: DeriveRequest

    @property
    def device(self) -> str:
        """Device to compute on."""
        return self.request.device


@dataclass(frozen=True)
class TeachPlan:
    """Hold a teach request with the checkpoints that it starts from."""

    kind: ClassVar = "teaching"
    key: str
    """Key that is the same for all who ask for the same of one set at the same time."""
    title: str
    models: tuple[ModelRef, ...]
    request: TeachRequest

    @property
    def device(self) -> str:
        """Device to learn on."""
        return self.request.device


@dataclass(frozen=True)
class CostPlan:
    """Hold a request to measure what attention costs."""

    kind: ClassVar = "cost"
    title: ClassVar = "Measuring attention"
    request: CostRequest

    @property
    def key(self) -> str:
        """Key that is the same for all who ask for the same measurement at the same time."""
        return f"cost/{self.request.shape}/{self.request.device}"

    @property
    def device(self) -> str:
        """Device to measure."""
        return self.request.device


AnyPlan: TypeAlias = Plan | DerivePlan | TeachPlan | CostPlan


def make_teach_plan(request: TeachRequest, describe: DescribeModel) -> TeachPlan:
    """Look up the checkpoints. Raises UnknownModel, CheckpointError."""
    models = tuple(describe(name) for name in request.models)
    return TeachPlan(f"teach/{request.examples}/{request.clip or ''}", "Teaching", models, request)


def derived_key(request: DeriveRequest, store: Store) -> str:
    """Return a key that is the same for equal results of one run, whoever asks. Raises RunNotFound."""
    return f"{store.key_of(request.run)}/{request.name}"


def make_derive_plan(
    request: DeriveRequest,
    store: Store,
    describe: DescribeModel,
    seen: Mapping[str, ModelRef],
) -> DerivePlan:
    """Look up run and checkpoint. seen: checkpoints of earlier requests, by SHA-256.

    Raises RunNotFound; OptionError for a model that the run lacks; CheckpointError when the run's
    checkpoint is not at hand any more.
    """
    manifest = store.manifest(request.run)
    entry = next((m for m in manifest["models"] if m["name"] == request.model), None)
    if entry is None:
        names = ", ".join(model["name"] for model in manifest["models"])
        raise OptionError(f"This run has no model {request.model!r}; it has {names}.")
    sha = entry["checkpoint_sha256"]
    model = seen.get(sha)
    if model is None or not Path(model.folder).is_dir():
        model = None
        with contextlib.suppress(UnknownModel):
            model = describe(request.model)
    if model is None or model.sha256 != sha:
        raise CheckpointError(
            f"The checkpoint {request.model} of this run is not at hand any more; analyze the clip again."
        )
    note_model_use(Path(model.folder))
    run_key = store.key_of(request.run)
    return DerivePlan(derived_key(request, store), request.model, run_key, model, request)


def find_models(
    request: AnalysisRequest, settings: Settings, describe: DescribeModel
) -> tuple[ModelRef, ...]:
    """Check the request, but its video, and look up the checkpoints.

    Raises OptionError, UnknownModel, CheckpointError.
    """
    request.check(settings)
    models = tuple(describe(name) for name in request.models)
    if len({model.name for model in models}) != len(models):
        raise OptionError("Two of the models have the same name; rename one's folder.")
    if request.rate_hz is None:
        common_rate(models)
    return models


def make_plan(request: AnalysisRequest, settings: Settings, describe: DescribeModel) -> Plan:
    """Check the request and look up content and checkpoints.

    Raises OptionError, UnknownModel, CheckpointError, UnreadableVideo, or VideoTooLarge.
    """
    models = find_models(request, settings, describe)
    rate_hz = request.rate_hz or common_rate(models)
    path = check_file(request.video, settings)
    note_use(path, settings)
    sha = request.sha256 or hash_file(path)
    truth = None if request.masks is not None else _truth(request, path)
    masks = _masks(request, path, settings) if truth is None else None
    # The most that the settings allow is the same whether somebody asks for it or leaves it out.
    frames = None if request.frames == settings.max_frames else request.frames
    arguments: dict[str, Any] = {
        "rate_hz": rate_hz,
        "start_s": float(request.start_s),
        "end_s": None if request.end_s is None else float(request.end_s),
        "frames": frames,
        "crop": request.crop,
    }
    # The size that all models were trained at is the same whether somebody asks for it or leaves it out.
    size = None if all(model.image_size == request.size for model in models) else request.size
    sampling = {**arguments, "mode": request.mode, "max_frames": settings.max_frames}
    key = run_key(
        sha,
        # Runs of earlier versions keep their keys.
        sampling if size is None else {**sampling, "size": size},
        [(model.name, model.sha256) for model in models],
        _known(truth, masks),
    )
    return Plan(
        key=key,
        title=safe_name(request.title),
        path=str(path),
        clip_sha256=sha,
        models=models,
        device=request.device,
        decode_arguments={**arguments, "settings": settings},
        truth=truth,
        size=size,
        masks=masks,
    )


def _known(truth: bytes | None, masks: MaskSource | None) -> dict[str, Any]:
    """Return what of truth and masks decides the content of a run."""
    if truth is not None:
        return {"truth": hashlib.sha256(truth).hexdigest()}
    if masks is not None:
        # Masks beside a video may turn out not to fit, which for masks that were named is an error.
        asked = {"inverted": masks.inverted, "required": masks.required}
        return {"masks": masks.sha256, **asked}
    return {}


def _masks(request: AnalysisRequest, path: Path, settings: Settings) -> MaskSource | None:
    """Return the masks that the request names, else those beside the video.

    Raises OptionError for named ones that are not there, VideoTooLarge.
    """
    named = None if request.masks is None else Path(request.masks).expanduser().absolute()
    found = masks_beside(path) if named is None else named
    if found is None:
        return None
    name = safe_name(request.masks_name or found)
    if found.is_dir():
        sha = hash_pictures(found)
    elif found.exists():
        found = check_file(found, settings)
        note_use(found, settings)
        sha = hash_file(found)
    else:
        raise OptionError(
            f"There are no masks '{name}'; give a mask video, a ZIP or a folder of PNG files."
        )
    return MaskSource(str(found), name, sha, request.masks_inverted, required=named is not None)


def _truth(request: AnalysisRequest, path: Path) -> bytes | None:
    """Return the content of the truth file that the request names, else of the one beside the video."""
    if request.truth is None:
        return find_truth(path)
    name = safe_name(request.truth)
    try:
        data = Path(request.truth).read_bytes()
    except OSError:
        raise OptionError(f"The truth file '{name}' cannot be read; check its path.") from None
    if read_truth(data) is None:
        raise OptionError(
            f"'{name}' is not a truth file; give the JSON that fixviz wrote beside the video."
        )
    return data


class Checkpoints:
    """Describe shipped, own and other checkpoints; hash weights again only when files changed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[str, tuple[tuple[int, ...], ModelRef]] = {}

    def __call__(self, name: str) -> ModelRef:
        """Return the checkpoint of that name or folder. Raises UnknownModel or CheckpointError."""
        folder = own_folder(self._settings, name) or resolve_checkpoint(name)
        note_model_use(folder)
        stamp = _stamp(folder)
        known = self._known.get(str(folder))
        if known is not None and known[0] == stamp:
            return known[1]
        info = read_config(folder)
        model = ModelRef(
            info.name,
            str(folder),
            checkpoint_sha256(folder),
            float(info.config.frame_rate),
            info.config.image_size,
        )
        self._known[str(folder)] = (stamp, model)
        return model


def _stamp(folder: Path) -> tuple[int, ...]:
    config = folder / "config.json"
    if not config.is_file():
        return ()
    stamp: list[int] = []
    for path in (config, *weight_files(folder)):
        status = path.stat()
        stamp += [status.st_mtime_ns, status.st_size]
    return tuple(stamp)


def common_rate(models: tuple[ModelRef, ...]) -> float:
    """Return the frame rate that all models were trained at. Raises OptionError where they differ."""
    rates = {model.name: model.rate_hz for model in models}
    if len(set(rates.values())) > 1:
        listed = ", ".join(f"{name} {rate:g} Hz" for name, rate in rates.items())
        raise OptionError(
            f"The models were trained at different frame rates ({listed}); analyze them in separate runs."
        )
    return models[0].rate_hz
