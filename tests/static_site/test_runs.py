"""A run as files: the arrays that the player reads, packed so that the browser gets the same numbers."""

from __future__ import annotations

import gzip
import json
from typing import Any

import numpy as np
import pytest

from fixviz.course import shipped
from fixviz.static_site.packed import packed_array
from fixviz.static_site.runs import run_files

RUN = "clip"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return run_files(shipped.run().store, shipped.HANDLE, RUN)


@pytest.fixture(scope="module")
def manifest(files: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(files[f"{RUN}/manifest.json"]))
    return found


def restored(files: dict[str, bytes], entry: dict[str, Any]) -> np.ndarray:
    """What the browser does (player/packed.js), in numpy."""
    raw = np.frombuffer(gzip.decompress(files[f"{RUN}/artifacts/{entry['sha']}"]), np.uint8)
    kind, shape = np.dtype(entry["dtype"]), entry["shape"]
    if entry["filter"] == "delta":
        return np.cumsum(raw.reshape(shape), axis=0, dtype=np.uint8)
    return raw.reshape(kind.itemsize, -1).T.copy().view(kind).reshape(shape)


def test_every_array_has_the_numbers_of_the_run(
    files: dict[str, bytes], manifest: dict[str, Any]
) -> None:
    run = shipped.run()
    for name, entry in manifest["arrays"].items():
        np.testing.assert_array_equal(restored(files, entry), run.array(name), err_msg=name)
    assert manifest["arrays"]["pixels/64"]["filter"] == "delta"


def test_the_manifest_names_all_files_and_no_others(
    files: dict[str, bytes], manifest: dict[str, Any]
) -> None:
    entries = [*manifest["arrays"].values(), *manifest["files"].values()]
    entries += [model["network"]["weights"] for model in manifest["models"]]
    named = {f"{RUN}/artifacts/{entry['sha']}" for entry in entries}
    named = {name.replace(f"{RUN}/artifacts/../../", "") for name in named}
    assert named | {f"{RUN}/manifest.json"} == {*files}
    for entry in manifest["files"].values():
        assert files[f"{RUN}/artifacts/{entry['sha']}"][8:12] == b"WEBP"
    assert len(manifest["files"]) == len(manifest["frames"]["index"])


def test_what_the_player_does_not_read_is_left_out(manifest: dict[str, Any]) -> None:
    names = {*manifest["arrays"]}
    assert "fixation/spatial/lorenz" not in names
    assert "softmax/temporal/pointing" not in names
    assert {"fixation/temporal/neighbor_share/key", "linear/spatial/metrics"} <= names
    assert manifest["attributions"] == []
    assert "created" not in manifest
    assert manifest["derived"] == "browser"


def test_maps_by_slot_are_left_out_where_the_browser_computes_them(
    manifest: dict[str, Any],
) -> None:
    """Without shifted features they are the maps by source, and take nothing."""
    arrays = manifest["arrays"]
    for model, kept in (("softmax", True), ("linear", True), ("fixation", False)):
        name = f"{model}/spatial/attention_received/slot"
        assert (name in arrays) == kept
        if kept:
            assert arrays[name]["sha"] == arrays[name.replace("slot", "source")]["sha"]


def test_bytes_of_an_array_by_hand() -> None:
    content, order = packed_array(np.array([1.0, -2.0], np.float16))
    # 1 is 3c00 and -2 is c000, the low byte first.
    assert (gzip.decompress(content), order) == (bytes([0x00, 0x00, 0x3C, 0xC0]), "shuffle")
    content, order = packed_array(np.array([[250, 3], [5, 1]], np.uint8))
    assert (gzip.decompress(content), order) == (bytes([250, 3, 11, 254]), "delta")
    assert content[4:8] == bytes(4), "no time stamp"
