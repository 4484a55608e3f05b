"""Shape annotations are checked while tests run (jaxtyping with beartype); no test is judged by its time."""

import os
import sys
from collections.abc import Iterator

# Before torch is loaded: threads that spin while they wait make a busy machine crawl.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Hundreds of processes are started here; without kept bytecode each would compile what it imports.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False
# Tests that run side by side (pytest -n) share the processors.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

# How long an example takes says more about what else the machine does.
settings.register_profile("fixviz", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fixviz")

pytest_plugins = ["pytester", "tests.shared_folders", "tests.documentation_site"]

install_import_hook(
    [
        "fixviz.model.attention",
        "fixviz.model.fixation",
        "fixviz.model.layers",
        "fixviz.model.shift",
        "fixviz.model.transformer",
        "fixviz.analysis",
    ],
    "beartype.beartype",
)


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Keep the main module, which Streamlit replaces by a page: new processes would run that page."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


LONGEST = ("test_documented_commands.py", "test_course.py", "test_base_path.py", "test_site.py")
"""Files that take minutes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest files first, or at the end some worker would wait for one.

    After those that take minutes come those that drive a browser, then those with slow tests.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(
        key=lambda item: (
            item.path.name not in LONGEST,
            item.get_closest_marker("browser") is None,
            item.path not in slow,
        )
    )
