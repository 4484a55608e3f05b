"""Run files made to harm by a seed, and count how each ended: `python -m tests.hostile.fuzz --count 2000`.

The same seed makes the same files. Every failure is printed with its number; `--only NUMBER` makes that file
again and keeps it.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random

import click
import torch

from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.transformer import VideoTransformer
from tests.hostile.archives import checkpoint, mask_zip
from tests.hostile.judge import Judge, Outcome
from tests.hostile.references import REFERENCES, Outside
from tests.hostile.videos import VIDEOS, Made, bases
from tests.own_models.checkpoints import CONFIG

_SHARES = {
    **dict.fromkeys(VIDEOS, 10),
    **{"flipped": 16, "lying": 16, "boxes": 12},
    **{"playlist": 12, "data_reference": 8, "pattern": 3, "other_kind": 8},
    **{"mask_zip": 8, "checkpoint": 12},
}
"""Of so many files each kind is made."""


class Fuzzer:
    """Make and run hostile files in a folder of their own."""

    def __init__(self, folder: Path, seed: int, port: int) -> None:
        self.folder, self.seed = folder, seed
        self.sound = bases(folder / "sound")
        self.outside = Outside(folder / "sound" / "sound.mp4", port)
        self.tiny, self.marker = folder / "tiny", folder / "executed"
        torch.manual_seed(0)
        save_checkpoint(self.tiny, VideoTransformer(CONFIG), title="Tiny", card="A test.\n")
        self.judge = Judge(folder / "files", self.outside.film)

    def make(self, number: int) -> tuple[str, Made | tuple[Made, ...]]:
        """Return the kind of file `number`, and the file or, of a checkpoint, its files."""
        dice = Random(f"{self.seed}/{number}")
        (kind,) = dice.choices(list(_SHARES), list(_SHARES.values()))
        if kind in VIDEOS:
            return kind, VIDEOS[kind](dice, self.sound)
        if kind in REFERENCES:
            return kind, REFERENCES[kind](dice, self.sound, self.outside)
        if kind == "mask_zip":
            return kind, mask_zip(dice)
        return kind, checkpoint(dice, self.tiny, self.marker)

    def run(self, number: int, *, keep: bool = False) -> tuple[int, str, Outcome]:
        """Make file `number`, run it, and return how it ended."""
        kind, made = self.make(number)
        outcome = self.judge(made, number)
        if not keep:
            shutil.rmtree(self.judge.folder / f"{number}", ignore_errors=True)
        if self.marker.exists():
            outcome = Outcome("failure", "code in it was run")
        return number, kind, outcome

    def run_all(self, count: int) -> Iterator[tuple[int, str, Outcome]]:
        """Run the files 0 to `count`, two at a time."""
        with ThreadPoolExecutor(2) as threads:
            yield from threads.map(self.run, range(count))


@contextmanager
def fuzzer(folder: Path, seed: int) -> Iterator[Fuzzer]:
    """Return a fuzzer whose files name a server of this machine; raises when anybody called it."""
    folder = folder.resolve()
    (folder / "files").mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        made = Fuzzer(folder, seed, server.getsockname()[1])
        try:
            yield made
        finally:
            made.judge.close()
        try:
            caller = server.accept()[1]
        except TimeoutError:
            return
        raise AssertionError(f"A file made fixviz call {caller}.")


@click.command()
@click.option("--count", default=200, help="Files to make.")
@click.option("--seed", default=0, help="What to make them from.")
@click.option("--only", type=int, help="Run this one file alone, and keep it.")
def main(count: int, seed: int, only: int | None) -> None:
    """Run hostile files and count how each ended; exit code 1 when one was a failure."""
    warnings.simplefilter("ignore")  # Of the programs that make such files.
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    started = time.monotonic()
    with fuzzer(folder, seed) as made:
        if only is not None:
            click.echo(f"{made.run(only, keep=True)}\n{made.judge.folder / str(only)}")
            return
        table: Counter[tuple[str, str]] = Counter()
        for number, kind, outcome in made.run_all(count):
            table[kind, outcome.kind] += 1
            if outcome.kind in ("failure", "crashed", "stopped"):
                click.echo(f"{number} {kind}: {outcome.kind}: {outcome.text}")
    shutil.rmtree(folder, ignore_errors=True)
    ends = ("result", "sentence", "stopped", "crashed", "failure")
    click.echo(f"{'kind':16}" + "".join(f"{end:>10}" for end in ends))
    for kind in _SHARES:
        click.echo(f"{kind:16}" + "".join(f"{table[kind, end]:10}" for end in ends))
    totals = [sum(n for (_, end), n in table.items() if end == wanted) for wanted in ends]
    click.echo(f"{'all':16}" + "".join(f"{total:10}" for total in totals))
    click.echo(f"{time.monotonic() - started:.0f} s; nobody was called, nothing was run")
    raise SystemExit(1 if totals[-1] else 0)


if __name__ == "__main__":
    main()
