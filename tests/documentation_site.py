"""The documentation as `make docs` builds it, once for all tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[1]
# --quiet would hide the warnings from --strict too.
BUILD = """
import sys
from mkdocs.__main__ import cli
cli(["build", "--strict", "--site-dir", sys.argv[1]], standalone_mode=False)
loaded = {"torch", "streamlit", "fixviz"} & set(sys.modules)
sys.exit(f"the reference was made by importing {loaded}" if loaded else 0)
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built pages; processes of pytest -n share it.

    It is built by a process that loads neither torch nor Streamlit.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "documentation-site"
    with FileLock(shared / "documentation-site.lock"):
        if not (folder / "built").exists():
            command = [sys.executable, "-c", BUILD, str(folder)]
            done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            (folder / "built").touch()
    return folder
