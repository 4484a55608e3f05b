"""How long the pages under Inspect wait for what they compute from a stored run.

    python benchmarks/inspect_run.py VIDEO

Warm worker, shipped checkpoints: the median and the largest wall time from the request to the stored
result. Prints the machine's load, since figures of a busy machine are none.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from fixviz.engine import AnalysisRequest, DeriveRequest, Engine
from fixviz.settings import Settings
from fixviz.store import Store

MODELS = ("softmax", "linear", "fixation")
REPEATS = 3
ASKED: tuple[tuple[str, str, dict[str, Any], tuple[str, ...]], ...] = (
    (
        "integrated gradients, 32 steps, one window",
        "attribution",
        {"method": "integrated_gradients", "target": "predicted", "window": 0},
        MODELS,
    ),
    (
        "occlusion of every patch, one window",
        "attribution",
        {"method": "occlusion", "target": "predicted", "window": 0},
        MODELS,
    ),
    ("predictions without each neighbor, everything", "left_out_predictions", {}, ("fixation",)),
    (
        "what if: fixation dial 0, whole clip",
        "what_if",
        {"interventions": [{"kind": "dial", "alpha": 0.0}]},
        ("fixation",),
    ),
    (
        "what if: frames reversed, whole clip",
        "what_if",
        {"interventions": [{"kind": "reverse"}]},
        MODELS,
    ),
)


def main(video: str) -> None:
    """Print one line per kind and model."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        with Engine(settings, Store(settings)) as engine:
            # Every repeat looks at another span, because a stored result is not computed twice.
            runs = [
                engine.run(AnalysisRequest(video, models=MODELS, start_s=0.001 * repeat))
                for repeat in range(REPEATS)
            ]
            for what, kind, arguments, models in ASKED:
                for model in models:
                    times = []
                    for run in runs:
                        started = time.perf_counter()
                        engine.derive(DeriveRequest(run, kind, model, arguments)).result()
                        times.append(time.perf_counter() - started)
                    shown = f"{statistics.median(times):.2f} s (largest {max(times):.2f})"
                    print(f"{what}, {model}: {shown}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
