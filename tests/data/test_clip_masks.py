"""Masks of a clip: each frame gets its own, cropped and scaled as it is, whatever they come in."""

from __future__ import annotations

import io
import zipfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from fixviz.data.clip_masks import ClipFrames, ClipMasks, MaskSource, masks_beside, read_masks
from fixviz.data.mask_pictures import frames_of, read_values
from fixviz.errors import MediaError, OptionError, VideoTooLarge
from fixviz.media import encode_mp4, read_clip
from fixviz.settings import Settings

SETTINGS = Settings()
HEIGHT, WIDTH, COUNT = 48, 80, 12


def square(frame: int, scale: int = 1) -> np.ndarray:
    """A mask [h, w] of 0 and 1: 16 x 16 pixels whose left edge is at 4 times the frame's number."""
    mask = np.zeros((HEIGHT * scale, WIDTH * scale), np.uint8)
    left = 4 * frame * scale
    mask[16 * scale : 32 * scale, left : left + 16 * scale] = 1
    return mask


def left_edges(masks: ClipMasks) -> list[int]:
    """The first marked column of each frame."""
    return [int((mask.max(0) > 127).argmax()) for mask in masks.covered]


def png(values: np.ndarray, mode: str | None = None) -> bytes:
    file = io.BytesIO()
    picture = Image.fromarray(values)
    (picture if mode is None else picture.convert(mode)).save(file, "PNG")
    return file.getvalue()


def folder(path: Path, masks: dict[str, bytes]) -> Path:
    path.mkdir()
    for name, data in masks.items():
        (path / name).write_bytes(data)
    return path


def packed(path: Path, masks: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in masks.items():
            archive.writestr(name, data)
    return path


def numbered(count: int = COUNT, first: int = 0, value: int = 255) -> dict[str, bytes]:
    return {f"{i + first:05d}.png": png(square(i) * value) for i in range(count)}


@pytest.fixture(scope="module")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "street.mp4"
    encode_mp4(path, np.full((COUNT, HEIGHT, WIDTH, 3), 90, np.uint8), 24)
    return path


def read(clip: Path, masks: Path, inverted: bool = False, **options: object) -> ClipMasks:
    frames = ClipFrames.of(read_clip(clip, rate_hz=8.0, next_frames=False, **options))
    source = MaskSource(str(masks), masks.name, inverted=inverted)
    return read_masks(masks, source, frames, SETTINGS)


SAMPLED = [0, 12, 24, 36]
"""Left edges in the frames 0, 3, 6, 9 that 8 Hz take of 24."""


@pytest.mark.parametrize("value", [1, 128, 255])
@pytest.mark.parametrize("first", [0, 1, 1000])
def test_a_folder_for_every_frame_goes_by_order(
    clip_file: Path, tmp_path: Path, value: int, first: int
) -> None:
    found = read(clip_file, folder(tmp_path / "m", numbered(first=first, value=value)))
    assert left_edges(found) == SAMPLED
    assert found.covered.shape == (4, HEIGHT, WIDTH)
    assert [int(mask.sum()) for mask in found.covered] == [255 * 256] * 4
    assert found.known.all() and found.notes == ()


def test_a_zip_is_as_good_as_a_folder_and_clutter_in_it_counts_for_nothing(
    clip_file: Path, tmp_path: Path
) -> None:
    masks = {f"street/{name}": data for name, data in numbered().items()}
    masks |= {"__MACOSX/street/._00000.png": b"x", "street/Thumbs.db": b"x", "readme.txt": b"x"}
    found = read(clip_file, packed(tmp_path / "m.zip", masks))
    assert left_edges(found) == SAMPLED


def test_numbers_sort_by_value_not_by_letter(clip_file: Path, tmp_path: Path) -> None:
    masks = {f"frame{i}_mask.png": png(square(i) * 255) for i in range(COUNT)}
    assert left_edges(read(clip_file, folder(tmp_path / "m", masks))) == SAMPLED


def test_only_some_frames_have_a_mask(clip_file: Path, tmp_path: Path) -> None:
    masks = {name: data for name, data in numbered().items() if int(name[:5]) in (0, 5, 6)}
    found = read(clip_file, folder(tmp_path / "m", masks))
    assert found.known.tolist() == [True, False, True, False]
    assert left_edges(found)[::2] == [0, 24]
    values = found.masks(12, 20)
    assert np.isnan(values[1]).all() and not np.isnan(values[2]).any()
    assert "the 2 of 4 analyzed frames that have a mask" in found.notes[0] and len(found.notes) == 1


def test_a_mask_of_nothing_is_known_and_empty(clip_file: Path, tmp_path: Path) -> None:
    masks = numbered() | {"00003.png": png(0 * square(0))}
    found = read(clip_file, folder(tmp_path / "m", masks))
    assert found.known.all()
    assert found.covered.any((1, 2)).tolist() == [True, False, True, True]


@pytest.mark.parametrize(
    ("names", "count", "expected"),
    [
        (["a.png", "b.png", "c.png"], 3, [0, 1, 2]),
        (["05.png", "07.png"], 8, [5, 7]),
        (["1.png", "8.png"], 8, [0, 7]),  # counted from 1: there is an eighth frame
        (["0.png", "8.png"], 8, "a mask of frame 8, but the video has only 8 frames"),
        (["0.png", "1.png", "2.png"], 2, "has 3 masks, the video 2 frames"),
        (["hand.png"], 5, "do not say which frames"),
        (["a1.png", "b2.png"], 5, "do not say which frames"),
        (["shot2_004_v1.png", "shot2_011_v1.png"], 20, [4, 11]),
    ],
)
def test_which_frame_a_picture_belongs_to(
    names: list[str], count: int, expected: list[int] | str
) -> None:
    if isinstance(expected, str):
        with pytest.raises(OptionError, match=expected):
            frames_of(names, count, "m.zip")
    else:
        assert frames_of(names, count, "m.zip") == dict(zip(expected, names, strict=True))


def palette(labels: np.ndarray) -> bytes:
    picture = Image.fromarray(labels).convert("P")
    picture.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0] + [0] * 759)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def painted(color: int) -> bytes:
    """Paint on a transparent ground, as programs for painting save it."""
    rgba = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    rgba[..., :3] = 255 if color else 0
    rgba[..., 3] = 255 * square(3)
    return png(rgba)


