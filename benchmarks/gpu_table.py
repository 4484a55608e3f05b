"""The figures of benchmarks/gpu.py as text."""

from __future__ import annotations

import math
from typing import Any


def table(results: dict[str, Any]) -> str:
    """Return the most telling figures as text."""
    lines = [f"{results['about']['device']}, torch {results['about']['torch']}"]
    lines += [f"{name}: {value:.3g}" for name, value in results["ceilings"].items()]
    lines.append(
        f"{'variant':9}{'batch':>6}{'format':>7} {'how':12}{'ms':>9}{'x ref':>7}{'MB':>8}{'error':>10}"
    )
    base = {
        (row["variant"], row["batch"], row["precision"]): row["median_ms"]
        for row in results["clip"]
        if row["how"] == "reference"
    }
    for row in sorted(
        results["clip"], key=lambda r: (r["precision"], r["batch"], r["variant"], -r["median_ms"])
    ):
        reference = base.get((row["variant"], row["batch"], row["precision"]), math.nan)
        lines.append(
            f"{row['variant']:9}{row['batch']:6}{row['precision']:>7} {row['how']:12}"
            f"{row['median_ms']:9.3f}{reference / row['median_ms']:7.2f}"
            f"{row['peak_bytes'] / 1e6:8.0f}{row['relative_error']:10.1e}"
        )
    lines += [f"launch {row}" for row in results["launches"]]
    lines += [f"chosen {kernel}: {launch}" for kernel, launch in results["chosen"].items()]
    for what in ("attention", "model"):
        for row in results[what]:
            if row["batch"] == 1:
                where = f"{what} {row.get('along', ''):7}{row['variant']:9}{row['how']:10}"
                lines.append(
                    f"{where}{row['tokens']:7} {row['median_ms']:9.3f} ms{row['peak_bytes'] / 1e6:8.0f} MB"
                )
    for name, fit in sorted(results["exponents"].items()):
        values = " ".join(f"{k} {fit[k]:.3f}" for k in ("all", "larger") if fit[k] is not None)
        lines.append(f"exponent {name}: {values}")
    for name, rows in results["kernels"].items():
        lines.append(f"kernels {name}")
        lines += [f"  {row['ms']:8.3f} ms {row['calls']:4} {row['name'][:80]}" for row in rows[:8]]
    lines += [f"failed: {row['piece']}: {row['error'][:200]}" for row in results["failures"]]
    if results["left_out"]:
        lines.append(f"left out: {', '.join(results['left_out'])}")
    return "\n".join(lines)
