"""Real video with masks: both layouts are found, and each frame gets the mask of its own time."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from fixviz.data.masks import MaskedVideo, find_masked, read_masked
from fixviz.errors import OptionError
from fixviz.media import encode_mp4
from fixviz.settings import Settings

SETTINGS = Settings()


def write(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture)


def mask_of(frame: int, value: int = 255) -> np.ndarray:
    """A square that is at column 2 x frame."""
    mask = np.zeros((24, 60), np.uint8)
    mask[8:16, 2 * frame : 2 * frame + 8] = value
    return mask


def davis(root: Path, name: str, count: int, level: str = "240p", value: int = 255) -> None:
    for i in range(count):
        write(
            root / "JPEGImages" / level / name / f"{i:05d}.jpg",
            np.full((24, 60, 3), 10 * i, np.uint8),
        )
        write(root / "Annotations" / level / name / f"{i:05d}.png", mask_of(i, value))


def test_the_layout_of_davis_is_found_and_sampled_by_time(tmp_path: Path) -> None:
    davis(tmp_path, "swan", 13)
    davis(tmp_path, "ant", 7)
    (tmp_path / "JPEGImages" / "240p" / "swan" / "._00000.jpg").write_bytes(b"x")
    found = find_masked(tmp_path)
    assert [v.name for v in found] == ["ant", "swan"]
    clip = read_masked(found[1], 8.0, 24.0, SETTINGS)
    # frames 0, 3, 6, 9 and 12 of 13 at 24 Hz are those at 8 Hz
    assert clip.frames.shape == (5, 24, 60, 3)
    assert np.abs(clip.frames.mean((1, 2, 3)) - [0, 30, 60, 90, 120]).max() < 3
    assert [int(m.any(0).argmax()) for m in clip.masks] == [0, 6, 12, 18, 24]
    assert clip.masks.dtype == np.float32
    assert set(np.unique(clip.masks)) == {0, 1}
    # frames at 16 Hz: every second one
    assert len(read_masked(found[1], 8.0, 16.0, SETTINGS).frames) == 7


def test_frames_keep_their_colors_and_objects_may_have_numbers(tmp_path: Path) -> None:
    davis(tmp_path, "one", 3, level="", value=1)
    for i in range(3):
        red = np.zeros((24, 60, 3), np.uint8)
        red[..., 2] = 200
        write(tmp_path / "JPEGImages" / "one" / f"{i:05d}.jpg", red)
    clip = read_masked(find_masked(tmp_path)[0], 24.0, 24.0, SETTINGS)
    assert clip.frames[..., 0].mean() > 180 > 20 > clip.frames[..., 2].mean()
    assert clip.masks.sum() == 3 * 64


def video(path: Path, count: int = 12) -> None:
    frames = np.full((count, 24, 60, 3), 90, np.uint8)
    encode_mp4(path, frames, 24)


def test_a_video_takes_its_masks_from_the_folder_beside_it(tmp_path: Path) -> None:
    video(tmp_path / "street.mp4")
    video(tmp_path / "alone.mp4")
    for i in range(12):
        write(tmp_path / "street_mask" / f"{i}.png".rjust(8, "0"), mask_of(i))
    (tmp_path / "deep").mkdir()
    video(tmp_path / "deep" / "lane.mp4")
    video(tmp_path / "deep" / "lane_masks.mp4")
    lane, *found = find_masked(tmp_path)
    assert lane.name == "deep/lane" and lane.masks.name == "lane_masks.mp4"
    assert [v.name for v in found] == ["street"]
    clip = read_masked(found[0], 8.0, 99.0, SETTINGS)
    assert [int(m.any(0).argmax()) for m in clip.masks] == [0, 6, 12, 18]


def test_a_video_takes_its_masks_from_the_video_beside_it(tmp_path: Path) -> None:
    video(tmp_path / "street.mp4")
    masks = np.stack([mask_of(i) for i in range(12)])
    encode_mp4(tmp_path / "street_mask.mp4", np.repeat(masks[..., None], 3, -1), 24)
    clip = read_masked(find_masked(tmp_path)[0], 8.0, 24.0, SETTINGS)
    expected = np.stack([mask_of(i) for i in (0, 3, 6, 9)]) / 255
    assert clip.masks.shape == expected.shape
    assert np.abs(clip.masks - expected).mean() < 0.02


def test_masks_that_do_not_fit_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="holds no video with masks"):
        find_masked(tmp_path)
    davis(tmp_path / "inner", "dove", 4)
    with pytest.raises(OptionError, match="folder inner in it may be meant"):
        find_masked(tmp_path)
    davis(tmp_path, "swan", 4)
    masks = tmp_path / "Annotations" / "240p" / "swan"
    for name in ("00000", "00003"):
        (masks / f"{name}.png").unlink()
    with pytest.raises(OptionError, match="no mask of frame 00000 of swan"):
        read_masked(find_masked(tmp_path)[0], 8.0, 24.0, SETTINGS)
    (tmp_path / "Annotations" / "240p" / "swan" / "00003.png").write_bytes(b"no picture")
    with pytest.raises(OptionError, match="no picture that can be read"):
        read_masked(find_masked(tmp_path)[0], 8.0, 24.0, SETTINGS)
    video(tmp_path / "street.mp4")
    write(tmp_path / "street_mask" / "0.png", mask_of(0))
    write(tmp_path / "street_mask" / "12.png", mask_of(0))
    beyond = MaskedVideo("street", tmp_path / "street.mp4", tmp_path / "street_mask")
    with pytest.raises(OptionError, match="a mask of frame 12, but the video has only 12 frames"):
        read_masked(beyond, 8.0, 24.0, SETTINGS)


def test_frames_without_a_mask_are_unknown_and_not_empty(tmp_path: Path) -> None:
    davis(tmp_path, "swan", 13)
    (tmp_path / "Annotations" / "240p" / "swan" / "00006.png").unlink()
    clip = read_masked(find_masked(tmp_path)[0], 8.0, 24.0, SETTINGS)
    assert np.isnan(clip.masks).all((1, 2)).tolist() == [False, False, True, False, False]
    assert not np.isnan(clip.masks[[0, 1, 3, 4]]).any()
