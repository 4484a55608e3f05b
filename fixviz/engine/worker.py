"""Run the models of one device. This module runs in the model worker's process.

The first task imports torch and the analysis, so that a failing import ends this task with a message
and not the process. The worker stores the run itself: arrays go to the disk, and not through a pipe
and the server's memory.
"""

from __future__ import annotations

import dataclasses
import os
import pickle
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
from numpy.typing import NDArray

from fixviz.data.clip_masks import ClipMasks
from fixviz.data.truth import Truth, read_truth
from fixviz.engine.attention_costs import AttentionCosts
from fixviz.engine.calibration import Calibration, Shape
from fixviz.engine.estimate import LITTLE_WORK, Work, cost, refusal, rough_work
from fixviz.engine.jobs import (
    CostTask,
    DeriveRequest,
    DeriveTask,
    DeviceReport,
    MeasureTask,
    ModelRef,
    ModelTask,
    TeachTask,
    WarmUpTask,
)
from fixviz.engine.machine import describe_machine, free_bytes, processor, threads
from fixviz.errors import CheckpointError, OptionError
from fixviz.media.clip import Clip
from fixviz.media.encode import decode_image
from fixviz.model.config import ModelConfig, checkpoint_sha256, read_config
from fixviz.model.frame_sizes import common_sizes
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.store.files import storing
from fixviz.tasks.child import TaskContext
from fixviz.teaching.examples import ExampleSets
from fixviz.teaching.outcome import FOLDER

if TYPE_CHECKING:
    from fixviz.analysis.derived import Derived
    from fixviz.analysis.run import NamedModel, RunData

_MOST_MODELS = 8
_MOST_BYTES = 800 * 10**6
_TOO_FAST = 0.6
"""A run that takes less than this share of its estimate shows that the estimate is wrong."""
_LOADED = 0.15
_ANALYZED = 0.95
_MAPPED = 0.8
"""Shares of the progress: the models are loaded, everything is computed, the maps are computed."""


