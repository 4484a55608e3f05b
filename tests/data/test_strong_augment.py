"""What the paper's recipes do to clips: alike in all frames, at the stated places, by the stated shares."""

from __future__ import annotations

import numpy as np
import torch

from fixviz.data.strong_augment import _POLICY, _operation, autoaugment, mixup, random_erasing


def test_autoaugment_changes_all_frames_alike() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (17, 23, 3), dtype=np.uint8)
    frames = np.repeat(frame[None], 3, 0)
    changed = 0
    for seed in range(30):
        out = autoaugment(frames, np.random.default_rng(seed))
        assert out.shape == frames.shape
        assert out.dtype == np.uint8
        assert (out == out[:1]).all()
        assert (out == autoaugment(frames, np.random.default_rng(seed))).all()
        changed += bool((out != frames).any())
    assert changed > 15
    assert len(_POLICY) == 25


def test_operations_by_hand() -> None:
    from PIL import Image

    def of(name: str, magnitude: int, value: int, sign: int = 1) -> int:
        picture = Image.new("RGB", (5, 7), (value, value, value))
        return int(np.asarray(_operation(name, magnitude, sign)(picture))[3, 2, 0])

    assert of("invert", 6, 200) == 55
    assert of("solarize", 9, 200) == 55  # all above 0 are inverted
    assert of("solarize", 0, 200) == 200  # none above 256
    assert of("posterize", 9, 0b10111111) == 0b10110000  # 4 bits stay
    assert of("posterize", 0, 0b10111111) == 0b10111111
    gradient = Image.fromarray(
        np.tile(np.arange(90, 130, dtype=np.uint8)[None, :, None], (9, 1, 3))
    )
    stretched = np.asarray(_operation("autocontrast", 5, 1)(gradient))
    assert (stretched.min(), stretched.max()) == (0, 255)
    tilted = [np.asarray(_operation("rotate", 9, s)(gradient)) for s in (1, -1)]
    assert (tilted[0] != tilted[1]).any()


def test_one_rectangle_is_erased_at_one_place_in_all_frames() -> None:
    clip = torch.full((4, 3, 30, 40), 5.0)
    shares = []
    for seed in range(40):
        out = random_erasing(clip, 1.0, torch.Generator().manual_seed(seed))
        gone = (out != clip).any(1)
        assert (gone == gone[:1]).all()
        rows, columns = gone[0].any(1), gone[0].any(0)
        height, width = int(rows.sum()), int(columns.sum())
        assert height * width == int(gone[0].sum())
        shares.append(height * width / 1200)
        if height * width:
            assert 1 / 4.5 < height / width < 4.5  # 3.3, and what rounding adds
    assert min(shares) < 0.1
    assert 0.2 < max(shares) < 0.36
    assert (clip == 5).all()
    kept = sum(
        torch.equal(random_erasing(clip, 0.25, torch.Generator().manual_seed(s)), clip)
        for s in range(100)
    )
    assert 60 < kept < 90


def test_mixup_blends_pixels_and_targets_by_one_share() -> None:
    pixels, targets = torch.tensor([[0.0], [1.0], [4.0]]), torch.eye(3)
    mixed, told = mixup(pixels, targets, 0.4, np.random.default_rng(1))
    share = float(told[0, 0])
    assert 0 < share < 1
    torch.testing.assert_close(told[0], torch.tensor([share, 0, 1 - share]))
    torch.testing.assert_close(mixed[:, 0], torch.tensor([4 * (1 - share), 1.0, 4 * share]))
    torch.testing.assert_close(told.sum(1), torch.ones(3))
