"""Pack what a node needs for a job, and keep what comes back.

A node has none of the server's files. It gets a home of its own for each job, with the job's video, masks,
frames or examples in it. What the job has written there comes back and is stored as if it had been computed
here: a run is checked file by file against the SHA-256 that its files are named by.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeAlias

from numpy.typing import NDArray

from fixviz.attention_cost.measurement import CostMeasurement
from fixviz.data.mask_pictures import is_picture
from fixviz.engine.attention_costs import AttentionCosts
from fixviz.engine.calibration import Calibration, Shape
from fixviz.engine.jobs import MeasureTask, ModelRef, WarmUpTask
from fixviz.engine.machine import describe_machine
from fixviz.engine.plan import AnyPlan, CostPlan, DerivePlan, Plan, TeachPlan
from fixviz.engine.steps import Functions
from fixviz.errors import JobError
from fixviz.model.weight_files import weight_files
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.store.files import make_private, staging_folder, storing
from fixviz.store.layout import Layout
from fixviz.teaching.examples import ExampleSets
from fixviz.teaching.outcome import FOLDER

Job: TypeAlias = AnyPlan | WarmUpTask | MeasureTask
"""What a node can be asked for."""
Files: TypeAlias = Mapping[str, bytes]
"""Contents of files by their paths below a folder, with slashes."""

_VIDEO, _MASKS, _CHECKPOINTS = "video", "masks", "checkpoints"
_OWNER: Final = "node"


@dataclass(frozen=True)
class StoredFrames:
    """The part of a stored run from which results are derived."""

    manifest: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    files: Files


@dataclass(frozen=True)
class Work:
    """Hold a job with what a node needs for it, but the checkpoints."""

    job: Job
    settings: Settings
    functions: Functions
    files: Files = field(default_factory=dict)
    """Below the home that the node makes for the job."""
    frames: StoredFrames | None = None


@dataclass(frozen=True)
class Derived:
    """A result that a node derived from a run."""

    content: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


Result: TypeAlias = Files | Derived | CostMeasurement | tuple[Shape | None, ...] | None
"""What comes back: a run's files, a derived result, a measurement, costs of models, or what was taught."""


def checkpoints_of(job: Job) -> tuple[ModelRef, ...]:
    """Return the checkpoints that a job loads."""
    if isinstance(job, DerivePlan):
        return (job.model,)
    return job.models if isinstance(job, Plan | TeachPlan | WarmUpTask) else ()


def checkpoint_files(model: ModelRef) -> Files:
    """Return the files of a checkpoint. Raises CheckpointError, OSError."""
    folder = Path(model.folder)
    return {
        path.name: path.read_bytes() for path in (folder / "config.json", *weight_files(folder))
    }


def pack(job: Job, settings: Settings, functions: Functions) -> Work:
    """Return a job with the files of this machine that it reads.

    Raises OSError, StorageError, RunNotFound.
    """
    work = Work(job, settings, functions)
    if isinstance(job, Plan):
        video = Path(job.path)
        files = {f"{_VIDEO}/{video.name}": video.read_bytes()}
        if job.masks is not None:
            files |= _read(Path(job.masks.path), _MASKS)
        return replace(work, files=files)
    if isinstance(job, DerivePlan):
        return replace(work, frames=_frames(job, Store(settings)))
    if isinstance(job, TeachPlan):
        folder = ExampleSets(settings).folder(job.request.examples)
        return replace(work, files=_all_below(folder, settings.home))
    return work


def _read(path: Path, at: str) -> dict[str, bytes]:
    """Return a file, or the pictures of a folder, below the folder `at`."""
    if not path.is_dir():
        return {f"{at}/{path.name}": path.read_bytes()}
    pictures = (p for p in path.rglob("*") if p.is_file() and is_picture(p.name))
    return {f"{at}/{path.name}/{p.relative_to(path).as_posix()}": p.read_bytes() for p in pictures}


def _all_below(folder: Path, home: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in files}


def _frames(plan: DerivePlan, store: Store) -> StoredFrames:
    run = plan.request.run
    manifest = store.manifest(run)
    entry = next(e for e in manifest["models"] if e["name"] == plan.request.model)
    pixels = f"pixels/{entry['config']['image_size']}"
    shown = [name for name in manifest["files"] if name.startswith("frame/")]
    return StoredFrames(
        {k: v for k, v in manifest.items() if k not in ("arrays", "files")},
        {pixels: store.array(run, pixels)},
        {name: store.file(run, name) for name in shown},
    )


def unpack(work: Work, home: Path, checkpoints: Path) -> Job:
    """Write the files of a job below a new home, and return the job with the names that they have there.

    checkpoints: folder with those that the job loads; see `place_checkpoint`. Raises OSError, StorageError.
    """
    _write(work.files, home)
    settings = replace(work.settings, home=home, engine="local")
    job = work.job
    if isinstance(job, MeasureTask):
        return replace(job, settings=settings)
    if isinstance(job, CostPlan):
        return job
    if isinstance(job, DerivePlan):
        model = _placed(job.model, checkpoints)
        run = _put_run(work.frames, job, Store(settings))
        return replace(job, model=model, request=replace(job.request, run=run))
    models = tuple(_placed(model, checkpoints) for model in job.models)
    if not isinstance(job, Plan):
        return replace(job, models=models)
    masks = job.masks
    return replace(
        job,
        models=models,
        path=str(home / _VIDEO / Path(job.path).name),
        masks=masks and replace(masks, path=str(home / _MASKS / Path(masks.path).name)),
        decode_arguments={**job.decode_arguments, "settings": settings},
    )


