"""Which clips a folder, a pattern or a list names, and what is said of all else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fixviz.batch.listing import Listing, find_clips, is_many, table_clips
from fixviz.errors import OptionError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def names(listing: Listing) -> list[str]:
    return [clip.name for clip in listing.clips]


def left_out(listing: Listing) -> dict[str, str]:
    return {entry.path.name: entry.reason for entry in listing.left_out}


def test_a_folder_lists_its_videos_and_those_below_in_order(tmp_path: Path) -> None:
    touch(tmp_path, "b.mp4", "a.MOV", "sub/z.webm", "sub/deep/y.avi", "c.mkv")
    assert names(find_clips([tmp_path])) == [
        *("a.MOV", "b.mp4", "c.mkv", "sub/deep/y.avi", "sub/z.webm"),
    ]


def test_what_is_no_clip_is_left_out_and_told(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "a.json", "a_mask.mp4", "notes.txt", "README", ".hidden.mp4")
    touch(tmp_path, "b.mp4", "b_mask/0001.png", "other_mask.mp4", "__MACOSX/a.mp4", "._a.mp4")
    found = find_clips([tmp_path])
    assert names(found) == ["a.mp4", "b.mp4", "other_mask.mp4"], "masks of nothing are a video"
    assert left_out(found) == {
        "a_mask.mp4": "masks of the video beside it",
        "b_mask": "masks of the video beside it",
        "notes.txt": "no video: its name ends in .txt",
        "README": "no video by its name",
        ".hidden.mp4": "hidden",
        "._a.mp4": "written by macOS beside a file",
        "__MACOSX": "written by macOS",
    }


def test_an_empty_video_is_listed_so_that_its_fault_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "nowhere.mp4").symlink_to(tmp_path / "gone.mp4")
    assert names(find_clips([tmp_path])) == ["empty.mp4", "nowhere.mp4"]


def test_links_are_followed_and_never_in_circles(tmp_path: Path) -> None:
    touch(tmp_path, "clips/a.mp4", "elsewhere/b.mp4")
    (tmp_path / "clips" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "clips" / "c.mp4").symlink_to(tmp_path / "elsewhere/b.mp4")
    (tmp_path / "clips" / "self").symlink_to(tmp_path / "clips")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "clips")
    found = find_clips([tmp_path / "clips"])
    assert names(found) == ["a.mp4", "c.mp4", "linked/b.mp4"]
    assert left_out(found) == {"back": "a link that leads back", "self": "a link that leads back"}


def test_a_folder_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "a.mp4", "closed/b.mp4")
    iterdir = Path.iterdir

    def denied(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", denied)
    found = find_clips([tmp_path])
    assert names(found) == ["a.mp4"]
    assert [(entry.path.name, entry.reason) for entry in found.unread] == [
        ("closed", "The folder cannot be read (Permission denied).")
    ]


@pytest.mark.parametrize("files", [(), ("notes.txt",), ("sub/.x.mp4",)])
def test_a_folder_without_videos_is_an_error(tmp_path: Path, files: tuple[str, ...]) -> None:
    touch(tmp_path, *files)
    with pytest.raises(OptionError, match="There is no video in"):
        find_clips([tmp_path])


def test_results_do_not_go_into_the_folder_of_the_clips(tmp_path: Path) -> None:
    touch(tmp_path, "clips/a.mp4")
    with pytest.raises(OptionError, match=r"to another folder, such as .*clips-results"):
        find_clips([tmp_path / "clips"], skip=tmp_path / "clips" / ".." / "clips")
    assert names(find_clips([tmp_path / "clips" / "a.mp4"], skip=tmp_path / "clips")) == ["a.mp4"]


def test_a_pattern_lists_what_matches_below_its_first_folder(tmp_path: Path) -> None:
    touch(tmp_path, "day1/a.mp4", "day2/a.mp4", "day2/b.txt", "day2/a_mask.mp4", "day3/x/c.mp4")
    assert names(find_clips([f"{tmp_path}/day*/*.mp4"])) == ["day1/a.mp4", "day2/a.mp4"]
    assert names(find_clips([f"{tmp_path}/day[23]"])) == ["day2/a.mp4", "day3/x/c.mp4"]
    assert names(find_clips([f"{tmp_path}/**/*.mp4"])) == [
        *("day1/a.mp4", "day2/a.mp4", "day3/x/c.mp4"),
    ]
    with pytest.raises(OptionError, match="No video matches"):
        find_clips([f"{tmp_path}/night*"])


def test_a_name_with_wildcards_that_is_there_is_that_file(tmp_path: Path) -> None:
    touch(tmp_path, "clip[1].mp4", "clip1.mp4", "what?.mp4")
    assert names(find_clips([tmp_path / "clip[1].mp4", tmp_path / "what?.mp4"])) == [
        *("clip[1].mp4", "what?.mp4"),
    ]
    assert not is_many(tmp_path / "clip[1].mp4")
    assert is_many(tmp_path / "clip[2].mp4")
    assert is_many(tmp_path) and is_many("x.csv") and not is_many("x.mp4")


def test_several_sources_list_a_video_once(tmp_path: Path) -> None:
    touch(tmp_path, "clips/a.mp4", "clips/b.mp4", "clips/notes.txt")
    clips = tmp_path / "clips"
    found = find_clips([clips / "b.mp4", clips, f"{clips}/*", clips / "notes.txt"])
    assert names(found) == ["b.mp4", "a.mp4"]
    assert list(left_out(found)) == ["notes.txt"]


def test_odd_names_are_names(tmp_path: Path) -> None:
    odd = ["a b.mp4", "ä=1.mp4", "line\nbreak.mp4", "model=x/#%41.mp4", "-x.mp4", "e\u0301.mp4"]
    touch(tmp_path, *odd)
    bad = os.fsdecode(b"\xff.mp4")
    touch(tmp_path, bad)
    assert set(names(find_clips([tmp_path]))) == {*odd, bad}


def test_results_of_fixviz_are_no_clips(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "set/metrics/x.mp4", "one/overlay-plain.mp4", "one/mine.mp4")
    (tmp_path / "set/dataset.json").write_text('{"fixviz_data_set": 1}')
    (tmp_path / "one/manifest.json").write_text('{"models": [{"name": "plain"}], "sampling": {}}')
    touch(tmp_path, "out/b.mp4")
    found = find_clips([tmp_path], skip=tmp_path / "out")
    assert names(found) == ["a.mp4", "one/mine.mp4"]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_names_parts_of_videos_and_carries_its_columns(tmp_path: Path) -> None:
    touch(tmp_path, "day/a.mp4", "b.mp4")
    text = (
        "Video,start_s,END,class,episode,split,weather\n"
        "day/a.mp4,0.5,1.5,reach,monday,train,=1+1\n"
        "\n"
        f"{tmp_path / 'b.mp4'},,,close,,test,\n"
        "day/a.mp4,0.5,1.5,grasp,monday,train,\n"
    )
    first, second, third = find_clips([write(tmp_path / "list.csv", text)]).clips
    assert (first.path, first.start_s, first.end_s) == (tmp_path / "day/a.mp4", 0.5, 1.5)
    assert first.carried == {
        **{"label": "reach", "group": "monday"},
        **{"split": "train", "weather": "=1+1"},
    }
    assert (second.path, second.start_s, second.end_s) == (tmp_path / "b.mp4", None, None)
    assert second.carried == {"label": "close", "split": "test"}
    assert (first.number, second.number, third.number) == (0, 0, 1)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_cells_are_separated_by_commas_semicolons_or_tabs(tmp_path: Path, separator: str) -> None:
    touch(tmp_path, "a.mp4")
    text = f"path{separator}label\na.mp4{separator}reach\n"
    (clip,) = find_clips([write(tmp_path / "list.csv", text)]).clips
    assert clip.carried == {"label": "reach"}


def test_a_list_finds_files_that_another_system_names_otherwise(tmp_path: Path) -> None:
    touch(tmp_path, "sub/caf\u00e9.mp4")
    rows = "path\nsub\\cafe\u0301.mp4\nsub/caf\u00e9.mp4\n"
    found = find_clips([write(tmp_path / "list.csv", rows)]).clips
    assert {clip.path for clip in found} == {tmp_path / "sub/caf\u00e9.mp4"}


def test_a_row_with_a_fault_does_not_stop_the_others(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4")
    text = "path,start,label\na.mp4,soon,x\n,1,x\na.mp4,-1,x\na.mp4,1,x,y,z\na.mp4,1,x\n"
    faults = [c.fault for c in find_clips([write(tmp_path / "list.csv", text)]).clips]
    assert [fault.partition("list.csv, ")[2] for fault in faults] == [
        "line 2: 'soon' must be a number of seconds from 0 on.",
        "line 3: the column path is empty.",
        "line 4: '-1' must be a number of seconds from 0 on.",
        "line 5: the line has 5 cells, but the first line names 3 columns; put a text that holds a "
        "separator in quotes.",
        "",
    ]


def test_columns_that_the_data_set_has_itself_are_renamed(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4")
    found = find_clips([write(tmp_path / "list.csv", "path,Run,error\na.mp4,7,none\n")])
    assert found.clips[0].carried == {"list_Run": "7", "list_error": "none"}
    assert found.renamed == {"Run": "list_Run", "error": "list_error"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name,label\na.mp4,x\n", "a column called path must name the videos; found name, label"),
        ("path,video\na.mp4,b.mp4\n", "two columns are called 'path'"),
        ("path,Label,label\na.mp4,x,y\n", "two columns are called 'label'"),
        ("path,label\n", "names no clip"),
        ("", "a column called path must name the videos; found none"),
        ('path\n"a.mp4\n', "not valid CSV"),
    ],
)
def test_a_list_that_names_nothing_is_an_error(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(OptionError, match=sentence):
        find_clips([write(tmp_path / "list.csv", text)])


def test_a_table_is_a_list(tmp_path: Path) -> None:
    table = {"path": ["a.mp4", "b.mp4"], "start": [0, None], "label": ["x", float("nan")]}
    first, second = table_clips(table).clips
    assert (first.start_s, second.start_s) == (0.0, None)
    assert (first.carried, second.carried) == ({"label": "x"}, {})
    with pytest.raises(OptionError, match="different lengths"):
        table_clips({"path": ["a.mp4"], "label": []})
