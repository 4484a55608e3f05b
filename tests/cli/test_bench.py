"""`fixviz bench`: a table, JSON, and options that cannot be."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import torch
from click.testing import CliRunner

from fixviz.attention_cost.kinds import KINDS
from fixviz.attention_cost.measurement import CostMeasurement
from fixviz.cli.bench import command
from fixviz.errors import OptionError

TOY = ["--seconds", "60", "--frames", "1,2,4"]


@pytest.fixture(autouse=True)
def same_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command sets the threads of its process, which is this one."""
    monkeypatch.setattr("fixviz.attention_cost.measure._ROOF_SIDES", (64, 128))
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(command, [*TOY, *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return str(done.stdout)


def test_json_is_alone_on_standard_output_and_is_what_the_page_keeps() -> None:
    done = CliRunner().invoke(command, [*TOY, "--json", "--threads", "1"], catch_exceptions=False)
    values = json.loads(done.stdout)
    found = CostMeasurement.from_dict(values)
    assert found.threads == 1
    assert [p.tokens for p in found.of("fixation")] == [81, 162, 324]
    assert values["fits"]["linear"]["seconds"]["exponent"] == found.fit("linear").exponent
    assert "Linear, 162 tokens" in done.stderr


def test_the_table_names_exponents_and_the_roof() -> None:
    shown = run("--attention", "softmax,linear", "--heads", "2", "--width", "8", "--grid", "5x7")
    assert "2 heads of 8 channels; tokens are frames of 5 × 7 patches" in shown
    assert "the roof" in shown
    lines = shown.splitlines()
    first = next(line.split() for line in lines if line.startswith(KINDS["linear"].title))
    assert first[1] == "35"
    assert any("35 to 140 tokens" in line and "±" in line for line in lines)


def test_tokens_can_be_named_themselves() -> None:
    shown = run("--tokens", "64,16", "--attention", "linear")
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("Linear ")][:2] == [
        "16",
        "64",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--attention", "performer"),
        ("--attention", ","),
        ("--frames", "1,two"),
        ("--tokens", "0"),
        ("--grid", "9"),
        ("--width", "0"),
    ],
)
def test_what_cannot_be_measured_is_refused(wrong: tuple[str, str]) -> None:
    with pytest.raises(OptionError):
        run(*wrong)