@pytest.mark.parametrize(
    "data",
    [
        png(square(3) * 255),
        png(square(3)),
        png((square(3) * 255).astype(bool)),
        png(square(3).astype(np.uint16) * 3),
        palette(square(3)),
        palette(square(3) * 2),
        painted(255),
        painted(0),
        png(np.stack([0 * square(3), 0 * square(3), square(3) * 90], -1)),
    ],
)
def test_what_a_picture_marks(data: bytes) -> None:
    assert np.array_equal(read_values(data, "m.png", SETTINGS) > 0, square(3) > 0)


def test_shades_count_where_they_are_brighter_than_half(clip_file: Path, tmp_path: Path) -> None:
    """As frames look that somebody took out of a compressed mask video."""
    dice = np.random.default_rng(5)
    noise = dice.integers(0, 40, (HEIGHT, WIDTH), dtype=np.uint8)
    masks = {f"{i:03d}.png": png(np.where(square(i) > 0, 255 - noise, noise)) for i in range(COUNT)}
    found = read(clip_file, folder(tmp_path / "m", masks))
    assert left_edges(found) == SAMPLED
    assert [int(mask.sum()) for mask in found.covered] == [255 * 256] * 4


def test_an_inverted_mask_is_told_and_can_be_turned(clip_file: Path, tmp_path: Path) -> None:
    masks = folder(tmp_path / "m", {f"{i}.png": png(255 - 255 * square(i)) for i in range(COUNT)})
    found = read(clip_file, masks)
    assert any("mark 93 % of the picture" in note for note in found.notes)
    turned = read(clip_file, masks, inverted=True)
    assert left_edges(turned) == SAMPLED and turned.notes == ()


def video_of(path: Path, masks: list[np.ndarray], fps: float = 24.0) -> Path:
    encode_mp4(path, np.stack([np.repeat(255 * mask[..., None], 3, -1) for mask in masks]), fps)
    return path


