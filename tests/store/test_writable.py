"""Whether a home can take a run now."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fixviz.store.writable import try_home


def test_a_home_with_room_is_ok_and_nothing_is_left(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    assert try_home(home, 1000) == "ok"
    assert list(home.iterdir()) == []


def test_too_little_room_is_full(tmp_path: Path) -> None:
    assert try_home(tmp_path, 10**18) == "full"


def test_a_home_that_is_no_folder_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert try_home(tmp_path / "file" / "home", 0) == "missing"


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "denied"),
        (errno.EIO, "failing"),
    ],
)
def test_each_refusal_has_its_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, word: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, "refused")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert try_home(tmp_path, 0) == word


@pytest.mark.parametrize(("options", "word"), [("size=8k", "full"), ("size=1m,ro", "read-only")])
def test_a_real_disk_that_is_full_or_read_only(tmp_path: Path, options: str, word: str) -> None:
    """On a small disk in memory that only the new process sees."""
    script = (
        'mount -t tmpfs -o "$1" none "$2" || exit 77; '
        'head -c 1000000 /dev/zero > "$2/filling" 2>/dev/null; '
        'exec "$3" -c "import sys, pathlib; from fixviz.store.writable import try_home; '
        'print(try_home(pathlib.Path(sys.argv[1]), 0))" "$2"'
    )
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("needs Linux namespaces")
    done = subprocess.run(
        [*command, options, str(tmp_path), sys.executable], capture_output=True, text=True
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this system allows no mounts here")
    assert done.stdout.strip() == word, done.stderr
