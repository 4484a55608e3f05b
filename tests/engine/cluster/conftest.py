from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from fixviz.store import Store
from tests.engine.real_run import RealRun, real_run


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRun]:
    """A run that this machine's own engine made."""
    with real_run(tmp_path_factory.mktemp("local")) as made:
        yield made


def same(local: RealRun, store: Store, run: str) -> None:
    """Assert that two runs hold the same, but for how numbers were rounded."""
    there, here = local.store.manifest(local.run), store.manifest(run)
    assert there["arrays"].keys() == here["arrays"].keys()
    assert there["files"].keys() == here["files"].keys()
    assert there["frames"] == here["frames"]
    for name in there["arrays"]:
        wanted, found = local.store.array(local.run, name), store.array(run, name)
        assert wanted.dtype == found.dtype
        np.testing.assert_allclose(
            found.astype(np.float64), wanted.astype(np.float64), atol=0.02, err_msg=name
        )
    for name in there["files"]:
        assert local.store.file(local.run, name) == store.file(run, name)
    assert [*local.store.derived_names(local.run)] == [*store.derived_names(run)] != []
