"""The ZIP of a run holds what the run holds, readable without fixviz."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import av
import numpy as np
import pytest

from fixviz.errors import RunNotFound
from fixviz.reading.exports.archive import export_zip
from fixviz.settings import Settings
from fixviz.store import Store
from tests.ui.synthetic import CLASSES, FRAMES, HEADS, HEIGHT, LAYERS, WIDTH, synthetic_run


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[zipfile.ZipFile, Store, str]:
    home = tmp_path_factory.mktemp("home")
    store = Store(Settings(home=home))
    manifest, arrays, files = synthetic_run()
    arrays["linear/spatial/metrics"][1, 2, 3, 0] = np.nan
    handle = store.publish("a" * 64, manifest, arrays, files, owner="test", name="orbit.mp4")
    export_zip(store, handle, home / "run.zip", "My orbit")
    assert sorted(p.name for p in home.iterdir() if "staging" not in p.name) == [
        *("artifacts", "handles", "run.zip", "runs", "store.lock")
    ]
    return zipfile.ZipFile(home / "run.zip"), store, handle


def test_it_holds_manifest_tables_videos_and_a_note(exported) -> None:
    archive, _, _ = exported
    assert archive.testzip() is None
    assert archive.namelist() == [
        *("README.txt", "manifest.json", "metrics.csv", "metrics.json"),
        *("overlay-fixation.mp4", "overlay-linear.mp4", "overlay-softmax.mp4", "probabilities.csv"),
    ]
    assert archive.read("README.txt").decode().startswith("My orbit\n")
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["clip"]["name"] == "orbit.mp4"
    assert manifest["overlay"]["colormap"] == "viridis"


def test_the_tables_say_the_same_as_the_stored_arrays(exported) -> None:
    archive, store, handle = exported
    rows = list(csv.DictReader(io.StringIO(archive.read("metrics.csv").decode())))
    objects = json.loads(archive.read("metrics.json"))
    assert len(rows) == len(objects) == 3 * 2 * LAYERS * HEADS * FRAMES
    stored = store.array(handle, "fixation/temporal/metrics")
    for row in objects:
        if row["model"] == "fixation" and row["axis"] == "temporal":
            place = row["layer"], row["head"], row["frame"]
            assert row["concentration"] == pytest.approx(stored[place][2], abs=1e-6)
    undefined = [row for row in objects if row["entropy"] is None]
    assert [(r["model"], r["axis"], r["layer"], r["head"], r["frame"]) for r in undefined] == [
        ("linear", "spatial", 1, 2, 3)
    ]
    assert rows[objects.index(undefined[0])]["entropy"] == ""


def test_probabilities_come_by_window_with_the_names_of_classes(exported) -> None:
    archive, store, handle = exported
    rows = list(csv.DictReader(io.StringIO(archive.read("probabilities.csv").decode())))
    models = store.manifest(handle)["models"]
    assert len(rows) == sum(len(m["windows"]["start"]) for m in models) * len(CLASSES)
    second = [r for r in rows if r["model"] == "linear" and r["window"] == "1"]
    assert [r["class"] for r in second] == CLASSES
    assert (second[0]["first_frame"], second[0]["last_frame"]) == ("4", "11")
    assert float(second[0]["start_s"]) == 0.5
    assert sum(float(r["probability"]) for r in second) == pytest.approx(1)


def test_the_videos_have_every_frame(exported, tmp_path: Path) -> None:
    archive, _, _ = exported
    path = archive.extract("overlay-linear.mp4", tmp_path)
    with av.open(path) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == FRAMES
    assert (frames[0].width, frames[0].height) == (WIDTH, HEIGHT)


def test_a_run_that_is_gone_leaves_no_file(exported, tmp_path: Path) -> None:
    _, store, _ = exported
    with pytest.raises(RunNotFound):
        export_zip(store, "A" * 22, tmp_path / "run.zip", "Gone")
    assert list(tmp_path.iterdir()) == []
