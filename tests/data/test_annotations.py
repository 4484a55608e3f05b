"""Annotation files of the known data sets, written as they are published."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fixviz.data.annotations import (
    VideoList,
    class_folders,
    hmdb51,
    kinetics,
    something_something,
    ucf101,
)
from fixviz.errors import OptionError
from tests.data.files import touch


def names(found: VideoList, root: Path) -> list[tuple[str, str]]:
    return [(str(p.relative_to(root)), found.class_names[label]) for p, label in found.videos]


def test_class_folders_are_sorted_and_other_files_ignored(tmp_path: Path) -> None:
    touch(tmp_path, "b/2.mp4", "b/1.MOV", "a/3.webm", "a/notes.txt", ".cache/x.mp4", "readme.md")
    found = class_folders(tmp_path)
    assert names(found, tmp_path) == [("a/3.webm", "a"), ("b/1.MOV", "b"), ("b/2.mp4", "b")]
    assert [label for _, label in found.videos] == [0, 1, 1]


def test_labels_of_a_test_split_are_those_of_training(tmp_path: Path) -> None:
    touch(tmp_path, "train/a/1.mp4", "train/b/1.mp4", "test/b/2.mp4", "odd/c/1.mp4")
    train = class_folders(tmp_path / "train")
    assert class_folders(tmp_path / "test", train.class_names).videos[0][1] == 1
    with pytest.raises(OptionError, match="no class 'c'"):
        class_folders(tmp_path / "odd", train.class_names)


KINETICS = """label,youtube_id,time_start,time_end,split,is_cc
surfing water,-3B32lodo2M,59,69,train,0
"eating, slowly",AAAAAAAAAAA,0,10,train,0
surfing water,gone_______,7,17,train,0
surfing water,VALVALVALVA,1,11,val,0
"""


def test_kinetics_finds_flat_files_and_class_folders(tmp_path: Path) -> None:
    (tmp_path / "k400.csv").write_text(KINETICS)
    videos = tmp_path / "videos"
    flat, nested = "-3B32lodo2M_000059_000069.mp4", "surfing_water/VALVALVALVA_000001_000011.mp4"
    touch(videos, flat, nested, "train/AAAAAAAAAAA_000000_000010.mp4")
    found = kinetics(tmp_path / "k400.csv", videos)
    assert names(found, videos) == [
        (flat, "surfing water"),
        ("train/AAAAAAAAAAA_000000_000010.mp4", "eating, slowly"),
        (nested, "surfing water"),
    ]
    assert found.missing == ("gone________000007_000017.mp4",)
    assert found.class_names == ("eating, slowly", "surfing water")
    val = kinetics(tmp_path / "k400.csv", videos, found.class_names, split="val")
    assert val.videos == ((videos / nested, 1),)
    with pytest.raises(OptionError, match=r"line 4: there is no gone________000007"):
        kinetics(tmp_path / "k400.csv", videos, allow_missing=False)


def test_something_something_uses_templates_without_brackets(tmp_path: Path) -> None:
    labels = {"Holding something": "1", "Approaching something with your camera": "0"}
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    entry = {"label": "holding a cup", "placeholders": ["a cup"]}
    train = [entry | {"id": "78687", "template": "Holding [something]"}]
    train += [entry | {"id": "42", "template": "Approaching [something] with your camera"}]
    (tmp_path / "train.json").write_text(json.dumps(train))
    touch(tmp_path / "videos", "78687.webm", "42.mp4")
    arguments = (tmp_path / "train.json", tmp_path / "labels.json", tmp_path / "videos")
    found = something_something(*arguments)
    assert names(found, tmp_path / "videos") == [
        ("78687.webm", "Holding something"),
        ("42.mp4", "Approaching something with your camera"),
    ]
    assert [label for _, label in found.videos] == [1, 0]
    (tmp_path / "train.json").write_text(json.dumps([*train, {"id": "7"}]))
    with pytest.raises(OptionError, match="entry 3: expected an id and a template"):
        something_something(*arguments)
    (tmp_path / "labels.json").write_text(json.dumps({"a": "0", "b": "0"}))
    with pytest.raises(OptionError, match="each number once"):
        something_something(*arguments)


def write_ucf(root: Path) -> Callable[..., VideoList]:
    (root / "classInd.txt").write_text("1 ApplyEyeMakeup\r\n2 Archery\r\n")
    (root / "trainlist01.txt").write_text("Archery/v_Archery_g08_c01.avi 2\r\n")
    (root / "testlist01.txt").write_text("ApplyEyeMakeup/v_a.avi\nArchery/v_b.avi\n\n")
    touch(root / "videos", "Archery/v_Archery_g08_c01.avi", "ApplyEyeMakeup/v_a.avi")
    return lambda **options: ucf101(root, root / "videos", **options)


def test_ucf101_splits(tmp_path: Path) -> None:
    read = write_ucf(tmp_path)
    train, test = read(train=True), read(train=False, allow_missing=True)
    assert [(p.name, label) for p, label in train.videos] == [("v_Archery_g08_c01.avi", 1)]
    assert [(p.name, label) for p, label in test.videos] == [("v_a.avi", 0)]
    assert test.missing == ("Archery/v_b.avi",)
    with pytest.raises(OptionError, match=r"testlist01.txt, line 2: there is no Archery/v_b.avi"):
        read(train=False)
    with pytest.raises(OptionError, match=r"trainlist03.txt cannot be read"):
        read(train=True, split=3)
    (tmp_path / "trainlist01.txt").write_text("Archery/v_Archery_g08_c01.avi 1\n")
    with pytest.raises(OptionError, match=r"line 1: .* is of class 2 in classInd.txt, not 1"):
        read(train=True)
    (tmp_path / "classInd.txt").write_text("1 ApplyEyeMakeup\nArchery\n")
    with pytest.raises(OptionError, match=r"classInd.txt, line 2: expected a number and a class"):
        read(train=True)


def test_hmdb51_splits_by_the_mark_behind_the_file(tmp_path: Path) -> None:
    splits = tmp_path / "testTrainMulti_7030_splits"
    splits.mkdir()
    lines = "April_09_brush_hair_u_0.avi 1 \nodd name#1.avi 2 \nunused.avi 0 \n"
    (splits / "brush_hair_test_split2.txt").write_text(lines)
    (splits / "wave_test_split2.txt").write_text("w.avi 1 \n")
    (splits / "wave_test_split1.txt").write_text("other.avi 1 \n")
    files = ("brush_hair/April_09_brush_hair_u_0.avi", "brush_hair/odd name#1.avi", "wave/w.avi")
    touch(tmp_path / "videos", *files)
    train = hmdb51(splits, tmp_path / "videos", split=2, train=True)
    test = hmdb51(splits, tmp_path / "videos", split=2, train=False)
    assert names(train, tmp_path / "videos") == [(files[0], "brush_hair"), (files[2], "wave")]
    assert names(test, tmp_path / "videos") == [(files[1], "brush_hair")]
    (splits / "wave_test_split2.txt").write_text("w.avi 1\nv.avi 3\n")
    with pytest.raises(OptionError, match=r"wave_test_split2.txt, line 2: .* found 'v.avi 3'"):
        hmdb51(splits, tmp_path / "videos", split=2, train=True)
    with pytest.raises(OptionError, match=r"no files CLASS_test_split3.txt"):
        hmdb51(splits, tmp_path / "videos", split=3, train=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("label,youtube_id\na,b\n", "line 1: expected the columns label, youtube_id, time_start"),
        (
            "youtube_id,time_start,time_end,split\na,0,10,test\n",
            "line 1: expected the columns label",
        ),
        ("label,youtube_id,time_start,time_end\na,b,0,10\na,b,x,10\n", "line 3: expected a label"),
        ("label,youtube_id,time_start,time_end\na,b\n", "line 2: expected a label"),
        ("label,youtube_id,time_start,time_end\na,,0,10\n", "line 2: the label or the id is empty"),
        ("label,youtube_id,time_start,time_end\na,b,0,10\n", "1 are listed, such as b_000000"),
        ("", "line 1: .* found none"),
    ],
)
def test_damaged_kinetics_files_name_the_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "k.csv").write_text(text)
    with pytest.raises(OptionError, match=message):
        kinetics(tmp_path / "k.csv", tmp_path)


def test_files_and_folders_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot be read"):
        kinetics(tmp_path / "none.csv", tmp_path)
    with pytest.raises(OptionError, match="no folder"):
        class_folders(tmp_path / "none")
    with pytest.raises(OptionError, match="No videos"):
        class_folders(tmp_path)
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(OptionError, match="not valid JSON"):
        something_something(tmp_path / "bad.json", tmp_path / "bad.json", tmp_path)
