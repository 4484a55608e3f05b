"""Writing the site: its own files are replaced, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixviz.errors import OptionError, StorageError
from fixviz.static_site.folder import LIST, check, write

FIRST = {"index.html": b"one", "app-1/a.js": b"a", "app-1/deep/b.js": b"b"}
SECOND = {"index.html": b"two", "app-2/a.js": b"a"}


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_new_site_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "site"
    write(folder, FIRST, overwrite=False)
    (folder / "app-1" / "deep" / "notes.txt").write_text("mine")
    (folder / "CNAME").write_text("example.org")
    write(folder, SECOND, overwrite=False)
    assert files_in(folder) == {*SECOND, LIST, "CNAME", "app-1/deep/notes.txt"}
    assert (folder / "index.html").read_bytes() == b"two"
    (folder / "app-1" / "deep" / "notes.txt").unlink()
    write(folder, FIRST, overwrite=False)
    assert not (folder / "app-2").exists(), "an empty folder goes, too"
    assert json.loads((folder / LIST).read_text())["files"] == sorted(FIRST)


def test_a_file_that_is_not_the_sites_is_kept_unless_it_may_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(OptionError, match=r"would be replaced \(index.html\): .* --overwrite"):
        write(tmp_path, FIRST, overwrite=False)
    assert files_in(tmp_path) == {"index.html"}
    write(tmp_path, FIRST, overwrite=True)
    assert (tmp_path / "index.html").read_bytes() == b"one"
    write(tmp_path, SECOND, overwrite=False)


def test_a_list_cannot_delete_what_is_elsewhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "linked").symlink_to(tmp_path, target_is_directory=True)
    listed = ["../outside.txt", str(outside), "linked/outside.txt", "gone.html"]
    (folder / LIST).write_text(json.dumps({"files": listed}))
    write(folder, FIRST, overwrite=False)
    assert outside.read_text() == "mine"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": 3}', "\0"])
def test_a_damaged_list_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / LIST).write_text(content)
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(OptionError):
        check(tmp_path, FIRST, overwrite=False)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("")
    with pytest.raises(OptionError, match="is a file; name a folder"):
        write(tmp_path / "site", FIRST, overwrite=True)
    with pytest.raises(StorageError, match="could not be written"):
        write(tmp_path / "site" / "below", FIRST, overwrite=True)