@pytest.mark.parametrize("scale", [1, 3])
def test_a_mask_video_of_any_size_is_as_good_as_pictures(
    clip_file: Path, tmp_path: Path, scale: int
) -> None:
    masks = video_of(tmp_path / "m.mp4", [square(i, scale) for i in range(COUNT)])
    found = read(clip_file, masks)
    assert left_edges(found) == SAMPLED
    expected = np.stack([square(i) for i in (0, 3, 6, 9)])
    # Compression may move an edge, but marks nothing elsewhere.
    assert (np.abs(found.covered / 255 - expected) > 0.6).mean() < 0.005


def test_masks_follow_span_crop_and_rate(clip_file: Path, tmp_path: Path) -> None:
    # Times 0.2, 0.325 and 0.45 s show the frames 4, 7 and 10 of 24 per second.
    masks = folder(tmp_path / "m", numbered())
    found = read(clip_file, masks, start_s=0.2, crop=(10, 16, 60, 24))
    assert left_edges(found) == [16 - 10, 28 - 10, 40 - 10]
    assert found.covered.shape == (3, 24, 60)
    assert [int(mask.sum()) for mask in found.covered] == [255 * 256] * 3
    # The same from masks of three times the size.
    large = folder(tmp_path / "l", {f"{i}.png": png(square(i, 3)) for i in range(COUNT)})
    again = read(clip_file, large, start_s=0.2, crop=(10, 16, 60, 24))
    assert np.array_equal(found.covered, again.covered)


def test_large_masks_are_averaged_over_their_area(tmp_path: Path) -> None:
    encode_mp4(tmp_path / "c.mp4", np.full((3, 720, 720, 3), 90, np.uint8), 8)
    mask = np.zeros((720, 720), np.uint8)
    mask[100:201, 300:401] = 255  # an odd side: its last pixels cover half of a pixel of 360
    found = read(
        tmp_path / "c.mp4", folder(tmp_path / "m", {f"{i}.png": png(mask) for i in range(3)})
    )
    assert found.covered.shape == (3, 360, 360)
    assert found.covered[0, 50:100, 150:200].min() == 255
    assert found.covered[0, 75, 200] in (127, 128)
    assert found.masks(90, 90).sum() == pytest.approx(3 * 101 * 101 / 64, rel=1e-2)


