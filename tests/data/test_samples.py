"""The bundled sample clips and their truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from fixviz.data.classes import CLASSES
from fixviz.data.samples import SAMPLES, pack_mask
from fixviz.data.truth import unpack_mask

FOLDER = Path(__file__).parents[2] / "assets" / "samples"


def test_every_listed_sample_is_there_and_small() -> None:
    listed = json.loads((FOLDER / "samples.json").read_text(encoding="utf-8"))
    assert [entry["file"] for entry in listed] == [f"{s.name}.mp4" for s in SAMPLES]
    for entry in listed:
        assert (FOLDER / entry["file"]).stat().st_size < 300_000
        assert entry["title"]
        assert entry["description"]
        assert entry["attribution"]


def test_truth_names_classes_and_holds_a_mask_for_each_frame() -> None:
    for sample in SAMPLES:
        truth = json.loads((FOLDER / f"{sample.name}.json").read_text(encoding="utf-8"))
        mask = unpack_mask(truth["target_mask"])
        assert len(mask) == truth["frames"]
        assert mask.max() > 0.9
        assert {s["class"] for s in truth["segments"]} <= set(CLASSES)
        for segment in truth["segments"]:
            assert mask[segment["first_frame"] : segment["last_frame"] + 1].max() > 0


def test_masks_survive_packing() -> None:
    mask = np.zeros((3, 20, 28), np.float32)
    mask[1, 4:8, 12:16] = 1
    unpacked = unpack_mask(pack_mask(mask))
    assert unpacked.shape == (3, 5, 7)
    assert unpacked[1, 1, 3] == 1
    assert unpacked.sum() == 1
