"""Uploads are kept by content, within the limits, under names that cannot do harm."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import time
from pathlib import Path

import pytest

from fixviz.engine import AnalysisRequest
from fixviz.engine.uploads import add_upload, note_use, sweep_uploads
from fixviz.errors import StorageError, UnreadableVideo, VideoTooLarge
from fixviz.settings import Settings

CONTENT = b"not really a video" * 1009


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", max_upload_mb=1)


@pytest.mark.parametrize("kind", ["bytes", "path", "file"])
def test_upload_is_kept_under_its_hash(settings: Settings, tmp_path: Path, kind: str) -> None:
    source = tmp_path / "x.bin"
    source.write_bytes(CONTENT)
    data = {"bytes": CONTENT, "path": source, "file": io.BytesIO(CONTENT)}[kind]
    upload = add_upload("Holiday.MP4", data, settings)
    assert upload.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert Path(upload.path) == settings.home / "uploads" / f"{upload.sha256}.mp4"
    assert Path(upload.path).read_bytes() == CONTENT
    assert (upload.name, upload.bytes) == ("Holiday.MP4", len(CONTENT))
    request = AnalysisRequest.of_upload(upload, frames=5)
    assert (request.title, request.sha256, request.frames) == ("Holiday.MP4", upload.sha256, 5)


def test_file_that_was_read_before_is_kept_whole(settings: Settings) -> None:
    file = io.BytesIO(CONTENT)
    file.read(5)
    assert add_upload("a.mp4", file, settings).sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_same_content_is_kept_once(settings: Settings) -> None:
    paths = {add_upload(name, CONTENT, settings).path for name in ("a.mp4", "b.mp4")}
    assert len(paths) == len(list((settings.home / "uploads").iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("../../etc/passwd.mp4", ".mp4"),
        ("C:\\videos\\clip.avi", ".avi"),
        ("clip.mp4/../../x", ""),
        ("clip.m p4", ""),
        ("clip.averylongone", ""),
        ("..", ""),
        ("", ""),
    ],
)
def test_name_leads_nowhere(settings: Settings, name: str, extension: str) -> None:
    upload = add_upload(name, CONTENT, settings)
    assert Path(upload.path).parent == settings.home / "uploads"
    assert Path(upload.path).name == upload.sha256 + extension
    assert "/" not in upload.name and "\\" not in upload.name


def test_too_large_or_empty_leaves_nothing(settings: Settings) -> None:
    with pytest.raises(VideoTooLarge, match="1 MB"):
        add_upload("big.mp4", io.BytesIO(bytes(10**6 + 1)), settings)
    with pytest.raises(UnreadableVideo, match="empty"):
        add_upload("none.mp4", b"", settings)
    assert not any((settings.home / "uploads").iterdir())


def test_full_disk_leaves_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match="disk is full"):
        add_upload("a.mp4", CONTENT, settings)
    assert not any((settings.home / "uploads").iterdir())


def test_upload_goes_after_the_set_days_unless_used(settings: Settings) -> None:
    used, unused = (Path(add_upload("a.mp4", CONTENT + end, settings).path) for end in (b"1", b"2"))
    old = time.time() - 31 * 86_400
    for path in (used, unused):
        os.utime(path, (old, old))
    note_use(used, settings)
    assert sweep_uploads(settings) == 1
    assert used.exists() and not unused.exists()
