"""The data set holds what each clip's own analysis gives, whatever stops the command."""

from __future__ import annotations

import csv
import itertools
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from fixviz.batch import shard
from fixviz.batch.data_set import DataSet
from fixviz.batch.layout import LOCK, is_data_set
from fixviz.batch.listing import find_clips
from fixviz.batch.reading import open_table, read_table
from fixviz.batch.schema import TABLES, arrow_schema, stored_columns
from fixviz.batch.work import Work
from fixviz.engine import Engine
from fixviz.errors import NoSuchDevice, OptionError, StorageError
from fixviz.reading.exports.archive import probabilities_csv
from fixviz.reading.exports.run_folder import export_run
from fixviz.settings import Settings
from fixviz.store import Store
from tests.batch.conftest import CLIPS, Analyzed, Library
from tests.batch.rows import clips, content, files, rows, schema_of


def from_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def assert_equal(found: Any, text: str) -> None:
    """A value of Parquet against its cell in a CSV file, which has six digits."""
    if isinstance(found, float):
        assert found == pytest.approx(float(text), rel=1e-6, abs=1e-6)
    else:
        assert ("" if found is None else str(found)) == text


def test_the_rows_of_a_clip_are_those_of_its_own_analysis(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    """Every file that `fixviz analyze` writes for one clip, and the ZIP's probabilities."""
    for end in analyzed.ends:
        assert end.handle is not None
        folder = tmp_path / end.clip.path.stem
        export_run(library.store, end.handle, folder)
        manifest = library.store.manifest(end.handle)
        (folder / "probabilities.csv").write_text(probabilities_csv(manifest), "utf-8")
        written = {path.stem for path in folder.glob("*.csv")}
        assert written == set(TABLES) - {"runs"}
        for name in written:
            expected = from_csv(folder / f"{name}.csv")
            mine = [row for row in rows(analyzed.out, name) if row["run"] == end.run]
            # One after the other by model, since a model is a folder.
            expected.sort(key=lambda row: row["model"])
            assert len(mine) == len(expected) > 0
            for found, row in zip(mine, expected, strict=True):
                for column, text in row.items():
                    assert_equal(found.pop(column), text)
                assert found.pop("run") == end.run
                assert set(found.values()) <= {None}, "columns that the run lacks"


def test_each_clip_is_a_run_in_the_store(library: Library, analyzed: Analyzed) -> None:
    assert [end.state for end in analyzed.ends] == ["computed"] * len(CLIPS)
    listed = clips(analyzed.out)
    assert list(listed) == list(CLIPS)
    for name, row in listed.items():
        manifest = library.store.manifest(row["handle"])
        assert row["run"] == library.store.key_of(row["handle"])
        assert row["sha256"] == manifest["clip"]["sha256"]
        assert row["path"] == str(library.clips / name)
        assert row["folder"] == str(Path(name).parent).removeprefix(".")
        assert (row["error"], row["same_as"]) == (None, None)
    runs = {row["run"]: row for row in rows(analyzed.out, "runs")}
    assert set(runs) == {row["run"] for row in listed.values()}
    assert {row["frames"] for row in runs.values()} == {5}
    assert {(row["width"], row["height"], row["part"]) for row in runs.values()} == {(74, 46, 0)}
    assert not (analyzed.out / "errors.csv").exists()


def test_there_is_one_file_for_each_table_and_model(analyzed: Analyzed) -> None:
    of_both = {"metrics", "lorenz", "concentration_histogram", "probabilities"}
    of_one = {"fixation", "ratio_parts", "leave_one_out"}
    expected = {f"{name}/model=fixed/part-00000.parquet" for name in of_both | of_one}
    expected |= {f"{name}/model=plain/part-00000.parquet" for name in of_both}
    assert set(files(analyzed.out)) == {*expected, "runs/part-00000.parquet"}
    for path in expected:
        schema = arrow_schema(stored_columns(TABLES[path.partition("/")[0]]))
        assert schema_of(analyzed.out / path).equals(schema)


def test_nothing_is_done_twice(library: Library, analyzed: Analyzed) -> None:
    before, listed = files(analyzed.out), clips(analyzed.out)
    ends = library.analyze(analyzed.out, library.clips)
    assert [end.state for end in ends] == ["there"] * len(CLIPS)
    assert [end.handle for end in ends] == [end.handle for end in analyzed.ends]
    assert files(analyzed.out) == before
    assert clips(analyzed.out) == listed


def test_a_second_session_writes_what_one_would_have_written(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    one, *others = (library.clips / name for name in CLIPS)
    assert [end.state for end in library.analyze(out, one)] == ["stored"]
    library.analyze(out, *others)
    assert files(out) == files(analyzed.out), "byte for byte"


@pytest.mark.slow
@pytest.mark.timeout(900)  # Two workers load torch at once.
def test_clips_computed_at_once_give_the_same_rows_in_the_same_order(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    """Two workers on a thread each; sums on one thread and on several differ in their last digits."""
    settings, out = Settings(home=tmp_path / "home"), tmp_path / "out"
    store = Store(settings)
    with Engine(settings, store, workers=2) as engine:
        at_once = replace(library, settings=settings, engine=engine, store=store)
        ends = at_once.analyze(out, library.clips)
    assert [(end.run, end.state) for end in ends] == [(e.run, "computed") for e in analyzed.ends]
    for name in set(TABLES) - {"runs"}:
        found, expected = (open_table(folder, name).to_table() for folder in (out, analyzed.out))
        assert found.column_names == expected.column_names
        for column in found.column_names:
            if pa.types.is_floating(found[column].type):
                mine, theirs = (table[column].to_numpy() for table in (found, expected))
                np.testing.assert_allclose(mine, theirs, 1e-3, 1e-5, err_msg=f"{name}.{column}")
            else:
                assert found[column].equals(expected[column]), (name, column)


def test_several_data_sets_are_read_as_one(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    parts = [tmp_path / "a", tmp_path / "b"]
    library.analyze(parts[0], library.clips / CLIPS[0])
    library.analyze(parts[1], *(library.clips / name for name in CLIPS[1:]))
    found = ds.dataset([open_table(part, "metrics") for part in parts]).to_table()
    order = [(name, "ascending") for name in ("run", "model", "layer", "axis", "head", "frame")]
    whole = open_table(analyzed.out, "metrics").to_table()
    assert found.sort_by(order).equals(whole.sort_by(order))


def test_full_shards_are_followed_by_new_ones(
    library: Library, analyzed: Analyzed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As small as that, each clip fills its row groups and its shard.
    monkeypatch.setattr("fixviz.batch.shard.ROW_GROUP", 7)
    out = tmp_path / "out"
    library.analyze(out, library.clips, shard_bytes=1)
    assert [row["part"] for row in rows(out, "runs")] == [0, 1, 2]
    expected = content(analyzed.out)
    found = content(out)
    for name in set(TABLES) - {"runs"}:
        assert found[name] == expected[name]
    metrics = pq.ParquetFile(out / "metrics/model=plain/part-00001.parquet")
    assert metrics.metadata.row_group(0).num_rows == 7


class Stopped(BaseException):
    """What a kill is to the code: no handler sees it."""


@pytest.mark.slow
def test_a_crash_at_any_moment_of_a_publication_loses_nothing(
    library: Library, analyzed: Analyzed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each write and each move in turn is the last thing that the process does."""
    expected, steps = content(analyzed.out), 0
    move = Path.replace
    for last in itertools.count():
        out, done = tmp_path / f"out-{last}", 0
        library.analyze(out, library.clips / CLIPS[0])

        def dying(path: Path, target: Path, limit: int = last) -> Path:
            nonlocal done
            if done == limit:
                raise Stopped
            done += 1
            return move(path, target)

        monkeypatch.setattr(Path, "replace", dying)
        try:
            library.analyze(out, library.clips)
        except Stopped:
            steps += 1
        else:
            break
        finally:
            monkeypatch.setattr(Path, "replace", move)
        library.analyze(out, library.clips)
        assert content(out) == expected, last
        assert not list((out / ".writing").iterdir())
        assert {row["handle"] for row in clips(out).values()} == {e.handle for e in analyzed.ends}
    assert steps > 12, "files of tables, the list of them, and the clips"


@pytest.mark.parametrize("last", [0, 1, 11, 12, 25, 26])
def test_an_interruption_within_a_clips_rows_leaves_no_part_of_them(
    library: Library,
    analyzed: Analyzed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    last: int,
) -> None:
    """Ctrl-C comes at any moment, and what was done by then is published."""
    done, add = 0, shard._File.add_packed

    def interrupted(file: shard._File, data: object, count: int) -> None:
        nonlocal done
        done += 1
        if done == last + 1:
            raise KeyboardInterrupt
        add(file, data, count)

    monkeypatch.setattr(shard._File, "add_packed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        library.analyze(tmp_path / "out", library.clips)
    monkeypatch.undo()
    kept = {row["run"] for row in rows(tmp_path / "out", "runs")}
    for name in TABLES:
        assert {row["run"] for row in rows(tmp_path / "out", name)} <= kept
    library.analyze(tmp_path / "out", library.clips)
    assert content(tmp_path / "out") == content(analyzed.out)
    assert None not in {row["handle"] for row in clips(tmp_path / "out").values()}


def test_what_a_stopped_writer_had_not_complete_is_deleted(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(analyzed.out, out)
    half = out / ".writing" / "abc" / "metrics" / "model=plain"
    half.mkdir(parents=True)
    (half / "part-00000.parquet").write_bytes(b"PAR1 half")
    library.analyze(out, library.clips)
    assert files(out) == files(analyzed.out)
    assert not list((out / ".writing").iterdir())


def test_a_bad_file_stops_no_other_and_says_what_the_app_says(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    folder = library.copy(tmp_path / "clips")
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("not a video " * 100)
    (folder / "lost.mp4").symlink_to(folder / "gone.mp4")
    ends = library.analyze(tmp_path / "out", folder)
    assert [end.state for end in ends].count("stored") == len(CLIPS)
    failed = from_csv(tmp_path / "out" / "errors.csv")
    assert {row["clip"] for row in failed} == {"empty.mp4", "text.mp4", "lost.mp4"}
    for row in failed:
        with pytest.raises(Exception) as told:
            library.engine.run(replace(library.request, video=row["path"]))
        assert row["error"] == str(told.value)
        assert row["error_kind"] == type(told.value).__name__
        assert row["path"] == str(folder / row["clip"])
    assert content(tmp_path / "out") == content(analyzed.out)
    shutil.copy(library.clips / "a.mp4", folder / "text.mp4")
    (folder / "empty.mp4").unlink()
    shutil.copy(library.clips / "a.mp4", folder / "empty.mp4")
    again = {end.clip.name: end.state for end in library.analyze(tmp_path / "out", folder)}
    assert (again["text.mp4"], again["lost.mp4"]) == ("same", "failed"), (
        "what failed is tried again"
    )
    assert [row["clip"] for row in from_csv(tmp_path / "out" / "errors.csv")] == ["lost.mp4"]


def test_the_same_content_is_computed_once_and_listed_twice(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    odd = ("x y.mp4", "ä=1.mp4", "line\nbreak.mp4", "model=x/#%41.mp4", os.fsdecode(b"\xff.mp4"))
    folder = library.copy(tmp_path / "clips", CLIPS[0])
    for name in odd:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(folder / CLIPS[0], folder / name)
    out = tmp_path / "out"
    ends = library.analyze(out, folder)
    assert sorted(end.state for end in ends) == ["same"] * len(odd) + ["stored"]
    assert len(rows(out, "runs")) == 1
    listed = clips(out)
    assert set(listed) == {CLIPS[0], *odd[:-1], "\\xff.mp4"}
    assert {row["run"] for row in listed.values()} == {ends[0].run}
    assert sorted(row["same_as"] or "" for row in listed.values()) == [
        "",
        *[str(ends[0].clip.path)] * len(odd),
    ]
    one = [row for row in rows(analyzed.out, "metrics") if row["run"] == ends[0].run]
    assert rows(out, "metrics") == one
    joined = read_table(out, "metrics", ["concentration"]).to_pylist()
    assert len(joined) == len(one) * (1 + len(odd))
    values = {
        name: [row["concentration"] for row in joined if row["clip"] == name] for name in listed
    }
    assert all(found == values[CLIPS[0]] for found in values.values())


def test_a_video_that_changed_takes_the_place_of_what_it_was(
    library: Library, analyzed: Analyzed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fixviz.batch.shard.ROW_GROUP", 7)
    folder, out = library.copy(tmp_path / "clips"), tmp_path / "out"
    library.analyze(out, folder, shard_bytes=1)
    shutil.copy(library.clips / CLIPS[2], folder / CLIPS[0])
    states = [end.state for end in library.analyze(out, folder)]
    assert states == ["same", "there", "same"]
    kept = {end.run for end in analyzed.ends[1:]}
    for name in TABLES:
        assert {row["run"] for row in rows(out, name)} == kept, name
    assert not (out / "metrics/model=plain/part-00000.parquet").exists(), "it held that run only"


def test_columns_of_the_list_are_carried_along(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    folder = library.copy(tmp_path)
    text = "path,label,group,age\n" + "".join(f"{n},label {n[-5]},,3\n" for n in CLIPS)
    (folder / "list.csv").write_text(text)
    out = tmp_path / "out"
    library.analyze(out, folder / "list.csv")
    for name, row in clips(out).items():
        assert (row["label"], row["age"]) == (f"label {name[-5]}", "3")
        assert "group" not in row, "an empty column says nothing"
    joined = read_table(out, "metrics", ["model", "concentration"])
    assert joined.column_names == [
        "clip",
        "folder",
        "label",
        "age",
        "run",
        "model",
        "concentration",
    ]
    by_run = {end.run: end.clip.name for end in analyzed.ends}
    for row in joined.to_pylist():
        assert row["label"] == f"label {by_run[row['run']][-5]}"
    library.analyze(out, library.clips)
    assert len(clips_by_path(out)) == 2 * len(CLIPS), "others join, without labels"


def clips_by_path(folder: Path) -> dict[str, Any]:
    return {row["path"]: row for row in pq.read_table(folder / "clips.parquet").to_pylist()}


def test_parts_of_a_video_are_clips(library: Library, tmp_path: Path) -> None:
    folder = library.copy(tmp_path, CLIPS[0])
    (folder / "list.csv").write_text("path,start,end\na.mp4,0,0.3\na.mp4,0.3,0.6\na.mp4,9,10\n")
    ends = library.analyze(tmp_path / "out", folder / "list.csv")
    assert [end.state for end in ends] == ["computed", "computed", "failed"]
    spans = {row["run"]: row["start_s"] for row in rows(tmp_path / "out", "runs")}
    assert [spans[end.run] for end in ends[:2]] == pytest.approx([0.0, 0.3])


def test_a_folder_that_holds_something_else_is_left_alone(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    other = {"models": {"plain": "a" * 64}, "size": 112}
    with pytest.raises(OptionError, match="other options") as told:
        DataSet(analyzed.out, other)
    assert "size: none there, 112 here" in str(told.value)
    one = tmp_path / "one"
    assert analyzed.ends[0].handle is not None
    export_run(library.store, analyzed.ends[0].handle, one)
    with pytest.raises(OptionError, match="the results of one clip"):
        library.open(one)
    mine = tmp_path / "mine"
    (mine / "runs").mkdir(parents=True)
    with pytest.raises(OptionError, match="holds runs, which fixviz did not write"):
        library.open(mine, overwrite=True)
    (tmp_path / "file").touch()
    with pytest.raises(OptionError, match="is a file"):
        library.open(tmp_path / "file")
    assert not is_data_set(mine)


def test_overwrite_begins_anew_and_keeps_what_is_not_fixvizs(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(analyzed.out, out)
    (out / "notes.txt").write_text("mine")
    DataSet(out, {"models": {}}, overwrite=True).close()
    assert files(out) == {}
    assert clips(out) == {}
    assert (out / "notes.txt").read_text() == "mine"


def test_two_commands_do_not_write_at_once(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(analyzed.out, out)
    with (
        FileLock(out / LOCK),
        pytest.raises(OptionError, match="Another fixviz writes into"),
    ):
        library.open(out)


def test_a_disk_that_is_full_stops_the_command_with_a_sentence(
    library: Library, analyzed: Analyzed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(StorageError, match="the disk is full: free some space"):
        library.analyze(tmp_path / "out", library.clips)
    monkeypatch.undo()
    library.analyze(tmp_path / "out", library.clips)
    assert content(tmp_path / "out") == content(analyzed.out)


def test_what_no_clip_can_be_analyzed_with_stops_at_once(library: Library, tmp_path: Path) -> None:
    clip_rows = find_clips([library.clips]).clips
    with library.open(tmp_path / "out") as data_set:
        request = replace(library.request, device="cuda:9", frames=4)
        work = Work(library.engine, library.store, library.settings, data_set, request, "me")
        with pytest.raises(NoSuchDevice):
            list(work.run(clip_rows))


def test_a_table_that_no_run_has_is_empty(library: Library, tmp_path: Path) -> None:
    with library.open(tmp_path / "out"):
        pass
    for name, table in TABLES.items():
        found = open_table(tmp_path / "out", name).to_table()
        assert found.num_rows == 0
        assert found.column_names == [column.name for column in table.columns]
    with pytest.raises(OptionError, match="There is no table 'metric'"):
        open_table(tmp_path / "out", "metric")
