"""`fixviz report` from outside, and the button of the pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixviz.cli import main
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.ui.report_button import report_maker
from tests.ui.page import open_page
from tests.ui.synthetic import synthetic_run


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Store(Settings(home=tmp_path / "home"))


@pytest.fixture
def handle(store: Store) -> str:
    return store.publish("a" * 64, *synthetic_run(), owner="test", name="my clip (1).mp4")


def test_the_file_is_named_after_the_clip(
    handle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["report", handle, "--author", "A. Student", "--layer", "1"])
    assert capsys.readouterr().out.strip() == "my-clip-1-report.html"
    report = (tmp_path / "my-clip-1-report.html").read_text("utf-8")
    assert "A. Student" in report
    assert "spatial attention, layer 1, mean of heads" in report


def test_a_link_brings_its_view_and_options_win(handle: str, tmp_path: Path) -> None:
    link = f"http://localhost:8501/?run={handle}&frame=5&layer=1&head=2"
    main(["report", link, "--layer", "0", "--out", "r.html"])
    report = (tmp_path / "r.html").read_text("utf-8")
    assert "spatial attention, layer 0, head 2; frame 5 at 0.62 s" in report


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "names no run"),
        (["x" * 22], "There is no such run"),
        (["-0" + "x" * 20], "There is no such run"),
        (["--" + "x" * 20], "There is no such run"),
        (["HANDLE", "--color"], "--color"),
        (["HANDLE", "--head", "9"], "heads go from 0 to 3"),
        (["HANDLE", "--out", "missing/r.html"], "could not be written"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    handle: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["report", *(handle if a == "HANDLE" else a for a in arguments)])
    assert end.value.code == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_the_button_stands_on_the_pages(store: Store, handle: str) -> None:
    for page in ("watch", "concentration"):
        at = open_page(f"inspect/{page}", handle)
        labels = [block.proto.popover.label for block in at.get("popover")]
        assert "Report" in labels


def test_what_the_button_saves_has_the_view_of_the_page(store: Store, handle: str) -> None:
    parameters = {"axis": "temporal", "layer": "1", "head": "mean", "frame": "3"}
    report = report_maker(store, handle, parameters, "A title", "", "")().decode()
    assert "temporal attention, layer 1, mean of heads; frame 3 at 0.38 s" in report
    assert "<h1>A title</h1>" in report
