"""A run made before a measure existed shows the others, each in its place, wherever it is read."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from fixviz.reading.exports.tables import write_tables
from fixviz.report.build import build_report
from fixviz.store import Store
from tests.report.test_report import Reader
from tests.ui.concentration_run import concentration_run
from tests.ui.page import charts, numbers, open_page
from tests.ui.synthetic import METRICS

GINI = 0.625


def publish(store: Store, missing: str) -> str:
    """A run that lacks a measure; its Gini coefficient is known."""
    manifest, arrays, files = concentration_run()
    place = METRICS.index(missing)
    for name in [name for name in arrays if name.endswith("/metrics")]:
        arrays[name][..., METRICS.index("gini")] = GINI
        arrays[name] = np.delete(arrays[name], place, -1)
    manifest["metrics"] = [name for name in METRICS if name != missing]
    return store.publish("a" * 64, manifest, arrays, files, owner="test", name="orbit.mp4")


@pytest.mark.parametrize("missing", ["entropy", "top10_mass", "concentration"])
def test_page_report_and_tables_show_the_others(store: Store, tmp_path: Path, missing: str) -> None:
    handle = publish(store, missing)
    at = open_page("inspect/concentration", handle, concentration_measure="Gini coefficient")
    box = at.selectbox(key="concentration_measure")
    assert len(box.options) == len(METRICS) - 1
    over_time = charts(at)[0]
    assert over_time["layout"]["yaxis"]["title"]["text"] == "Gini coefficient"
    for line in over_time["data"][1:]:
        assert numbers(line["y"]) == pytest.approx(GINI)

    reader = Reader(build_report(store, handle))
    table = reader.table_with("over")
    # Beside model, frame or clip, and the number of keys.
    assert len(reader.tables[table][0]) == len(METRICS) - 1 + 3
    assert {float(value) for value in reader.column(table, "Gini coefficient")} == {GINI}

    write_tables(store, handle, store.manifest(handle), tmp_path)
    with (tmp_path / "metrics.csv").open(encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert missing not in found[0]
    assert {float(row["gini"]) for row in found} == {GINI}
