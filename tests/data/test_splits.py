"""A data set in parts: by video and by group, from folders, lists and the files of known data sets."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from fixviz.data.clip_list import read_clip_list
from fixviz.data.labeled import LabeledClip, hold_out
from fixviz.data.splits import Splits, read_splits
from fixviz.errors import OptionError
from tests.data.files import touch


def names(clips: tuple[LabeledClip, ...]) -> list[str]:
    return sorted(clip.path.name for clip in clips)


def test_windows_of_one_video_are_never_parted() -> None:
    clips = tuple(
        LabeledClip(Path(f"{video}.mp4"), (video + window) % 3, window / 3, 1 + window / 3)
        for video in range(17)
        for window in range(5)
    )
    for seed in range(5):
        train, validation = hold_out(clips, ("a", "b", "c"), 0.2, seed)
        assert len(train) + len(validation) == len(clips)
        assert not {c.path for c in train} & {c.path for c in validation}
        assert {c.label for c in train} == {c.label for c in validation} == {0, 1, 2}
        assert 3 <= len({c.path for c in validation}) <= 5
    assert hold_out(clips, ("a", "b", "c"), 0.2, 1) == hold_out(clips, ("a", "b", "c"), 0.2, 1)
    assert hold_out(clips, ("a", "b", "c"), 0.2, 1) != hold_out(clips, ("a", "b", "c"), 0.2, 2)


def test_a_group_counts_as_one_video() -> None:
    clips = tuple(LabeledClip(Path(f"{n}.mp4"), n % 2, group=f"day {n // 4}") for n in range(20))
    train, validation = hold_out(clips, ("a", "b"), 0.2, 0)
    assert len(validation) == 4
    assert len({c.group for c in validation}) == 1
    assert not {c.group for c in train} & {c.group for c in validation}


def test_every_class_keeps_a_video_on_either_side() -> None:
    counts = {0: 2, 1: 10, 2: 40}
    clips = tuple(
        LabeledClip(Path(f"{label}/{n}.mp4"), label)
        for label, c in counts.items()
        for n in range(c)
    )
    _, validation = hold_out(clips, ("a", "b", "c"), 0.2, 3)
    assert Counter(c.label for c in validation) == {0: 1, 1: 2, 2: 8}
    with pytest.raises(OptionError, match="'b' has a single video"):
        hold_out((*clips[:2], clips[2]), ("a", "b"), 0.2, 0)
    with pytest.raises(OptionError, match="'b' has no video"):
        hold_out(clips[:2], ("a", "b"), 0.2, 0)


def test_folders_may_name_their_splits(tmp_path: Path) -> None:
    touch(tmp_path, "train/a/1.mp4", "train/b/2.mp4", "val/b/3.mp4", "val/a/4.mp4", "test/a/5.mp4")
    found = read_splits(tmp_path)
    assert (names(found.train), names(found.validation), names(found.test)) == (
        ["1.mp4", "2.mp4"],
        ["3.mp4", "4.mp4"],
        ["5.mp4"],
    )
    assert found.class_names == ("a", "b")
    assert {c.label for c in found.test} == {0}


def test_a_class_may_be_called_test(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{c}/{n}.mp4" for c in ("test", "drive") for n in range(4)))
    found = read_splits(tmp_path)
    assert found.class_names == ("drive", "test")
    assert (len(found.train), len(found.validation)) == (6, 2)


def test_masks_beside_videos_are_no_clips(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{c}/{n}{m}.mp4" for c in "ab" for n in range(3) for m in ("", "_mask")))
    touch(tmp_path, "a/lone_mask.mp4")
    found = read_splits(tmp_path)
    assert len(found.train + found.validation) == 7
    assert "0_mask.mp4 (masks of 0.mp4)" in "".join(found.notes)


def write_list(root: Path, *lines: str) -> Path:
    path = root / "list.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_list_says_which_part_of_which_video_shows_what(tmp_path: Path) -> None:
    touch(tmp_path, "v/one.mp4", "v/two.webm")
    path = write_list(
        tmp_path,
        "Video,start_s,end_s,label,episode,split",
        "one.mp4,0.5,1.5,wave,e1,train",
        "one.mp4,,,rest,e1,",
        "two.mp4,2,,wave,e2,test",
        "gone.mp4,0,1,wave,e3,val",
    )
    found = read_clip_list(path, tmp_path / "v")
    assert found.class_names == ("rest", "wave")
    assert found.clips["train"] == (
        LabeledClip(tmp_path / "v" / "one.mp4", 1, 0.5, 1.5, "e1"),
        LabeledClip(tmp_path / "v" / "one.mp4", 0, 0.0, None, "e1"),
    )
    assert found.clips["test"] == (LabeledClip(tmp_path / "v" / "two.webm", 1, 2.0, None, "e2"),)
    assert found.missing == ("gone.mp4",)
    assert "1 listed but not on disk: gone.mp4" in found.summary()


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["name,label", "one.mp4,a"], "line 1: expected the columns path and label"),
        (["path,label", "one.mp4,"], "line 2: the video or the label is empty"),
        (["path,label,start", "one.mp4,a,soon"], "line 2: start is 'soon'"),
        (["path,label,start,end", "one.mp4,a,2,1"], "line 2: the end 1 s must come after"),
        (["path,label,split", "one.mp4,a,later"], "line 2: there is no split 'later'"),
        (["path,label", "two.mp4,a"], "None of the videos"),
        (["path,label"], "None of the videos"),
    ],
)
def test_a_list_that_does_not_fit_is_told_with_its_line(
    tmp_path: Path, lines: list[str], sentence: str
) -> None:
    touch(tmp_path, "one.mp4")
    with pytest.raises(OptionError, match=sentence):
        read_clip_list(write_list(tmp_path, *lines), tmp_path)


def test_a_video_in_two_splits_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "one.mp4")
    lines = ["path,start,end,label,split", "one.mp4,0,1,a,train", "one.mp4,1,2,b,val"]
    with pytest.raises(OptionError, match=r"one\.mp4 is in train and in validation"):
        read_splits(tmp_path, clip_list=write_list(tmp_path, *lines))


def test_ucf101_holds_out_whole_films(tmp_path: Path) -> None:
    videos = [f"{c}/v_{c}_g{g:02d}_c{n:02d}.avi" for c in "AB" for g in range(1, 5) for n in (1, 2)]
    touch(tmp_path, *videos)
    (tmp_path / "classInd.txt").write_text("1 A\n2 B\n", "utf-8")
    for part, wanted in (("train", "g02 g03 g04"), ("test", "g01")):
        listed = [name for name in videos if name.split("_")[2] in wanted.split()]
        (tmp_path / f"{part}list01.txt").write_text("\n".join(listed), "utf-8")
    found = read_splits(tmp_path, form="ucf101")
    assert (len(found.train), len(found.validation), len(found.test)) == (8, 4, 4)
    films = [{c.group for c in part} for part in (found.train, found.validation)]
    assert not films[0] & films[1]
    assert films[0] | films[1] == {f"v_{c}_g{g:02d}" for c in "AB" for g in (2, 3, 4)}


def test_hmdb51_kinetics_and_something_something_are_read(tmp_path: Path) -> None:
    hmdb = tmp_path / "hmdb"
    touch(
        hmdb, *(f"run/f{n}_run_1.avi" for n in range(4)), *(f"sit/f{n}_sit_1.avi" for n in range(4))
    )
    for label in ("run", "sit"):
        lines = [f"f{n}_{label}_1.avi {2 if n == 3 else 1}" for n in range(4)]
        (hmdb / f"{label}_test_split1.txt").write_text("\n".join(lines), "utf-8")
    found = read_splits(hmdb, form="hmdb51")
    assert (len(found.train), len(found.validation), len(found.test)) == (4, 2, 2)

    k400 = tmp_path / "k400"
    touch(k400, *(f"{c}{n}_000001_000011.mp4" for c in "xy" for n in range(3)))
    for part, numbers in (("train", (0, 1)), ("val", (2,))):
        rows = [f"{c} class,{c}{n},1,11,{part}" for c in "xy" for n in numbers]
        text = "\n".join(["label,youtube_id,time_start,time_end,split", *rows])
        (k400 / f"{part}.csv").write_text(text, "utf-8")
    found = read_splits(k400, form="kinetics")
    assert (len(found.train), len(found.validation), len(found.test)) == (4, 2, 0)
    assert {c.group for c in found.validation} == {"x2", "y2"}

    ssv2, notes = tmp_path / "ssv2", tmp_path / "notes"
    touch(ssv2, *(f"{n}.webm" for n in range(4)))
    notes.mkdir()
    (notes / "labels.json").write_text(json.dumps({"Lifting it": "0", "Moving it": "1"}), "utf-8")
    for part, numbers in (("train", (0, 1)), ("validation", (2, 3))):
        entries = [
            {"id": str(n), "template": "Lifting [it]" if n % 2 else "Moving [it]"} for n in numbers
        ]
        (notes / f"{part}.json").write_text(json.dumps(entries), "utf-8")
    found = read_splits(ssv2, form="ssv2", annotations=notes)
    assert [c.label for c in found.train] == [1, 0]
    assert names(found.validation) == ["2.webm", "3.webm"]


def test_what_a_format_lacks_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.mp4")
    for form, file in (
        ("kinetics", "train.csv"),
        ("ssv2", "labels.json"),
        ("ucf101", "classInd.txt"),
        ("hmdb51", "test_split1.txt"),
    ):
        with pytest.raises(OptionError, match=file):
            read_splits(tmp_path, form=form)


def test_a_data_set_without_anything_to_tell_apart_is_refused() -> None:
    clip = LabeledClip(Path("a.mp4"), 0)
    with pytest.raises(OptionError, match="one class, 'a'"):
        Splits((clip,), (clip,), (), ("a",)).check()
    with pytest.raises(OptionError, match="'b' has no clip to train on"):
        Splits((clip,), (clip,), (), ("a", "b")).check()
