"""Measure how fast questions about many clips are answered.

    python -m benchmarks.comparison --clips 1250 --frames 80

writes a data set of so many clips with made-up numbers in the form of `fixviz analyze` (three models, two
axes, three layers, four heads: a row for each, in every frame), asks it every kind of question, and prints
how long each takes, with nothing in memory but what the system keeps of files.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from fixviz.batch.layout import MARK, Layout, model_folder, shard_name
from fixviz.batch.schema import (
    CLIP_COLUMNS,
    RUNS_TABLE,
    TABLES,
    VERSION,
    arrow_schema,
    stored_columns,
)
from fixviz.batch.shard import ROW_GROUP
from fixviz.comparison import figures
from fixviz.comparison.data_set import open_data_set
from fixviz.comparison.quantities import quantity_named
from fixviz.comparison.question import Question, answer
from fixviz.comparison.values import Place, curves
from fixviz.drawing.colors import PALETTES
from fixviz.drawing.plotly_charts import plotly_chart

_MODELS = ("softmax", "linear", "fixation")
_AXES = ("temporal", "spatial")
_LAYERS, _HEADS = 3, 4
_CLASSES = [f"class {number}" for number in range(15)]


def write(folder: Path, clips: int, frames: int) -> None:
    """Write the data set."""
    layout = Layout(folder)
    folder.mkdir(parents=True)
    request = {"models": dict.fromkeys(_MODELS, "0" * 64)}
    layout.description.write_text(json.dumps({MARK: VERSION, "request": request}))
    runs = [f"{number:064x}" for number in range(clips)]
    dice = np.random.default_rng(0)
    of_clip = dice.normal(0, 0.05, clips)
    schema = arrow_schema(stored_columns(RUNS_TABLE))
    columns = {name: pa.nulls(clips, schema.field(name).type) for name in schema.names}
    columns |= {"run": pa.array(runs), "sha256": pa.array(runs)}
    _put(layout.folder / "runs" / shard_name(0), pa.table(columns, schema))
    listed = arrow_schema(CLIP_COLUMNS)
    rows = {name: pa.nulls(clips, listed.field(name).type) for name in listed.names}
    rows |= {"clip": pa.array([f"clip-{n:05d}.mp4" for n in range(clips)]), "run": pa.array(runs)}
    rows |= {
        "folder": pa.array([""] * clips),
        "handle": pa.array([f"{n:022d}" for n in range(clips)]),
    }
    labels = [_CLASSES[n % len(_CLASSES)] for n in range(clips)]
    pq.write_table(
        pa.table(
            {**rows, "label": pa.array(labels)}, schema=pa.schema([*listed, ("label", pa.string())])
        ),
        layout.clips,
    )
    for number, model in enumerate(_MODELS):
        for table, make in (("metrics", _metrics), ("probabilities", _answers)):
            path = folder / table / model_folder(model) / shard_name(0)
            path.parent.mkdir(parents=True, exist_ok=True)
            schema = arrow_schema(stored_columns(TABLES[table]))
            with pq.ParquetWriter(path, schema, compression="zstd") as writer:
                for batch in make(runs, frames, of_clip + 0.1 * number, schema, dice):
                    writer.write_table(batch, row_group_size=ROW_GROUP)


def _metrics(
    runs: list[str], frames: int, level: Any, schema: pa.Schema, dice: np.random.Generator
) -> Iterator[pa.Table]:
    """Yield the rows of the metrics, a hundred clips at a time."""
    shape = (len(_AXES), _LAYERS, _HEADS, frames)
    axis, layer, head, frame = (index.ravel() for index in np.indices(shape))
    rows = len(axis)
    for begin in range(0, len(runs), 100):
        some = runs[begin : begin + 100]
        count = len(some)
        columns: dict[str, Any] = {
            "run": pa.array(np.repeat(some, rows)),
            "axis": pa.array(np.tile(np.array(_AXES)[axis], count)),
        }
        for name, values in (("layer", layer), ("head", head), ("frame", frame)):
            columns[name] = pa.array(np.tile(values, count), pa.int32())
        columns["timestamp_s"] = pa.array(np.tile(frame / 8, count))
        for field in schema:
            if field.name not in columns:
                values = np.repeat(level[begin : begin + count], rows) + 0.3
                values = (values + dice.normal(0, 0.03, rows * count)).astype(np.float32)
                columns[field.name] = pa.array(values)
        yield pa.table({name: columns[name] for name in schema.names}, schema)


def _answers(
    runs: list[str], frames: int, level: Any, schema: pa.Schema, dice: np.random.Generator
) -> Iterator[pa.Table]:
    """Yield the rows of the probabilities: a window begins at every fourth frame."""
    windows = max(1, frames // 4 - 1)
    window, number = (index.ravel() for index in np.indices((windows, len(_CLASSES))))
    rows = len(window)
    given = dice.dirichlet(np.full(len(_CLASSES), 0.3), len(runs) * windows).astype(np.float32)
    columns: dict[str, Any] = {
        "run": pa.array(np.repeat(runs, rows)),
        "class": pa.array(np.tile(np.array(_CLASSES)[number], len(runs))),
        "probability": pa.array(given.ravel()),
        "start_s": pa.array(np.tile(window / 2, len(runs)).astype(float)),
    }
    for name, values in (
        ("window", window),
        ("first_frame", 4 * window),
        ("last_frame", 4 * window + 7),
    ):
        columns[name] = pa.array(np.tile(values, len(runs)), pa.int32())
    yield pa.table({name: columns[name] for name in schema.names}, schema)


def _put(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")


def measure(folder: Path, repeats: int) -> dict[str, list[tuple[float, float]]]:
    """Return how long each question took, and the time of processors in it, in seconds."""
    source = open_data_set(folder)
    clips, measure_ = source.clips[:12], quantity_named("concentration")
    place = Place("spatial", 2, None)
    everywhere = Place("spatial", None, None)

    def ask(question: Question) -> Callable[[], object]:
        return lambda: answer(source, question)

    def page() -> object:
        found = answer(source, Question(group="label", against="entropy"))
        described = [
            figures.distribution(found),
            figures.differences(found),
            figures.scatter(found),
            figures.outlier_table(found),
        ]
        return [
            plotly_chart(figure.chart, PALETTES["light"])
            for figure in described
            if figure is not None and figure.chart is not None
        ]

    every: dict[str, Callable[[], object]] = {
        "open the data set": lambda: open_data_set(folder),
        "one layer: distributions, differences, outliers": ask(Question(place=place)),
        "mean of all layers": ask(Question(place=everywhere)),
        "with groups of the label": ask(Question(group="label")),
        "two measures": ask(Question(against="entropy")),
        "right answers": ask(Question("right")),
        "twelve clips over time": lambda: curves(
            source, measure_, place, list(source.models), clips
        ),
        "all of it, described and drawn": page,
    }
    found: dict[str, list[tuple[float, float]]] = {}
    for name, question in every.items():
        for _ in range(repeats):
            began, used = time.perf_counter(), time.process_time()
            question()
            took = time.perf_counter() - began, time.process_time() - used
            found.setdefault(name, []).append(took)
    return found


def main() -> None:
    """Write, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clips", type=int, default=1_250)
    parser.add_argument("--frames", type=int, default=80)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "made"
        write(folder, args.clips, args.frames)
        size = sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 1e6
        rows = args.clips * args.frames * len(_MODELS) * len(_AXES) * _LAYERS * _HEADS
        sys.stdout.write(
            f"{args.clips:,} clips of {args.frames} frames: {args.clips * args.frames:,} frames, "
            f"{rows:,} rows of metrics, {size:.0f} MB\n"
        )
        for name, took in measure(folder, args.repeats).items():
            seconds, used = zip(*took, strict=True)
            sys.stdout.write(
                f"{name}: {statistics.median(seconds):.2f} s "
                f"({min(seconds):.2f} to {max(seconds):.2f}, {len(seconds)} times); "
                f"{statistics.median(used):.2f} s of all processors together\n"
            )
    sys.stdout.write(f"memory of the process: {psutil.Process().memory_info().rss / 1e6:.0f} MB\n")


if __name__ == "__main__":
    main()
