"""Truth files: found beside their video, and refused when they are something else."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from fixviz.data.truth import find_truth, read_truth

SAMPLE = Path(__file__).parents[2] / "assets" / "samples" / "now-you-see-it.mp4"


def content(**changes: object) -> bytes:
    mask = np.zeros((3, 5, 7), np.uint8)
    mask[1, 2, 3] = 255
    packed = {
        "shape": [3, 5, 7],
        "dtype": "uint8",
        "scale": 255,
        "encoding": "zlib+base64",
        "data": base64.b64encode(zlib.compress(mask.tobytes())).decode(),
    }
    packed |= changes.pop("target_mask", {})  # type: ignore[call-overload]
    whole = {"height": 20, "width": 28, "segments": [], "target_mask": packed, **changes}
    return json.dumps(whole).encode()


def test_every_bundled_sample_has_the_truth_of_that_very_file() -> None:
    for video in sorted(SAMPLE.parent.glob("*.mp4")):
        truth = read_truth(find_truth(video) or b"")
        assert truth is not None
        assert truth.video_sha256 == hashlib.sha256(video.read_bytes()).hexdigest()
        assert [s["class"] for s in truth.segments]


def test_it_says_where_the_target_is() -> None:
    truth = read_truth(content())
    assert truth is not None
    assert truth.mask.shape == (3, 5, 7)
    assert np.argwhere(truth.mask).tolist() == [[1, 2, 3]]
    assert truth.video_sha256 is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[1, 2]",
        b'{"title": "a song"}',
        content(target_mask={"shape": [3, 5, 8]}),
        content(target_mask={"shape": [3, 5]}),
        content(target_mask={"shape": [30_000, 10_000, 10_000]}),
        content(target_mask={"scale": 0}),
        content(target_mask={"data": "AAAA"}),
        content(height=-20),
        content(segments=[{"class": "left"}]),
        content()[:-9],
    ],
)
def test_other_files_are_no_truth(data: bytes, tmp_path: Path) -> None:
    assert read_truth(data) is None
    (tmp_path / "clip.json").write_bytes(data)
    assert find_truth(tmp_path / "clip.mp4") is None


def test_a_video_without_a_file_beside_it_has_no_truth(tmp_path: Path) -> None:
    assert find_truth(tmp_path / "clip.mp4") is None
