"""Maps of several clips at one moment: of which frame, on which scale, and what they hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fixviz.comparison.maps import maps_at
from fixviz.comparison.source import Clip
from fixviz.comparison.values import Place
from fixviz.reading.figures.figure import Maps
from fixviz.reading.run import StoredRun
from fixviz.settings import Settings
from fixviz.store import Store
from tests.ui.synthetic import COLUMNS, ROWS, synthetic_run


def test_every_clip_shows_its_frame_at_the_moment_on_one_scale(tmp_path: Path) -> None:
    store = Store(Settings(home=tmp_path))
    manifest, arrays, files = synthetic_run()
    run = StoredRun.open(store, store.publish("a" * 64, manifest, arrays, files, name="a.mp4"))
    clips = [(Clip(key, f"{key}.mp4", "r", "v"), run) for key in ("first", "second")]
    figure = maps_at(clips, "linear", Place("spatial", 2, None), 0.52)
    assert figure is not None and isinstance(figure.chart, Maps)
    labels = [picture.label for picture in figure.chart.rows[0].pictures]
    assert labels == ["first.mp4, 0.50 s", "second.mp4, 0.50 s"], "frame 4 is nearest"
    wanted = arrays["linear/spatial/attention_received/source"][2, :, 4].astype(np.float32).mean(0)
    assert figure.table["attention received"][: ROWS * COLUMNS] == pytest.approx(
        wanted.ravel().tolist()
    )
    ((scale, _),) = figure.chart.scales
    assert (scale.low, scale.high) == (0.0, pytest.approx(float(wanted.max())))
    assert maps_at(clips, "linear", Place("joint", 2, None), 0.5) is None
    assert maps_at(clips, "linear", Place("spatial", 9, None), 0.5) is None
