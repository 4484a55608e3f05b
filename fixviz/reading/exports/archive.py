"""Write a stored run to one ZIP: the files of `fixviz analyze`, tables as JSON too, and a note."""

from __future__ import annotations

import io
import shutil
import threading
import zipfile
from pathlib import Path
from typing import Any

from fixviz.csv_files import write_rows
from fixviz.reading.exports.columns import rows_of
from fixviz.reading.exports.guarded_folders import NOTE_MARK
from fixviz.reading.exports.prediction_tables import PROBABILITIES, blocks_of_manifest
from fixviz.reading.exports.run_folder import export_run
from fixviz.store import Store
from fixviz.store.files import staging_folder, storing

_README = """{title}

manifest.json       what was analyzed, with which checkpoints (SHA-256), sampled how, and the models
metrics.csv, .json  concentration measures per model, layer, axis, head and frame: means over the
                    queries of the frame; entropy in nats; an empty field or null is undefined.
                    Where attention is: on the target where the truth is known, motion
                    agreement and attended motion where flow could be measured
lorenz.csv          share of the attention that the weakest 0, 5, ..., 100 % of the keys hold
concentration_histogram.csv
                    queries of the frame in bins of 0.05 of their concentration
probabilities.csv   class probabilities per model and window of frames
overlay-MODEL.mp4   attention received by each patch, drawn over the clip; manifest.json says under
                    "overlay" which layer and axis, and the scale that all models share

Layers, heads, frames and windows count from 0. A map of attention says what a layer mixes, not
what the decision rests on.
{mark} {version}.
"""
# Encoding videos takes all cores: two at once are as fast as ten.
_turns = threading.Semaphore(2)


def export_zip(store: Store, handle: str, target: Path, title: str) -> None:
    """Write the run to the ZIP file `target`. title: heading of the note in it.

    Raises RunNotFound, StorageError; `target` is then not there.
    """
    with (
        _turns,
        storing("the export", target.parent),
        staging_folder(target.parent) as work,
    ):
        folder = work / "files"
        folder.mkdir()
        export_run(store, handle, folder)
        manifest = store.manifest(handle)
        (folder / "probabilities.csv").write_text(probabilities_csv(manifest), "utf-8")
        note = _README.format(title=title, mark=NOTE_MARK, version=manifest["fixviz"])
        (folder / "README.txt").write_text(note, "utf-8")
        packed = work / "export.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.iterdir()):
                stored = zipfile.ZIP_STORED if path.suffix == ".mp4" else zipfile.ZIP_DEFLATED
                archive.write(path, path.name, stored)
        shutil.move(packed, target)


def probabilities_csv(manifest: dict[str, Any]) -> str:
    """Return CSV with one row per model, window and class; a window has its first and last frame."""
    text = io.StringIO()
    write_rows(text, [[column.name for column in PROBABILITIES.columns]])
    for block in blocks_of_manifest(manifest):
        write_rows(text, rows_of(block, digits=None))
    return text.getvalue()
