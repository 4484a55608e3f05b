"""The name of a run's file fits into the file system, while it is written too."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixviz.single_file.file_name import file_name
from fixviz.store.files import write_atomic


@pytest.mark.parametrize("letter", ["a", "é", "这", "𠮷"])
def test_a_file_of_a_long_name_can_be_written(tmp_path: Path, letter: str) -> None:
    name = file_name(f"{letter * 100}.mp4")
    assert set(name.removesuffix(".html")) == {letter}
    write_atomic(tmp_path / name, b"")
    assert (tmp_path / name).exists()
