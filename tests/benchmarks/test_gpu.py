"""benchmarks/gpu.py at toy size: every piece runs, and its figures are what they say."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> tuple[dict[str, Any], str]:
    out = tmp_path_factory.mktemp("gpu") / "gpu.json"
    script = [sys.executable, str(ROOT / "benchmarks" / "gpu.py"), "--toy", "--no-compile"]
    run = subprocess.run(
        [*script, "--device", "cpu", "--out", str(out)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return json.loads(out.read_text("utf-8")), run.stdout


def test_no_piece_fails_and_none_is_left_out(measured) -> None:
    results, _ = measured
    assert results["failures"] == []
    assert results["left_out"] == []
    assert results["about"]["toy"] is True


def test_every_variant_agrees_with_the_reference_in_float64(measured) -> None:
    rows = measured[0]["clip"]
    measured_ways = {(r["variant"], r["precision"], r["how"]) for r in rows}
    assert measured_ways == {
        (variant, precision, how)
        for variant in ("fixation", "linear", "softmax")
        for precision in ("bf16", "fp32")
        for how in ("reference", "traced", "eager")
    }
    for row in rows:
        assert row["relative_error"] < {"fp32": 1e-5, "bf16": 0.05}[row["precision"]], row
        assert 0 < row["fastest_ms"] <= row["median_ms"]
        assert row["peak_bytes"] > 0


def test_the_path_without_a_trace_takes_less_memory(measured) -> None:
    peaks = {
        (r["variant"], r["how"]): r["peak_bytes"]
        for r in measured[0]["clip"]
        if (r["batch"], r["precision"]) == (2, "fp32")
    }
    for variant in ("fixation", "linear", "softmax"):
        assert peaks[variant, "eager"] < peaks[variant, "traced"]


def test_layers_and_networks_are_measured_along_tokens(measured) -> None:
    results = measured[0]
    assert {(r["variant"], r["tokens"]) for r in results["attention"]} == {
        (variant, tokens) for variant in ("fixation", "linear", "softmax") for tokens in (16, 64)
    }
    # 4 frames of 3 x 3 and 5 x 5 patches, and 8 of 5 x 5.
    assert {r["tokens"] for r in results["model"]} == {36, 100, 200}
    assert all(math.isfinite(fit["all"]) for fit in results["exponents"].values())


def test_the_table_names_every_variant_and_the_most_expensive_operations(measured) -> None:
    results, printed = measured
    for variant in ("fixation", "linear", "softmax"):
        assert f"kernels {variant}" in printed
        assert sum(row["ms"] for row in results["kernels"][f"{variant}//eager"]) > 0
    assert "x ref" in printed


@pytest.mark.slow
def test_a_budget_that_is_too_small_leaves_pieces_out_and_says_so(tmp_path) -> None:
    out = tmp_path / "gpu.json"
    run = subprocess.run(
        [
            sys.executable,
            str(ROOT / "benchmarks/gpu.py"),
            "--toy",
            "--budget-s",
            "0.001",
            "--out",
            str(out),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    left_out = json.loads(out.read_text("utf-8"))["left_out"]
    assert "ceilings" in left_out and "clip/fixation/eager" in left_out
    assert "left out: ceilings" in run.stdout
