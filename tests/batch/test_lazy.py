"""Analyses from Python: nothing before it is needed, and then the rows of each clip."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

import fixviz
from fixviz.batch.schema import TABLES
from fixviz.errors import OptionError, UnreadableVideo
from tests.batch.conftest import CLIPS, Analyzed, Library
from tests.batch.rows import files, rows
from tests.documentation import ROOT, Sandbox

NOTEBOOK = ROOT / "docs" / "tutorial" / "many-clips.ipynb"


def lazy(library: Library, paths: object, **options: object) -> fixviz.batch.lazy.Analyses:
    return fixviz.analyze(
        paths, models=library.models, frames=5, settings=library.settings, **options
    )


def test_nothing_is_computed_before_it_is_asked_for(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    clips = lazy(library, library.clips, out=tmp_path / "out")
    assert len(clips) == len(CLIPS)
    assert clips.clips == [library.clips / name for name in CLIPS]
    assert "not computed yet" in repr(clips)
    assert not (tmp_path / "out").exists()
    table = clips.to_pandas("metrics")
    assert files(tmp_path / "out") == files(analyzed.out)
    assert list(table.columns[:4]) == ["clip", "folder", "run", "model"]
    expected = rows(analyzed.out, "metrics")
    assert table["concentration"].tolist() == pytest.approx([r["concentration"] for r in expected])
    assert "0 failed" in repr(clips)


def test_a_dataset_reads_only_what_is_asked_for(library: Library, analyzed: Analyzed) -> None:
    clips = lazy(library, library.clips, out=analyzed.out)
    found = clips.dataset("metrics").to_table(
        columns=["head", "gini"], filter=(ds.field("model") == "plain") & (ds.field("layer") == 1)
    )
    assert found.column_names == ["head", "gini"]
    assert found.num_rows == len(CLIPS) * 2 * 4 * 5  # axes, heads, frames
    arrow = clips.to_arrow("fixation", ["ratio_key"], ds.field("head") == 3)
    assert set(arrow["clip"].to_pylist()) == set(CLIPS)
    assert arrow.num_rows == len(CLIPS) * 2 * 2 * 5  # layers, axes, frames


def test_clips_come_one_by_one_also_those_that_fail(
    library: Library, analyzed: Analyzed, tmp_path: Path
) -> None:
    (tmp_path / "text.mp4").write_text("not a video")
    table = {
        "path": [library.clips / CLIPS[0], tmp_path / "text.mp4", library.clips / CLIPS[1]],
        "label": ["x", "y", "z"],
    }
    clips = lazy(library, table, progress=False)
    first, bad, last = list(clips)
    assert [clip.carried["label"] for clip in (first, bad, last)] == ["x", "y", "z"]
    assert isinstance(bad.error, UnreadableVideo) and bad.run is None
    assert clips.errors == {bad.name: str(bad.error)}
    with pytest.raises(UnreadableVideo):
        bad.to_pandas()
    assert first.run == analyzed.ends[0].handle
    for name in TABLES:
        mine = [row for row in rows(analyzed.out, name) if row["run"] == analyzed.ends[0].run]
        found = first.to_arrow(name).to_pylist()
        for row in (*mine, *found):
            row.pop("part", None)
        # One clip's rows are in the order of its models.
        assert sorted(found, key=lambda row: row.get("model", "")) == mine, name


def test_who_stops_early_keeps_what_is_done(library: Library, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for clip in lazy(library, library.clips, out=out):
        assert clip.name == CLIPS[0]
        break
    assert len(rows(out, "runs")) >= 1
    assert not list((out / ".writing").iterdir())
    assert len(lazy(library, library.clips, out=out).compute().to_arrow("runs")) == len(CLIPS)


def test_without_a_folder_the_rows_last_as_long_as_the_table(library: Library) -> None:
    clips = lazy(library, library.clips / CLIPS[0])
    assert clips.to_arrow("runs").num_rows == 1
    folder = clips.folder
    assert folder.is_dir()
    del clips
    assert not folder.exists()


def test_an_unknown_table_is_told_before_anything_is_computed(library: Library) -> None:
    clips = lazy(library, library.clips)
    for ask in (clips.to_arrow, clips.to_pandas, clips.dataset):
        with pytest.raises(OptionError, match="There is no table 'metric'; there are metrics"):
            ask("metric")
    assert "not computed yet" in repr(clips)


def test_importing_fixviz_stays_light() -> None:
    code = "import sys, fixviz; assert callable(fixviz.analyze)"
    code += "; print({'torch', 'pyarrow', 'pandas', 'streamlit'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell, in order, as in a fresh clone."""
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    Sandbox(tmp_path, tmp_path / "home", "").fill([])
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path / "home"))
    names: dict[str, Any] = {}
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
    means = names["means"]
    assert list(means.columns) == ["fixation", "softmax"]
    assert len(means) == 6 and means.notna().all(axis=None)
    assert list(names["parts"].groupby("label").groups) == ["meet", "part"]


def test_the_notebook_is_one_and_is_linked() -> None:
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert all(not cell.get("outputs") for cell in notebook["cells"]), "they would go stale"
    linking = [p for p in (ROOT / "docs").rglob("*.md") if NOTEBOOK.name in p.read_text("utf-8")]
    assert {page.stem for page in linking} >= {"python", "analyze-many"}
