"""The JavaScript modules that need no browser, by their own tests (tests/js) in Node.js."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TESTS = sorted((ROOT / "tests" / "js").glob("*.test.js"))


@pytest.mark.slow
def test_the_tests_of_the_modules_pass() -> None:
    node = shutil.which("node")
    if node is None:
        reason = "Node.js is not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    assert TESTS
    done = subprocess.run(
        [node, "--test", *map(str, TESTS)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
