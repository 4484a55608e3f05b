"""Write the site's files into a folder, and replace only files that an earlier site put there.

The folder lists the site's files in fixviz-site.json. Other files stay; where one of them would be replaced,
nothing is written unless the caller insists.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from fixviz.errors import OptionError, StorageError
from fixviz.store.files import write_atomic

LIST: Final = "fixviz-site.json"
_AGAIN: Final = "name another folder, or add --overwrite to replace them."


def check(folder: Path, names: Iterable[str], *, overwrite: bool) -> None:
    """Raise OptionError where a file of one of these names is not the site's own, unless told otherwise."""
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"{folder} is a file; name a folder.")
    ours = own_files(folder)
    strange = [name for name in names if name not in ours and (folder / name).exists()]
    if strange and not overwrite:
        raise OptionError(f"{folder} holds files that would be replaced ({strange[0]}): {_AGAIN}")


def write(folder: Path, files: Mapping[str, bytes], *, overwrite: bool) -> None:
    """Write all files by their paths in the folder, and delete those of an earlier site.

    Raises OptionError for a folder with other files of these names, StorageError where it cannot be written.
    """
    check(folder, [*files, LIST], overwrite=overwrite)
    before = own_files(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # While the files change, the list names the old and the new ones: an interrupted run can be repeated.
        _write_list(folder, sorted({*before, *files}))
        for name, content in files.items():
            path = folder / name
            if path.is_file() and path.read_bytes() == content:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, content)
        for name in before - {*files, LIST}:
            _delete(folder, name)
        _write_list(folder, sorted(files))
    except OSError as error:
        raise StorageError(
            f"The site could not be written to {folder} ({error.strerror or error})."
        ) from None


def own_files(folder: Path) -> set[str]:
    """Return the paths of an earlier site's files, as its list names them; none where there is no list."""
    try:
        found = json.loads((folder / LIST).read_bytes())
        names = {str(name) for name in found["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return {LIST, *(name for name in names if _is_inside(name))}


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _write_list(folder: Path, names: list[str]) -> None:
    listed = json.dumps({"made_with": "fixviz site", "files": names}, indent=1)
    write_atomic(folder / LIST, f"{listed}\n".encode())


def _delete(folder: Path, name: str) -> None:
    path = folder / name
    path.unlink(missing_ok=True)
    for parent in path.relative_to(folder).parents:
        there = folder / parent
        if parent == Path() or (there.is_dir() and any(there.iterdir())):
            break
        if there.is_dir():
            there.rmdir()
