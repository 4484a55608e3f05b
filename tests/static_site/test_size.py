"""The whole site, with the runs of all sample clips, is small and the same every time."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixviz.reading.samples import samples
from fixviz.settings import Settings
from fixviz.static_site.build import SiteOptions, build_site, total
from tests.static_site.built import LIMIT_BYTES


@pytest.mark.slow
def test_the_whole_site_is_small_and_the_same_bytes_again(tmp_path: Path) -> None:
    told: list[str] = []
    settings = Settings(home=tmp_path)
    files = build_site(
        SiteOptions(),
        settings,
        lambda sample, status: told.append(f"{sample.name}: {status.state}"),
    )
    assert 9_000_000 < total(files) < LIMIT_BYTES
    runs = [name for name in files if name.endswith("/manifest.json")]
    assert len(runs) == len(samples()) == 6
    assert "meet-and-part: done" in told
    assert build_site(SiteOptions(), settings) == files