class ModelCache:
    """Keep the models used last, by device and checkpoint hash, up to a number and a size.

    Models of the current job always stay, even when they alone are larger.
    """

    def __init__(
        self,
        load: Callable[[ModelRef, str], Any],
        size: Callable[[Any], int],
        most_models: int = _MOST_MODELS,
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._load, self._size = load, size
        self._most_models, self._most_bytes = most_models, most_bytes
        self._models: OrderedDict[tuple[str, str], tuple[Any, int]] = OrderedDict()

    def get(self, model: ModelRef, device: str) -> Any:
        """Return the model, loading it if need be."""
        key = (device, model.sha256)
        if key not in self._models:
            loaded = self._load(model, device)
            self._models[key] = (loaded, self._size(loaded))
        self._models.move_to_end(key)
        return self._models[key][0]

    def trim(self, keep: int) -> None:
        """Forget the models that were used longest ago, but never the last `keep`."""
        while len(self._models) > keep and (
            len(self._models) > self._most_models
            or sum(size for _, size in self._models.values()) > self._most_bytes
        ):
            self._models.popitem(last=False)


_cache: ModelCache | None = None
_start_s: float | None = None
"""Seconds from the start of this process until the first task could compute."""


def analyze(task: ModelTask, context: TaskContext) -> None:
    """Run the models on the clip and publish the run under `task.key`."""
    context.progress(0.0, "Loading the models")
    device = _prepare(task.device, context)
    models = _load_models(task.models, device, context)
    if task.size is not None:
        models = {name: named.at_size(task.size) for name, named in models.items()}
    with Path(task.clip).open("rb") as file:
        clip: Clip = pickle.load(file)
    source = dataclasses.replace(clip.source, name=task.clip_name, sha256=task.clip_sha256)
    # An upload is stored under its hash; messages use the name that the user gave it.
    notes = tuple(note.replace(clip.source.name, task.clip_name) for note in clip.notes)
    clip = dataclasses.replace(clip, source=source, notes=notes)
    work = _known_work(task, models, clip, device, context)
    if work is not None and not device.startswith("cuda"):
        sizes = common_sizes([named.info for named in models.values()])
        reason = refusal(work, task.settings.job_timeout_s, free_bytes(), sizes)
        if reason is not None:
            raise OptionError(reason)
    began = time.monotonic()
    from fixviz.analysis.run import analyze_clip

    truth, said = _truth(task)
    clip = dataclasses.replace(clip, notes=(*clip.notes, *said))
    run = analyze_clip(
        models,
        clip,
        truth=truth,
        progress=lambda part, text: context.progress(_LOADED + (_MAPPED - _LOADED) * part, text),
        should_stop=context.should_stop,
    )
    brought = _derive_with_run(models, run, context)
    context.should_stop()
    context.progress(_ANALYZED, "Storing the run")
    store = Store(task.settings)
    store.add(task.key, run.manifest, run.arrays, run.files)
    for name, result in brought.items():
        store.add_derived(task.key, name, result.description, result.arrays)
    if work is not None and time.monotonic() - began < _TOO_FAST * cost(work).seconds:
        # Something else must have kept the machine busy when it was measured.
        Calibration(task.settings.home).forget(describe_machine(task.device), work.configs)
    context.progress(1.0, "Done")


def _known_work(
    task: ModelTask,
    models: Mapping[str, NamedModel],
    clip: Clip,
    device: str,
    context: TaskContext,
) -> Work | None:
    """Return the task's work with what it costs; None where that is not known and the work is little."""
    configs = tuple(named.model.config for named in models.values())
    calibration, machine = Calibration(task.settings.home), describe_machine(task.device)
    height, width = clip.frames.shape[1:3]
    if any(calibration.find(machine, config) is None for config in configs):
        if rough_work(configs, len(clip), height, width) < LITTLE_WORK:
            return None
        context.progress(_LOADED, "Measuring whether it fits")
    shapes = _calibrate(configs, device, task.device, calibration, context)
    return Work(len(clip), height, width, configs, tuple(shapes))


def _truth(task: ModelTask) -> tuple[Truth | ClipMasks | None, tuple[str, ...]]:
    """Return what is known of the target, and sentences about masks that were not used."""
    if task.truth is not None:
        return read_truth(task.truth), ()
    if task.masks is None:
        return None, ()
    with Path(task.masks).open("rb") as file:
        found: ClipMasks | str = pickle.load(file)
    return (None, (found,)) if isinstance(found, str) else (found, ())


def _derive_with_run(
    models: Mapping[str, NamedModel], run: RunData, context: TaskContext
) -> dict[str, Derived]:
    """Compute the derived results that every run is stored with, by name."""
    from fixviz.analysis.derived import Subject
    from fixviz.analysis.deriving import derive_from, kinds_with_run

    results = {}
    for name, named in models.items():
        frames = run.arrays[f"pixels/{named.model.config.image_size}"]
        subject = Subject(
            named.model,
            frames,
            progress=lambda part, text: context.progress(
                _MAPPED + (_ANALYZED - _MAPPED) * part, text
            ),
            should_stop=context.should_stop,
        )
        for kind in kinds_with_run(named.model.config, frames):
            results[DeriveRequest("", kind, name, {}).name] = derive_from(subject, kind, {})
    return results


def derive(task: DeriveTask, context: TaskContext) -> None:
    """Compute the requested result from the run's frames, and store it with the run."""
    request = task.request
    context.progress(0.0, "Loading the model")
    device = _prepare(request.device, context)
    named = _load_models((task.model,), device, context)[task.model.name]
    store = Store(task.settings)
    # The run may have shown the model frames of another size than the checkpoint was trained at.
    entries = store.manifest(request.run)["models"]
    size = next(e["config"]["image_size"] for e in entries if e["name"] == task.model.name)
    frames = store.array(request.run, f"pixels/{size}")
    context.should_stop()
    from fixviz.analysis.derived import Subject
    from fixviz.analysis.deriving import derive_from

    context.progress(_LOADED, "Computing")
    _use_compiled_blocks(task.settings)
    subject = Subject(
        named.model.at_size(size),
        frames,
        progress=lambda part, text: context.progress(_LOADED + (_ANALYZED - _LOADED) * part, text),
        should_stop=context.should_stop,
        display=lambda: _display_frames(store, request.run),
    )
    result = derive_from(subject, request.kind, request.arguments)
    context.should_stop()
    store.add_derived(task.key, request.name, result.description, result.arrays)
    context.progress(1.0, "Done")


def teach(task: TeachTask, context: TaskContext) -> None:
    """Have the models learn the set's classes, or answer one more clip, and write what comes of it."""
    request = task.request
    context.progress(0.0, "Loading the models")
    device = _prepare(request.device, context)
    sets = ExampleSets(task.settings)
    found = sets.get(request.examples, request.owner)
    if found is None:
        raise OptionError("These clips are not there any more; start again.")
    folder = sets.folder(found.id) / FOLDER
    from fixviz.teaching.session import Backbone, train, try_out

    progress, stop = context.progress, context.should_stop
    _use_compiled_blocks(task.settings)
    with storing("what was learned", task.settings.home):
        if request.clip is not None:
            clip = sets.frames(found.id, request.clip)
            try_out(request.clip, clip, folder, progress=progress, should_stop=stop)
        else:
            loaded = _load_models(task.models, device, context)
            backbones = [Backbone(n, m.info.title, m.model) for n, m in loaded.items()]
            frames = {clip.id: sets.frames(found.id, clip.id) for clip in found.clips}
            train(found, frames, backbones, folder, progress=progress, should_stop=stop)
    context.progress(1.0, "Done")


def _display_frames(store: Store, run: str) -> NDArray[np.uint8]:
    """Read the display frames of a run, RGB [N, H, W, 3]."""
    names = (f"frame/{i:04d}" for i in range(len(store.manifest(run)["frames"]["index"])))
    return np.stack([decode_image(store.file(run, name)) for name in names])


def warm_up(task: WarmUpTask, context: TaskContext) -> None:
    """Import torch and load models before the first job needs them."""
    device = _prepare(task.device, context)
    _load_models(task.models, device, context)


def measure(task: MeasureTask, context: TaskContext) -> None:
    """Measure what analyses with models of these shapes cost, and keep it for `fixviz.engine.estimate`."""
    device = _prepare(task.device, context)
    _calibrate(task.configs, device, task.device, Calibration(task.settings.home), context)


def measure_attention(task: CostTask, context: TaskContext) -> None:
    """Measure what attention costs, and keep it for all visitors."""
    device = _prepare(task.request.device, context)
    import torch

    from fixviz.attention_cost.measure import measure_attention

    free = torch.cuda.mem_get_info(device)[0] if device.startswith("cuda") else free_bytes()
    found = measure_attention(
        task.request.check(),
        task.tokens,
        torch.device(device),
        seconds=task.settings.cost_seconds,
        free_bytes=free // 2,
        machine=processor(),
        progress=context.progress,
        should_stop=context.should_stop,
    )
    AttentionCosts(task.settings.home).keep(task.request, found)


def _calibrate(
    configs: Sequence[ModelConfig],
    device: str,
    asked: str,
    calibration: Calibration,
    context: TaskContext,
) -> list[Shape]:
    """Return what models of these shapes cost; measure those that are not known. asked: the device's name."""
    import torch

    from fixviz.engine.measuring import measure_shape

    machine = describe_machine(asked)
    shapes = []
    for config in configs:
        shape = calibration.find(machine, config)
        if shape is None:
            context.should_stop()
            shape = measure_shape(
                config, torch.device(device), _start_s or 0.0, context.should_stop
            )
            calibration.keep(machine, config, shape)
        shapes.append(shape)
    return shapes


def _prepare(device: str, context: TaskContext) -> str:
    """Set up torch once, report the device, and return its name."""
    global _start_s
    # Threads that spin while they wait cost a busy machine ten times their work (measured: 17 s
    # instead of 2 s beside one other process). Read by OpenMP when torch loads it.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from fixviz.model.checkpoints import choose_device

    if _start_s is None:
        torch.set_num_threads(threads())
        import fixviz.analysis.run  # noqa: F401  (every task needs it)

        _start_s = time.time() - psutil.Process().create_time()
    chosen = choose_device(device)
    gpus = tuple(f"cuda:{index}" for index in range(torch.cuda.device_count()))
    if chosen.type == "cuda":
        name = f"cuda:{chosen.index or 0}"
        title = torch.cuda.get_device_name(chosen)
        memory = int(torch.cuda.get_device_properties(chosen).total_memory)
    else:
        name, title, memory = str(chosen), f"CPU, {_count(torch.get_num_threads(), 'thread')}", None
    context.send(
        "device",
        DeviceReport(
            name,
            title,
            default=gpus[0] if gpus else "cpu",
            available=("cpu", *gpus),
            process=os.getpid(),
            memory_bytes=memory,
        ),
    )
    return name


def _use_compiled_blocks(settings: Settings) -> None:
    from fixviz.engine.compiled import use_compiled_blocks

    use_compiled_blocks(settings)


def _load_models(
    wanted: tuple[ModelRef, ...], device: str, context: TaskContext
) -> dict[str, NamedModel]:
    global _cache
    if _cache is None:
        _cache = ModelCache(_load_checked, _bytes_of)
    models: dict[str, NamedModel] = {}
    for number, model in enumerate(wanted):
        context.should_stop()
        context.progress(_LOADED * number / len(wanted), f"Loading {model.name}")
        models[model.name] = _cache.get(model, device)
    _cache.trim(keep=len(wanted))
    return models


def _load_checked(model: ModelRef, device: str) -> NamedModel:
    from fixviz.analysis.run import NamedModel
    from fixviz.model.checkpoints import load_model

    folder = Path(model.folder)
    loaded = NamedModel(load_model(folder, device), read_config(folder), model.sha256)
    if checkpoint_sha256(folder) != model.sha256:
        # Otherwise the run would be stored under the hash of other weights.
        raise CheckpointError(f"The checkpoint {model.name} changed meanwhile; start again.")
    return loaded


def _bytes_of(loaded: NamedModel) -> int:
    return sum(p.numel() * p.element_size() for p in loaded.model.parameters())


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
