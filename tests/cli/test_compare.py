"""`fixviz compare`: what it says, what it writes, and that the numbers are those of the page."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fixviz.cli import main
from fixviz.comparison.data_set import open_data_set
from fixviz.comparison.question import Question, answer
from fixviz.settings import Settings
from fixviz.store import Store
from tests.comparison import made


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("compare")
    store = Store(Settings(home=place / "home"))
    return made.data_set(place / "lab", store, made.publish(store, count=5))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        assert file.readline().startswith("# ")
        return list(csv.DictReader(file))


def test_it_says_the_main_thing_and_writes_all(
    lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a" / "b"
    main(["compare", str(lab), "--group", "day", "--against", "gini", "--out", str(out)])
    said = capsys.readouterr().out
    assert "has higher concentration than Linear attention on 5 of 5 clips" in said
    assert "Look at clip-" in said
    names = {path.name for path in out.iterdir()}
    assert names == {
        *("distribution.csv", "distribution.svg", "differences.csv", "differences.svg"),
        *("scatter.csv", "scatter.svg", "outliers.csv", "curves.csv", "curves.svg"),
        *("values.csv", "comparison.json"),
    }
    for path in out.glob("*.svg"):
        ElementTree.parse(path)
    found = answer(open_data_set(lab), Question(group="day", against="gini"))
    main_row = rows(out / "differences.csv")[0]
    assert found.main is not None and found.main.summary.mean is not None
    assert (main_row["model"], main_row["minus"]) == ("fixation", "linear")
    assert float(main_row["mean"]) == found.main.summary.mean.mean
    assert float(main_row["low"]) == found.main.summary.mean.low
    values = rows(out / "values.csv")
    assert [float(row["concentration, linear"]) for row in values] == found.values.of(
        "linear"
    ).tolist()
    content = json.loads((out / "comparison.json").read_text())
    assert (content["layer"], content["axis"], content["clips"]) == (2, "spatial", 5)
    assert content["tables"]["differences"]["columns"]["mean"][0] == found.main.summary.mean.mean


def test_the_same_command_writes_the_same_bytes(lab: Path, tmp_path: Path) -> None:
    for name in "ab":
        main(["compare", str(lab), "--out", str(tmp_path / name)])
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--layer", "last"], "--layer 'last' is no whole number"),
        (["--pair", "linear"], "--pair 'linear' names no two models"),
        (["--measure", "speed"], "There is no measure 'speed'"),
        (["--group", "color"], "There is no column 'color'"),
    ],
)
def test_a_wrong_option_is_a_sentence(
    lab: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["compare", str(lab), *options])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
