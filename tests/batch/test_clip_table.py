"""The table of clips: nothing is lost that was saved, and what is written grows with the clips alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fixviz.batch.clip_table import NEW, ClipTable
from fixviz.batch.layout import Layout


def row(number: int, **facts: Any) -> dict[str, Any]:
    return {
        **{"clip": f"{number}.mp4", "folder": "", "path": f"/clips/{number}.mp4"},
        **{"start_s": None, "end_s": 1.5, "number": 0, "run": f"{number:064x}", "handle": "h"},
        **{"label": "ü", **facts},
    }


def in_file(folder: Path) -> list[str]:
    return pq.read_table(folder / "clips.parquet")["clip"].to_pylist()


def filled(folder: Path, count: int) -> ClipTable:
    """A table whose file has that many clips."""
    table = ClipTable(Layout(folder))
    for number in range(count):
        table.note(row(number))
    assert table.save(whole=True)
    return table


def test_few_new_clips_go_into_the_journal_and_many_into_the_file(tmp_path: Path) -> None:
    table = filled(tmp_path, 30)
    journal = tmp_path / ".writing" / "clips.jsonl"
    table.note(row(30))
    table.note(row(31))
    assert not table.save(whole=False)
    assert len(in_file(tmp_path)) == 30
    assert len(journal.read_text("utf-8").strip().splitlines()) == 2
    table.note(row(32))
    assert table.save(whole=False), "three new clips are a tenth of thirty"
    assert len(in_file(tmp_path)) == 33
    assert not journal.exists()


def test_a_process_that_dies_loses_nothing_that_was_saved(tmp_path: Path) -> None:
    table = filled(tmp_path, 50)
    table.note(row(50, error="Cut\nin two lines", bytes=2**40))
    table.note(row(7, run=None, error="It is gone."))
    assert not table.save(whole=False)
    with (tmp_path / ".writing" / "clips.jsonl").open("a") as journal:
        journal.write('\n{"clip": "51.mp4", "fol')
    again = ClipTable(Layout(tmp_path))
    assert [found["clip"] for found in again] == [f"{n}.mp4" for n in range(51)]
    assert again.find(row(50)) == row(50, error="Cut\nin two lines", bytes=2**40)
    assert again.find(row(7))["error"] == "It is gone."
    assert again.find(row(51)) is None
    assert not (tmp_path / ".writing" / "clips.jsonl").exists()
    written = pq.read_table(tmp_path / "clips.parquet").to_pylist()
    assert [found["label"] for found in written] == ["ü"] * 51
    assert written[7]["run"] is None


def test_a_row_after_one_that_was_cut_is_read(tmp_path: Path) -> None:
    table = filled(tmp_path, 40)
    journal = tmp_path / ".writing" / "clips.jsonl"
    journal.parent.mkdir()
    journal.write_text('\n{"clip": "cut')
    table.note(row(40))
    assert not table.save(whole=False)
    assert ClipTable(Layout(tmp_path)).find(row(40)) == row(40)


def test_what_is_written_grows_with_the_clips_and_not_with_their_square(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row is written about 1 / NEW times, however many shards there are."""
    written = 0
    write = pq.write_table

    def counting(found: Any, *args: Any, **options: Any) -> None:
        nonlocal written
        written += found.num_rows
        write(found, *args, **options)

    monkeypatch.setattr(pq, "write_table", counting)
    table, clips, shard = ClipTable(Layout(tmp_path)), 3000, 10
    for number in range(clips):
        table.note(row(number))
        if number % shard == shard - 1:
            table.save(whole=False)
    table.save(whole=True)
    assert len(in_file(tmp_path)) == clips
    assert written < clips * (1 / NEW + 3) < sum(range(shard, clips, shard)) / 10
