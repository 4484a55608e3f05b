"""What is no clip and no class is left out and listed with its reason; clips are found in any container."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
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
from fixviz.data.augment import KINETICS as AUGMENT
from fixviz.data.folders import VideoClips
from fixviz.data.sampling import KINETICS
from fixviz.errors import MediaError, OptionError
from fixviz.media.containers import SUFFIXES
from fixviz.settings import Settings
from tests.data.files import touch

NFC, NFD = (unicodedata.normalize(form, "Crème brûlée") for form in ("NFC", "NFD"))


def found_in(found: VideoList, root: Path) -> list[tuple[str, str]]:
    return [
        (path.relative_to(root).as_posix(), found.class_names[label])
        for path, label in found.videos
    ]


def left_out(found: VideoList, root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): reason for path, reason in found.left_out}


CLUTTER = [
    "__MACOSX", "@eaDir", "#recycle", "@Recycle", "$RECYCLE.BIN", "$Recycle.Bin", "lost+found",
    "System Volume Information", ".Trash-1000", ".Spotlight-V100", ".ipynb_checkpoints",
]  # fmt: skip


@pytest.mark.parametrize("name", CLUTTER)
def test_folders_of_systems_are_no_classes(tmp_path: Path, name: str) -> None:
    touch(tmp_path, f"{name}/1.mp4", "walk/1.mp4", f"walk/{name}/1.mp4")
    found = class_folders(tmp_path)
    assert (found.class_names, found_in(found, tmp_path)) == (("walk",), [("walk/1.mp4", "walk")])
    reasons = left_out(found, tmp_path)
    assert set(reasons) == {name, f"walk/{name}"}
    assert all("written by" in reason or reason == "hidden" for reason in reasons.values())
    with pytest.raises(OptionError, match="No videos in"):
        shutil.rmtree(tmp_path / "walk")
        class_folders(tmp_path)


def test_each_thing_that_is_no_clip_has_its_reason(tmp_path: Path) -> None:
    files = (
        "1.mp4",
        "._1.mp4",
        ".2.mp4",
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
        "notes.txt",
        "README",
    )
    touch(tmp_path, *(f"walk/{file}" for file in files), "walk/takes/3.mp4", "4.mp4", "labels.csv")
    (tmp_path / "empty").mkdir()
    touch(tmp_path, "texts/a.txt")
    (tmp_path / "walk" / "gone.mp4").symlink_to("nowhere.mp4")
    (tmp_path / "walk" / "linked.mp4").symlink_to("1.mp4")
    found = class_folders(tmp_path)
    assert found.class_names == ("walk",)
    assert [path.name for path, _ in found.videos] == ["1.mp4", "linked.mp4"]
    assert left_out(found, tmp_path) == {
        "4.mp4": "a video outside the class folders",
        "labels.csv": "no video: its name ends in .csv",
        "empty": "no videos in it",
        "texts": "no videos in it",
        "texts/a.txt": "no video: its name ends in .txt",
        "walk/._1.mp4": "written by macOS beside a file",
        "walk/.2.mp4": "hidden",
        "walk/.DS_Store": "hidden",
        "walk/Thumbs.db": "written by Windows",
        "walk/desktop.ini": "written by Windows",
        "walk/notes.txt": "no video: its name ends in .txt",
        "walk/README": "no video: its name has no ending",
        "walk/takes": "a folder inside a folder of clips",
        "walk/gone.mp4": "a link to nothing",
    }
    summary = found.summary()
    assert summary.startswith("2 videos in 1 class\n14 left out: ")
    assert "labels.csv (no video: its name ends in .csv)" in summary
    assert summary.endswith(" and 4 more")


def test_an_empty_folder_is_no_unknown_class_of_another_split(tmp_path: Path) -> None:
    touch(tmp_path, "walk/1.mp4", "@eaDir/1.mp4")
    (tmp_path / "jump").mkdir()
    assert class_folders(tmp_path, ["run", "walk"]).videos == ((tmp_path / "walk" / "1.mp4", 1),)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_container_is_found_in_class_folders(tmp_path: Path, suffix: str) -> None:
    touch(tmp_path, f"a/1.{suffix}", f"a/2.{suffix.upper()}", f"a/3.{suffix.title()}")
    assert len(class_folders(tmp_path)) == 3


def test_composed_and_decomposed_names_are_one_class(tmp_path: Path) -> None:
    assert NFC != NFD
    touch(tmp_path, f"{NFC}/2.mp4", f"{NFD}/1.mp4", "apple/1.mp4")
    if len(list(tmp_path.iterdir())) == 2:
        pytest.skip("this file system knows one of the forms only")
    found = class_folders(tmp_path)
    assert found.class_names == (NFC, "apple")
    assert sorted((path.name, label) for path, label in found.videos) == [
        ("1.mp4", 0), ("1.mp4", 1), ("2.mp4", 0)
    ]  # fmt: skip
    for names in ((NFD, "apple"), (NFC, "apple")):
        again = class_folders(tmp_path, names)
        assert again.class_names == names
        assert [label for _, label in again.videos] == [label for _, label in found.videos]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("listed", "stored"), [(NFC, NFD), (NFD, NFC), (NFD, NFD)])
def test_annotations_in_one_form_find_files_in_the_other(tmp_path: Path, listed, stored) -> None:
    videos = tmp_path / "videos"
    csv = write(
        tmp_path / "k.csv", f"label,youtube_id,time_start,time_end,split\n{listed},abc,0,10,train\n"
    )
    touch(videos, f"{stored}/abc_000000_000010.mp4")
    assert kinetics(csv, videos).class_names == (NFC,)
    assert len(kinetics(csv, videos, [stored])) == 1

    ucf = tmp_path / "ucf"
    write(ucf / "classInd.txt", f"1 {stored.replace(' ', '')}\n")
    name = listed.replace(" ", "")
    write(ucf / "trainlist01.txt", f"{name}/v_{name}_g01.avi 1\n")
    touch(ucf / "videos", f"{stored.replace(' ', '')}/v_{stored.replace(' ', '')}_g01.avi")
    assert len(ucf101(ucf, ucf / "videos", train=True)) == 1

    hmdb = tmp_path / "hmdb"
    write(hmdb / f"{listed}_test_split1.txt", f"{listed} 1.avi 1\n")
    write(hmdb / f"._{listed}_test_split1.txt", "\0")
    touch(hmdb / "videos", f"{stored}/{stored} 1.avi")
    assert hmdb51(hmdb, hmdb / "videos", train=True).class_names == (NFC,)

    labels = write(tmp_path / "labels.json", json.dumps({stored: "0"}))
    train = write(tmp_path / "train.json", json.dumps([{"id": "7", "template": f"[{listed}]"}]))
    touch(videos, "7.webm")
    assert something_something(train, labels, videos).class_names == (NFC,)


ENDINGS = ["mp4", "MP4", "mkv", "webm", "WebM", "avi", "m4v", "3gp", "MPG", "ts", "mov"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_listed_files_are_found_in_any_container(tmp_path: Path, ending: str) -> None:
    videos = tmp_path / "videos"
    csv = write(
        tmp_path / "k.csv",
        "label,youtube_id,time_start,time_end,split\n"
        "eat,aaa,0,10,train\neat well,b.b,0,10,train\neat,ccc,0,10,val\n",
    )
    names = [
        f"aaa_000000_000010.{ending}",
        f"train/eat_well/b.b_000000_000010.{ending}",
        f"val/eat/ccc_000000_000010.{ending}",
    ]
    touch(videos, *names, f"AAA_000000_000010.{ending}", "aaa_000000_000010.txt")
    found = kinetics(csv, videos)
    assert [path.relative_to(videos).as_posix() for path, _ in found.videos] == names
    assert found.missing == ()

    write(tmp_path / "classInd.txt", "1 Archery\n")
    write(tmp_path / "trainlist01.txt", "Archery/v_a.avi 1\nArchery\\v_b.avi 1\n")
    touch(videos, f"Archery/v_a.{ending}", f"Archery/v_b.{ending}")
    assert len(ucf101(tmp_path, videos, train=True)) == 2

    write(tmp_path / "wave_test_split1.txt", "odd name#1.avi 1\n")
    touch(videos, f"wave/odd name#1.{ending}")
    assert len(hmdb51(tmp_path, videos, train=True)) == 1

    labels = write(tmp_path / "labels.json", json.dumps({"Holding": "0"}))
    train = write(tmp_path / "train.json", json.dumps([{"id": 7, "template": "Holding"}]))
    touch(videos, f"7.{ending}")
    assert len(something_something(train, labels, videos)) == 1


def test_the_stated_container_wins_and_what_cannot_be_a_clip_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "wave_test_split1.txt", "a.avi 1\nb.avi 1\nc.avi 1\n")
    touch(tmp_path, "wave/a.mp4", "wave/a.AVI", "wave/._a.avi", "wave/b.mkv", "wave/b.avi/x")
    (tmp_path / "wave" / "c.avi").symlink_to("nowhere")
    found = hmdb51(tmp_path, tmp_path, train=True, allow_missing=True)
    assert [path.name for path, _ in found.videos] == ["a.AVI", "b.mkv"]
    assert found.missing == ("wave/c.avi",)
    assert left_out(found, tmp_path) == {
        "wave/b.avi": "a folder inside a folder of clips",
        "wave/c.avi": "a link to nothing",
    }
    with pytest.raises(
        OptionError, match=r"line 3: there is no wave/c\.avi .*wave/c\.avi \(a link"
    ):
        hmdb51(tmp_path, tmp_path, train=True)


def test_a_listed_name_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    touch(tmp_path, "secret.avi", "videos/wave/ok.avi")
    write(tmp_path / "wave_test_split1.txt", "../../secret.avi 1\nok.avi 1\n")
    found = hmdb51(tmp_path, tmp_path / "videos", train=True, allow_missing=True)
    assert [path.name for path, _ in found.videos] == ["ok.avi"]
    assert found.missing == ("wave/../../secret.avi",)


def test_links_that_lead_back_end(tmp_path: Path) -> None:
    touch(tmp_path, "walk/1.mp4", "2.mp4")
    (tmp_path / "self").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "up").symlink_to(tmp_path.parent, target_is_directory=True)
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "walk" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "walk" / "loop.mp4").symlink_to("loop.mp4")
    found = class_folders(tmp_path)
    assert found_in(found, tmp_path) == [("walk/1.mp4", "walk")]
    assert left_out(found, tmp_path) == {
        "2.mp4": "a video outside the class folders",
        "self": "a link that leads back",
        "up": "a link that leads back",
        "loop": "a link to nothing",
        "walk/again": "a folder inside a folder of clips",
        "walk/loop.mp4": "a link to nothing",
    }


def test_a_pipe_that_is_called_a_video_is_not_waited_for(tmp_path: Path) -> None:
    touch(tmp_path, "walk/1.mp4")
    os.mkfifo(tmp_path / "walk" / "pipe.mp4")
    found = class_folders(tmp_path)
    assert left_out(found, tmp_path) == {"walk/pipe.mp4": "no regular file"}


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder that is read as somebody without rights, since root may read everything."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    if os.getuid() == 0:
        os.seteuid(0)
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs users as Unix has them")
@pytest.mark.parametrize(("mode", "entry"), [(0o000, "locked"), (0o444, "locked/1.mp4")])
def test_folders_that_may_not_be_read_are_told(nobody: Path, mode: int, entry: str) -> None:
    touch(nobody, "walk/1.mp4", "locked/1.mp4")
    (nobody / "locked").chmod(mode)
    if os.getuid() == 0:
        os.seteuid(65534)
    found = class_folders(nobody)
    assert found_in(found, nobody) == [("walk/1.mp4", "walk")]
    assert left_out(found, nobody)[entry] == "cannot be read (Permission denied)"
    with pytest.raises(OptionError, match="no folder"):
        class_folders(nobody / "locked" / "deeper")


def test_an_error_names_the_whole_path(tmp_path: Path) -> None:
    for name in ("walk", "run"):
        write(tmp_path / name / "002.mp4", "no video")
    clips = VideoClips(
        class_folders(tmp_path), KINETICS, AUGMENT, train=True, settings=Settings(home=tmp_path)
    )
    for number, name in enumerate(("run", "walk")):
        with pytest.raises(MediaError, match=f"'{tmp_path}/{name}/002.mp4'") as caught:
            clips[number]
        assert "'002.mp4'" not in str(caught.value)


def test_whoever_makes_clips_is_told_what_was_left_out(tmp_path: Path, caplog) -> None:
    touch(tmp_path, "walk/1.mp4", "walk/notes.txt")
    with caplog.at_level(logging.WARNING):
        VideoClips(class_folders(tmp_path), KINETICS, AUGMENT, train=True)
    assert "1 left out" in caplog.text and "walk/notes.txt (no video" in caplog.text
    caplog.clear()
    (tmp_path / "walk" / "notes.txt").unlink()
    VideoClips(class_folders(tmp_path), KINETICS, AUGMENT, train=True)
    assert caplog.text == ""


def test_no_videos_at_all_says_what_was_there_instead(tmp_path: Path) -> None:
    touch(tmp_path, "walk/1.rmvb", "@eaDir/1.mp4")
    with pytest.raises(OptionError, match=r"Left out: @eaDir \(.*walk/1.rmvb \(.*ends in \.rmvb\)"):
        class_folders(tmp_path)


def test_an_empty_file_is_no_clip(tmp_path: Path) -> None:
    touch(tmp_path, "walk/1.mp4")
    (tmp_path / "walk" / "2.mp4").touch()  # what a download leaves that failed
    found = class_folders(tmp_path)

    assert found_in(found, tmp_path) == [("walk/1.mp4", "walk")]
    assert left_out(found, tmp_path) == {"walk/2.mp4": "empty (0 bytes)"}


@pytest.mark.parametrize("ending", ["mp4.webm", "mp4.mkv", "MP4"])
def test_a_kinetics_clip_is_found_under_the_names_that_downloads_give_it(
    tmp_path: Path, ending: str
) -> None:
    touch(tmp_path, f"videos/abcdefghijk_000005_000015.{ending}")
    (tmp_path / "train.csv").write_text(
        "label,youtube_id,time_start,time_end,split\nwalk,abcdefghijk,5,15,train\n"
    )
    found = kinetics(tmp_path / "train.csv", tmp_path / "videos")

    assert found_in(found, tmp_path) == [(f"videos/abcdefghijk_000005_000015.{ending}", "walk")]


HEADER = b"label,youtube_id,time_start,time_end,split\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER + b"walk,a,1,2,train\ncaf\xe9,b,1,2,train\n", "line 3: the text is not UTF-8"),
        (HEADER + b"walk,a,1,inf,train\n", "line 2: expected a label, an id and two times"),
        (HEADER + b'"walk,a,1,2,train\n' + b"-" * 200_000, "not valid CSV"),
    ],
)
def test_an_annotation_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, text: bytes, message: str
) -> None:
    touch(tmp_path, "videos/a_000001_000002.mp4")
    (tmp_path / "train.csv").write_bytes(text)
    with pytest.raises(OptionError, match=message) as error:
        kinetics(tmp_path / "train.csv", tmp_path / "videos")
    assert str(tmp_path / "train.csv") in str(error.value)


def test_a_spreadsheets_unicode_text_is_read(tmp_path: Path) -> None:
    touch(tmp_path, "videos/a_000001_000002.mp4")
    text = HEADER.decode() + "café,a,1,2,train\n"
    (tmp_path / "train.csv").write_bytes(text.encode("utf-16"))

    assert kinetics(tmp_path / "train.csv", tmp_path / "videos").class_names == ("café",)
