"""The site is built once for all tests that only read it."""

from __future__ import annotations

import pytest

from tests.static_site.built import small_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return small_site(tmp_path_factory.mktemp("home"))
