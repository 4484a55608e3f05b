"""Files handed in together: which is the clip, which are its masks, in any order."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from fixviz.errors import OptionError
from fixviz.media import encode_image, encode_mp4
from fixviz.ui.watch.handed_in import sort_out
from tests.ui.page import open_page


def files(*names: str) -> list[SimpleNamespace]:
    return [SimpleNamespace(name=name) for name in names]


@pytest.mark.parametrize(
    ("clip", "masks"),
    [
        ("street.mp4", ()),
        ("street_mask.mp4", ()),
        ("street.mp4", ("street_mask.mp4",)),
        ("Street.MOV", ("street-Masks.webm",)),
        ("street.mp4", ("mask.mp4",)),
        ("street.mp4", ("street_mask (1).mp4",)),
        ("street.mp4", ("street_matte.mkv",)),
        ("mask_dance.mp4", ("mask_dance_mask.mp4",)),
        ("street.mp4", ("anything.zip",)),
        ("street.mp4", ("00000.png", "00001.png", "00002.PNG")),
    ],
)
def test_any_order_gives_the_same(clip: str, masks: tuple[str, ...]) -> None:
    for order in permutations((clip, *masks, "._street.mp4", ".DS_Store")[: len(masks) + 2]):
        found = sort_out(files(*order))
        assert found.clip.name == clip
        assert sorted(mask.name for mask in found.masks) == sorted(masks)
    assert bool(found.said) == bool(masks)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["0.png", "1.png"], "no video among"),
        (["a.mp4", "b.mp4"], "'a.mp4' and 'b.mp4': which of them shows the masks"),
        (["a.mp4", "b_mask.mp4"], r"'b_mask.mp4' has not the name of 'a.mp4'.*call them a_mask\."),
        (["a.mp4", "a_mask.mp4", "b.mp4"], "These are 3 videos"),
        (["a.mp4", "a_mask.mp4", "0.png"], "several sets of masks"),
        (["a.mp4", "m.zip", "n.zip"], "several sets of masks"),
        (["a.mp4", "0.png", "0.png"], "'0.png' was chosen twice"),
    ],
)
def test_what_cannot_be_told_gets_a_sentence(names: list[str], sentence: str) -> None:
    with pytest.raises(OptionError, match=sentence):
        sort_out(files(*names))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path / "home"))
    return tmp_path


def shown_on(at: AppTest) -> str:
    """All text of the page, with the characters that Markdown would take for its own."""
    return " ".join(str(element.value) for element in at.markdown).replace("\\", "")


def test_the_chooser_says_what_it_got_and_keeps_the_masks_for_the_next_step(home: Path) -> None:
    encode_mp4(home / "c.mp4", np.full((3, 48, 80, 3), 90, np.uint8), 8)
    mask = encode_image(np.zeros((48, 80, 3), np.uint8), format="png")
    at = open_page("inspect/watch")
    assert at.button(key="analyze").disabled
    uploader = at.file_uploader(key="upload")
    uploader.upload("2.png", mask).run()
    assert "no video among" in at.warning[0].value and at.button(key="analyze").disabled
    uploader = at.file_uploader(key="upload")
    uploader.upload("2.png", mask).upload("c.mp4", (home / "c.mp4").read_bytes())
    uploader.upload("0.png", mask).upload("1.png", mask)
    at.run()
    assert not at.exception and not at.warning
    assert "c.mp4 with 3 pictures of masks." in shown_on(at)
    at.checkbox(key="inverted").check().run()
    at.button(key="adjust").click().run()
    assert not at.exception
    assert at.title[0].value.replace("\\", "") == "c.mp4"
    assert "With masks from c_mask.zip" in shown_on(at)


@pytest.mark.usefixtures("waiting_jobs")
@pytest.mark.parametrize("button", ["analyze", "adjust"])
def test_what_is_kept_on_disk_leaves_the_memory_and_what_is_refused_stays(
    home: Path, monkeypatch: pytest.MonkeyPatch, button: str
) -> None:
    managers: set[MemoryUploadedFileManager] = set()
    get_files = MemoryUploadedFileManager.get_files

    def noted(self: MemoryUploadedFileManager, **asked: Any) -> object:
        managers.add(self)
        return get_files(self, **asked)

    monkeypatch.setattr(MemoryUploadedFileManager, "get_files", noted)
    encode_mp4(home / "c.mp4", np.full((3, 48, 80, 3), 90, np.uint8), 8)
    monkeypatch.setenv("FIXVIZ_MAX_UPLOAD_MB", "1")
    video = (home / "c.mp4").read_bytes()
    for data, stays in ((bytes(1_000_001), True), (video, False)):
        at = open_page("inspect/watch")
        at.file_uploader(key="upload").upload("c.mp4", data).run()
        # Each run of such a test has a manager of its own.
        managers.clear()
        at.button(key=button).click().run()
        assert not at.exception
        said = " ".join(error.value for error in at.error)
        assert ("larger than the limit of 1 MB" in said) == stays
        held = [len(files) for one in managers for files in one.file_storage.values()]
        assert managers and sum(held) == int(stays)