def turned(path: Path, rotation: int) -> Path:
    """A video that is stored lying and says that it has to be turned."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(COUNT):
            frame = av.VideoFrame.from_ndarray(np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    # The display matrix of the track header: 16.16 fixed point, rows (a b u, c d v, x y w).
    data = path.read_bytes()
    one = 0x00010000
    identity = b"".join(v.to_bytes(4, "big", signed=True) for v in (one, 0, 0, 0, one, 0, 0, 0))
    by = {90: (0, one, 0, -one, 0, 0, 0, 0)}[rotation]
    matrix = b"".join(v.to_bytes(4, "big", signed=True) for v in by)
    at = data.index(b"tkhd")
    place = data.index(identity, at)
    path.write_bytes(data[:place] + matrix + data[place + 32 :])
    return path


def test_masks_show_the_upright_picture_of_a_turned_video(tmp_path: Path) -> None:
    clip = turned(tmp_path / "phone.mp4", 90)
    assert read_clip(clip, next_frames=False).frames.shape[1:3] == (WIDTH, HEIGHT)
    upright = {f"{i}.png": png(square(i).T.copy()) for i in range(COUNT)}
    found = read(clip, folder(tmp_path / "m", upright))
    assert [int((mask.max(1) > 0).argmax()) for mask in found.covered] == SAMPLED
    with pytest.raises(OptionError, match=r"80 × 48 pixels, the video 48 × 80.*another shape"):
        read(clip, folder(tmp_path / "lying", numbered()))


def varying(path: Path, ticks: list[int], pictures: np.ndarray) -> Path:
    """A video whose frames begin at `ticks` in hundredths of a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=100)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 100)
        for tick, picture in zip(ticks, pictures, strict=True):
            frame = av.VideoFrame.from_ndarray(picture)
            frame.pts, frame.time_base = tick, Fraction(1, 100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_frames_at_varying_times_keep_their_own_masks(tmp_path: Path) -> None:
    ticks = [0, 3, 6, 30, 33, 36, 39, 60, 63, 66, 69, 72]
    clip = varying(tmp_path / "c.mp4", ticks, np.full((COUNT, HEIGHT, WIDTH, 3), 90, np.uint8))
    frames = read_clip(clip, rate_hz=8.0, next_frames=False)
    expected = [4 * i for i in frames.indices]
    assert left_edges(read(clip, folder(tmp_path / "m", numbered()))) == expected
    # A mask video with the same frames one after the other, as programs that count frames write it.
    constant = video_of(tmp_path / "m.mp4", [square(i) for i in range(COUNT)])
    assert left_edges(read(clip, constant)) == expected
    assert expected[1] > 4  # not what a constant rate would give


def test_a_mask_video_of_another_rate_is_matched_by_time(clip_file: Path, tmp_path: Path) -> None:
    halved = video_of(tmp_path / "m.mp4", [square(2 * i) for i in range(COUNT // 2)], 12.0)
    found = read(clip_file, halved)
    # Of the frames 0, 3, 6, 9 the masks on screen are those of 0, 2, 6, 8.
    assert left_edges(found) == [0, 8, 24, 32]
    assert any("matched by time" in note for note in found.notes)
    with pytest.raises(OptionError, match=r"has 5 frames in 0.21 s, its video 12 in 0.50 s"):
        read(clip_file, video_of(tmp_path / "s.mp4", [square(i) for i in range(5)]))


@pytest.mark.parametrize(
    ("masks", "sentence"),
    [
        ({}, "holds no masks"),
        ({"a/0.png": b"x", "b/0.png": b"x"}, "in 2 folders"),
        ({f"{i}.png": b"no picture" for i in range(COUNT)}, "no picture that can be read"),
        ({f"{i}.png": png(np.zeros((50, 50), np.uint8)) for i in range(COUNT)}, "another shape"),
        ({"../../etc/0.png": png(square(0)), "../../etc/100.png": b""}, "holds no masks"),
        ({"1.png": png(square(0)), "2.png": png(square(0))}, "None of the frames"),
    ],
)
def test_hostile_and_unfit_zips_get_a_sentence(
    clip_file: Path, tmp_path: Path, masks: dict[str, bytes], sentence: str
) -> None:
    with pytest.raises(OptionError, match=sentence):
        read(clip_file, packed(tmp_path / "m.zip", masks))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.zip"]


def test_what_unpacks_to_too_much_is_not_unpacked(clip_file: Path, tmp_path: Path) -> None:
    small = Settings(max_pixels=100 * 100)
    frames = ClipFrames.of(read_clip(clip_file, rate_hz=8.0, next_frames=False))

    def refused(masks: dict[str, bytes]) -> None:
        path = packed(tmp_path / "m.zip", masks)
        read_masks(path, MaskSource(str(path), "m.zip"), frames, small)

    bomb = bytes(30 * 10**6)
    with pytest.raises(OptionError, match="too large to be a mask"):
        refused({f"{i}.png": bomb for i in range(COUNT)})
    wide = png(np.zeros((4, 5000), np.uint8))
    with pytest.raises(VideoTooLarge, match="5000 x 4 pixels"):
        refused({f"{i}.png": wide for i in range(COUNT)})


def test_a_damaged_zip_or_video_gets_a_sentence(clip_file: Path, tmp_path: Path) -> None:
    whole = packed(tmp_path / "m.zip", numbered()).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(OptionError, match=r"cut.zip.*not a ZIP that can be read"):
        read(clip_file, tmp_path / "cut.zip")
    broken = bytearray(whole)
    broken[60:90] = bytes(30)
    (tmp_path / "broken.zip").write_bytes(broken)
    with pytest.raises(OptionError):
        read(clip_file, tmp_path / "broken.zip")
    (tmp_path / "m.mp4").write_bytes(b"no video" * 20)
    with pytest.raises(MediaError):
        read(clip_file, tmp_path / "m.mp4")


def test_masks_are_found_beside_their_video(tmp_path: Path) -> None:
    video = tmp_path / "street.mp4"
    assert masks_beside(video) is None
    for name in ("street_masks.mkv", "street_mask.mov", "street_mask.zip"):
        (tmp_path / name).touch()
        assert masks_beside(video) == tmp_path / name
    (tmp_path / "street_mask").mkdir()
    assert masks_beside(video) == tmp_path / "street_mask"