def _put_run(frames: StoredFrames | None, plan: DerivePlan, store: Store) -> str:
    """Store what came of a run, and return a handle on it."""
    if frames is None:
        raise ValueError("a derived result needs its run")
    return store.publish(plan.run_key, frames.manifest, frames.arrays, frames.files, owner=_OWNER)


def _placed(model: ModelRef, checkpoints: Path) -> ModelRef:
    return replace(model, folder=str(checkpoint_folder(model, checkpoints)))


def checkpoint_folder(model: ModelRef, checkpoints: Path) -> Path:
    """Return where a node keeps a checkpoint: under its content, in a folder of its name."""
    return checkpoints / model.sha256 / Path(model.folder).name


def place_checkpoint(model: ModelRef, files: Files, checkpoints: Path) -> None:
    """Write a checkpoint's files where `unpack` looks for them, all or none. Raises OSError."""
    target = checkpoint_folder(model, checkpoints)
    with staging_folder(checkpoints / "staging") as staging:
        _write(files, staging / target.name)
        make_private(target.parent.parent)
        shutil.rmtree(target.parent, ignore_errors=True)
        target.parent.mkdir()
        (staging / target.name).rename(target)


def collect(job: Job, home: Path, settings: Settings) -> Result:
    """Return what an unpacked job has written into its home. Raises OSError, StorageError."""
    layout = Layout(home)
    if isinstance(job, Plan):
        return _all_below(layout.artifacts, home) | _all_below(layout.runs, home)
    if isinstance(job, DerivePlan):
        store, name = Store(settings), job.request.name
        content = store.derived(job.request.run, name)
        if content is None:
            raise JobError("The result could not be read on the node; start it again.")
        arrays = content.pop("arrays", {})
        found = {array: store.derived_array(job.request.run, name, array) for array in arrays}
        return Derived(content, found)
    if isinstance(job, TeachPlan):
        folder = ExampleSets(settings).folder(job.request.examples) / FOLDER
        return _all_below(folder, folder)
    if isinstance(job, CostPlan):
        return AttentionCosts(home).find(job.request)
    if isinstance(job, MeasureTask):
        calibration, machine = Calibration(home), describe_machine(job.device)
        return tuple(calibration.find(machine, config) for config in job.configs)
    return None


def keep(job: Job, result: Result, settings: Settings) -> None:
    """Store what a node has computed. job: as it was packed. Raises StorageError, RunNotFound."""
    if isinstance(job, Plan) and isinstance(result, Mapping):
        _keep_run(job, result, settings)
    elif isinstance(job, DerivePlan) and isinstance(result, Derived):
        Store(settings).add_derived(job.run_key, job.request.name, result.content, result.arrays)
    elif isinstance(job, TeachPlan) and isinstance(result, Mapping):
        _keep_taught(job, result, settings)
    elif isinstance(job, CostPlan) and isinstance(result, CostMeasurement):
        AttentionCosts(settings.home).keep(job.request, result)
    elif isinstance(job, MeasureTask) and isinstance(result, tuple):
        # Costs of a node stand under this machine, which estimates what jobs take.
        calibration, machine = Calibration(settings.home), describe_machine(job.device)
        for config, shape in zip(job.configs, result, strict=True):
            if shape is not None:
                calibration.keep(machine, config, shape)


def _keep_run(plan: Plan, files: Files, settings: Settings) -> None:
    with (
        storing("the run", settings.home),
        staging_folder(settings.home / "scratch") as folder,
    ):
        _write(files, folder)
        if not Store(settings).take_over(plan.key, folder):
            raise JobError("The run was damaged on its way from the cluster; start it again.")


def _keep_taught(plan: TeachPlan, files: Files, settings: Settings) -> None:
    """Put what was taught in the place of what was taught before."""
    folder = ExampleSets(settings).folder(plan.request.examples) / FOLDER
    if not folder.parent.is_dir():
        return  # The set was deleted meanwhile.
    with (
        storing("what was learned", settings.home),
        staging_folder(settings.home / "scratch") as staging,
    ):
        _write(files, staging / FOLDER)
        shutil.rmtree(folder, ignore_errors=True)
        (staging / FOLDER).rename(folder)


def _write(files: Files, folder: Path) -> None:
    """Write files below a folder. Raises ValueError for a path that leads out of it, OSError."""
    for name, data in files.items():
        parts = PurePosixPath(name).parts
        if ".." in parts or PurePosixPath(name).is_absolute():
            raise ValueError(f"not a path below a folder: {name!r}")
        path = folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
