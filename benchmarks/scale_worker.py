"""Start as a model worker does, analyze one clip, and print what that took, as JSON.

    python benchmarks/scale_worker.py CLIP MODEL,MODEL

start_s: seconds of a clock from the start of the process until all models are loaded; start_core_s: the same
of the processor; bytes: most memory, resident.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import psutil
import torch

from fixviz.analysis.run import NamedModel, analyze_clip
from fixviz.engine.plan import Checkpoints
from fixviz.media.decode import decode_clip
from fixviz.model.checkpoints import load_model
from fixviz.model.config import read_config
from fixviz.settings import Settings


def load(names: list[str]) -> dict[str, NamedModel]:
    """Load models on the processor, by name."""
    describe = Checkpoints(Settings())
    folders = {ref.name: (Path(ref.folder), ref.sha256) for ref in map(describe, names)}
    return {
        name: NamedModel(load_model(folder, "cpu"), read_config(folder), sha)
        for name, (folder, sha) in folders.items()
    }


def main(clip: str, names: str) -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    models = load(names.split(","))
    started = time.time() - psutil.Process().create_time()
    used = time.process_time()
    rate = next(iter(models.values())).model.config.frame_rate
    analyze_clip(models, decode_clip(clip, rate_hz=rate))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found = {"start_s": started, "start_core_s": used, "bytes": most}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
