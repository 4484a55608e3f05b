"""The data set that comes with fixviz: of the shipped models and clips, and without traces of a machine."""

from __future__ import annotations

import pyarrow.parquet as pq

from fixviz import resources
from fixviz.batch.data_set import read_clips
from fixviz.batch.layout import read_description
from fixviz.comparison.choosing import SHIPPED, open_published, shipped_video
from fixviz.comparison.shipped import clips
from fixviz.media.files import hash_file
from fixviz.model.config import checkpoint_sha256
from fixviz.settings import Settings


def test_it_is_of_the_shipped_models() -> None:
    described = read_description(resources.compared())
    assert described is not None
    for name, sha in described["request"]["models"].items():
        assert checkpoint_sha256(resources.checkpoints() / name) == sha, (
            "python -m fixviz.comparison.shipped makes it anew"
        )


def test_it_is_of_the_shipped_clips() -> None:
    source = open_published(Settings(), SHIPPED)
    assert [clip.name for clip in source.clips] == clips()["name"]
    assert len(source.clips) == 36
    for clip in source.clips:
        video = shipped_video(source, clip)
        assert video is not None and hash_file(video) == clip.video
    assert set(source.groups("group")) == {
        "sample clips",
        "closer-and-away",
        "jump",
        "there-and-back",
    }
    lab = open_published(Settings(), SHIPPED)
    assert shipped_video(lab, source.clips[0].__class__("k", "../samples/a.mp4", "r", "v")) is None


def test_it_says_nothing_of_the_machine_that_made_it() -> None:
    rows = read_clips(resources.compared()).to_pylist()
    assert all(row["path"] == row["clip"] and not row["path"].startswith("/") for row in rows)
    assert {row["handle"] for row in rows} == {row["modified_ns"] for row in rows} == {None}
    files = list(resources.compared().rglob("*.parquet"))
    assert sum(path.stat().st_size for path in files) < 1_500_000
    for path in files:
        for column in pq.read_table(path, partitioning=None).columns:
            texts = column.to_pylist() if str(column.type) == "string" else []
            assert not any(text and text.startswith("/") for text in texts), path
