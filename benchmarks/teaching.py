"""How well and how fast models learn three classes that they have never had as labels.

    python benchmarks/teaching.py [--backbones FOLDER] [--classes a,b,c] [--seeds 3]

Ten generated clips a class, as on the page Teach a model: seven are learned, three held out. FOLDER has a
checkpoint softmax, linear and fixation each, trained with `fixviz train --leave-out CLASS`. The shipped ones
know all classes of the world, but not those of the example clips: `--classes
there-and-back,jump,closer-and-away`. Beside the clips
held out, fifty more a class are asked, since nine say little. Prints the machine's load, since figures
of a busy machine are none.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

# As in the app's worker, and read when torch loads: threads that spin while they wait slow a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from fixviz.data.classes import CLASSES
from fixviz.data.generate import generate
from fixviz.model.checkpoints import load_model
from fixviz.model.config import read_config
from fixviz.resources import checkpoints
from fixviz.teaching.example_clips import MOTIONS
from fixviz.teaching.learning import LearnedClip, answer, teach
from fixviz.teaching.split import held_out

MODELS = ("softmax", "linear", "fixation")
CLIPS, MORE = 10, 50


def clips(name: str, count: int, seed: int) -> list[torch.Tensor]:
    """Draw clips of a class as frames, uint8 [T, H, W, 3].

    A class of the world, or one of the example clips: its motion halfway and back.
    """
    labels = torch.full((count,), CLASSES.index(MOTIONS.get(name, name)))
    pixels = generate(count, seed, "standard", labels=labels).pixels
    if name in MOTIONS:
        pixels = pixels[:, [0, 2, 4, 6, 6, 4, 2, 0]]
    return list((pixels * 255).round().to(torch.uint8).permute(0, 1, 3, 4, 2))


def main() -> None:
    """Print a line per model and seed, and the time that the three took together."""
    parser = argparse.ArgumentParser(description="measure teaching")
    parser.add_argument("--backbones", type=Path, default=checkpoints())
    parser.add_argument("--classes", default="approach,recede,turn")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--most-seconds", type=float, default=20.0)
    chosen = parser.parse_args()
    names = chosen.classes.split(",")
    models = {name: load_model(chosen.backbones / name, "cpu") for name in MODELS}
    print(
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {torch.get_num_threads()} threads"
    )
    for name, model in models.items():
        recipe = read_config(chosen.backbones / name).extra["training"]["recipe"]
        had = {*model.config.class_names} - {*(recipe.get("left_out") or ())}
        known = sorted({*names} & had)
        if known:
            print(f"{name} has had as labels: {', '.join(known)}")
    for seed in range(chosen.seeds):
        drawn = [clips(name, CLIPS, 2**40 + 100 * seed + n) for n, name in enumerate(names)]
        more = [clips(name, MORE, 2**41 + 100 * seed + n) for n, name in enumerate(names)]
        ids = [[f"{n}-{i}" for i in range(CLIPS)] for n in range(len(names))]
        aside = held_out(ids, seed)
        examples = [
            LearnedClip(frames.numpy(), n, ids[n][i] in aside)
            for n, of_class in enumerate(drawn)
            for i, frames in enumerate(of_class)
        ]
        total, used = 0.0, 0.0
        for name, model in models.items():
            start, cpu = time.perf_counter(), time.process_time()
            taught = teach(model, names, examples, seed=seed, most_seconds=chosen.most_seconds)
            seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
            total, used = total + seconds, used + cpu
            right = [
                [int(answer(taught.model, frames.numpy()).argmax()) == n for frames in of_class]
                for n, of_class in enumerate(more)
            ]
            share = sum(map(sum, right)) / (MORE * len(names))
            each = ", ".join(f"{names[n]} {sum(r) / MORE:.0%}" for n, r in enumerate(right))
            print(
                f"seed {seed} {name:9} {seconds:5.1f} s (CPU {cpu:5.1f} s) {taught.steps} steps  "
                f"head alone {taught.curve[0].held_out:.0%}, held out {taught.curve[-1].held_out:.0%}, "
                f"{MORE} more a class {share:.1%} ({each})",
                flush=True,
            )
        print(f"seed {seed} all three {total:5.1f} s (CPU {used:5.1f} s)", flush=True)


if __name__ == "__main__":
    main()
