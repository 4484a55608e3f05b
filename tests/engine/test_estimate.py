"""What an analysis will cost, and whether it may start: answers worked out by hand."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fixviz.analysis.windows import WEIGHTS_AT_ONCE, weights_at_once
from fixviz.engine import AnalysisRequest, DeriveRequest, Engine
from fixviz.engine.calibration import HELD_DEEP, Calibration, Sample, Shape, shape_key
from fixviz.engine.estimate import Work, cost, refusal
from fixviz.engine.machine import describe_machine
from fixviz.engine.measuring import Clock, _Times, measure_shape
from fixviz.errors import OptionError
from fixviz.media import probe
from fixviz.media.encode import encode_mp4
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.config import ModelConfig, preset
from fixviz.model.transformer import VideoTransformer
from fixviz.settings import Settings
from fixviz.store import Store

CONFIG = ModelConfig(dim=32, depth=2, frames=4, image_size=20, patch=6, stride=5)
"""5 x 5 patches of a square frame, windows of 4 frames."""


def shape(
    *,
    window_s: float = 0.0,
    extra_s: float = 0.0,
    frame_s: float = 0.0,
    window: int = 0,
    frame: int = 0,
) -> Shape:
    """Costs that grow with the patches alone: as given at 25 patches, twice that at 50."""
    samples = tuple(
        Sample(
            25 * k,
            window_s * k,
            extra_s * k,
            frame_s * k,
            batch_bytes=window * k,
            frame_bytes=frame * k,
        )
        for k in (1, 2)
    )
    return Shape(samples, start_s=3.0, measured=time.time())


def work(frames: int = 8, *shapes: Shape, configs: tuple[ModelConfig, ...] = (CONFIG,)) -> Work:
    return Work(frames, 40, 40, configs, shapes or (shape(window_s=1.0),))


def test_a_window_costs_a_n_plus_b_n_squared() -> None:
    # 2 N + 3 N^2, at N = 4 and 9.
    samples = tuple(Sample(n, 2 * n + 3 * n**2, 5.0 * n, 0.5 * n, 7 * n, 11 * n) for n in (4, 9))
    found = Shape(samples, 0.0, 0.0).at(25)
    assert found.window_s == pytest.approx(2 * 25 + 3 * 625)
    assert (found.extra_s, found.frame_s) == (pytest.approx(125), pytest.approx(12.5))
    assert (found.batch_bytes, found.frame_bytes) == (175, 275)


@pytest.mark.parametrize(
    ("at_4", "at_8", "at_16"),
    [
        (
            4.0,
            6.0,
            12.0,
        ),  # Less than proportional: taken as proportional to the larger one, a = 6/8.
        (1.0, 8.0, 32.0),  # More than with the square: taken as its square, b = 8/64.
    ],
)
def test_no_part_of_a_cost_is_negative(at_4: float, at_8: float, at_16: float) -> None:
    samples = tuple(Sample(n, s, 0.0, 0.0, 0, 0) for n, s in ((4, at_4), (8, at_8)))
    assert Shape(samples, 0.0, 0.0).at(16).window_s == pytest.approx(at_16)


def test_one_sample_is_taken_as_proportional() -> None:
    assert Shape((Sample(9, 3.0, 0.0, 0.0, 0, 0),), 0.0, 0.0).at(27).window_s == pytest.approx(9.0)


def test_time_is_windows_by_their_cost_and_frames_by_size() -> None:
    # 8 frames are 3 windows of 4; 25 patches; a small model is given its extras.
    both = work(8, shape(window_s=2.0, extra_s=0.5, frame_s=0.25))
    assert cost(both).seconds == pytest.approx(3 * 2.5 + 8 * 0.25)
    # The frames' own cost is counted once for models that see the same size.
    twice = work(8, *[shape(window_s=2.0, frame_s=0.25)] * 2, configs=(CONFIG, CONFIG))
    assert cost(twice).seconds == pytest.approx(2 * 3 * 2.0 + 8 * 0.25)
    other = replace(CONFIG, image_size=45)  # 10 x 10 patches: four times the work.
    sizes = work(8, *[shape(window_s=2.0, frame_s=0.25)] * 2, configs=(CONFIG, other))
    assert cost(sizes).seconds == pytest.approx(3 * 2.0 * 5 + 8 * 0.25 * 5)


def test_memory_is_the_largest_batch_all_arrays_and_the_pictures() -> None:
    pictures = 2 * 8 * 40 * 40 * 3
    found = cost(work(8, *[shape(window=1000, frame=10)] * 2, configs=(CONFIG, CONFIG)))
    alive = 3 * 1000 + 2 * 1.5 * 10 * 8 + pictures
    assert found.memory_bytes == pytest.approx(1.25 * alive, abs=1)


def test_what_fits_is_not_refused() -> None:
    assert refusal(work(), most_s=3.0, most_bytes=10**9) is None


def test_what_takes_too_long_is_refused_with_what_would_fit() -> None:
    # 3 windows of 200 s against 450 s: 2 windows fit, which are 4 + 2 frames.
    long = work(8, shape(window_s=200.0))
    assert refusal(long, 450.0, 10**9) == (
        "This analysis would take about 10 minutes, and it may take 8 minutes (FIXVIZ_JOB_TIMEOUT_S). "
        "What would fit: up to 6 frames."
    )
    # 3 x 3 patches instead of 25 take 216 s.
    found = refusal(long, 450.0, 10**9, sizes=(10, 20, 45))
    assert found is not None and found.endswith(
        "What would fit: frames of 10 px, or up to 6 frames."
    )
    found = refusal(long, 60.0, 10**9)
    assert found is not None and found.endswith("Choose smaller models, or fewer.")


def test_what_needs_too_much_memory_is_refused() -> None:
    large = work(8, shape(frame=10**9))
    found = refusal(large, 1e9, 8 * 10**9)
    assert found is not None
    assert found.startswith(
        "This analysis would need about 15.0 GB of memory, and 8.0 GB are free."
    )
    assert found.endswith("up to 4 frames.")


def test_a_calibration_is_kept_by_machine_and_shape(tmp_path: Path) -> None:
    kept, ours = Calibration(tmp_path), describe_machine("cpu")
    kept.keep(ours, CONFIG, shape(window_s=1.5))
    found = kept.find(ours, replace(CONFIG, image_size=64, frame_rate=5.0))
    assert found is not None and found.samples[0].window_s == 1.5, "whatever size it was trained at"
    assert kept.find(ours, replace(CONFIG, dim=64)) is None
    assert kept.find(describe_machine("cuda"), CONFIG) is None
    kept.forget(ours, [CONFIG])
    assert kept.find(ours, CONFIG) is None


def test_an_old_or_damaged_calibration_counts_as_none(tmp_path: Path) -> None:
    kept = Calibration(tmp_path)
    kept.keep("m", CONFIG, replace(shape(), measured=time.time() - 2 * 86_400))
    assert kept.find("m", CONFIG) is None
    file = tmp_path / "calibration.json"
    for text in ("{", "[]", '{"m": 3}', json.dumps({"m": {shape_key(CONFIG): {"samples": [{}]}}})):
        file.write_text(text)
        assert kept.find("m", CONFIG) is None
    kept.keep("m", CONFIG, shape())
    assert kept.find("m", CONFIG) is not None, "a damaged file is written anew"


def test_a_machine_is_told_by_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    three = describe_machine("cpu")
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert three != describe_machine("cpu") and "threads 3" in three


def test_measuring_gives_costs_that_grow_with_the_grid() -> None:
    found = measure_shape(replace(CONFIG, fixation="cooperative"), torch.device("cpu"), start_s=2.0)
    small, large = found.samples
    assert (small.patches, large.patches) == (81, 225)
    assert small.window_s > 0 and small.extra_s > 0 and small.batch_bytes > 0
    assert large.batch_bytes > 2 * small.batch_bytes
    assert large.frame_bytes > 2 * small.frame_bytes
    assert found.start_s == 2.0


@pytest.mark.slow
def test_a_large_shape_is_measured_on_grids_there_is_time_for() -> None:
    wide = ModelConfig(dim=1024, depth=4, heads=8, frames=8, patch=6, stride=5)
    assert max(s.patches for s in measure_shape(wide, torch.device("cpu"), 0.0).samples) < 225


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 46, 74, 3), dtype=np.uint8)
    encode_mp4(tmp_path / "noise.mp4", pixels, 10)
    torch.manual_seed(0)
    save_checkpoint(tmp_path / "tiny", VideoTransformer(CONFIG), title="Tiny", card="")
    return tmp_path / "noise.mp4"


@pytest.mark.slow
def test_the_engine_measures_then_estimates_and_a_run_of_that_size_is_what_it_says(
    clip: Path, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home")
    store = Store(settings)
    request = AnalysisRequest(str(clip), (str(tmp_path / "tiny"),), frames=7)
    with Engine(settings, store) as engine:
        info = probe(clip, settings)
        assert engine.estimate(request, info) is None, "nothing is known of this home's machine yet"
        end = time.monotonic() + 120
        while (found := engine.estimate(request, info)) is None:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert 0 < found.seconds < 120 and found.memory_bytes > 0 and found.refused is None
        own = store.manifest(engine.run(request))
        finer = replace(request, size=45)
        run = engine.run(finer)
        assert engine.run_key(finer) != engine.run_key(request)
        assert engine.run_key(replace(request, size=20)) == engine.run_key(request), "its own size"
        manifest = store.manifest(run)
        asked = DeriveRequest(run, "rollout", "tiny", {"frame": 2})
        engine.derive(asked).result()
        rollout = store.derived(run, asked.name)
    model = manifest["models"][0]
    assert (own["models"][0]["grid"]["rows"], own["models"][0]["grid"]["columns"]) == (5, 7)
    # 46 x 74 pixels scaled to 45 x 72, a patch every 5.
    assert (model["grid"]["rows"], model["grid"]["columns"]) == (10, 15)
    assert (model["config"]["image_size"], model["trained_size"]) == (45, 20)
    assert rollout is not None and rollout["arrays"]["map"]["shape"] == [4, 10, 15]
    assert store.array(run, "pixels/45").shape == (7, 45, 72, 3)
    assert store.array(run, "tiny/spatial/attention_received/source").shape == (2, 4, 7, 10, 15)


def test_a_run_that_would_take_too_long_is_refused_by_the_worker_before_it_starts(
    clip: Path, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", job_timeout_s=100.0)
    # 5 x 7 patches: 70 s a window, and 7 frames are 3 windows of 4.
    Calibration(settings.home).keep(describe_machine("auto"), CONFIG, shape(window_s=50.0))
    request = AnalysisRequest(str(clip), (str(tmp_path / "tiny"),), frames=7)
    reason = "about 4 minutes, and it may take 2 minutes .* What would fit: up to 4 frames"
    with Engine(settings, Store(settings)) as engine, pytest.raises(OptionError, match=reason):
        engine.run(request)


@pytest.mark.parametrize("size", [0, 15, 1025])
def test_a_size_that_no_model_takes_is_refused(clip: Path, tmp_path: Path, size: int) -> None:
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(OptionError, match="from 16 to 1024 px"):
        AnalysisRequest(str(clip), size=size).check(settings)


def test_a_deep_network_is_measured_by_its_blocks_on_grids_that_show_what_grows(
    monkeypatch,
) -> None:
    """The costs are known: each block's grow with the patches and with their square."""

    def block(patches: int) -> float:
        return 0.01 * patches + 0.0004 * patches**2

    def times(network: VideoTransformer, side: int, windows: int, clock: Clock) -> _Times:
        depth = network.config.depth
        assert depth == 2
        return _Times(0.5 + depth * block(side**2), block(side**2), 0.0, 0.001 * side**2)

    def sizes(network: VideoTransformer, side: int, windows: int) -> tuple[int, int]:
        return 1000 * side**2, network.config.depth * side**2

    monkeypatch.setattr("fixviz.engine.measuring._times", times)
    monkeypatch.setattr("fixviz.engine.measuring._bytes", sizes)
    config = preset("official-b16", shift_blocks=(3, 11))
    shape = measure_shape(config, torch.device("cpu"), start_s=0.0)
    assert [sample.patches for sample in shape.samples] == [81, 225]
    found = shape.at(17 * 17)
    assert found.window_s == pytest.approx(12 * block(289), rel=0.1), "what is no block grows along"
    assert found.frame_s == pytest.approx(0.001 * 289)
    assert (found.batch_bytes, found.frame_bytes) == (1000 * 289, 12 * 289)
    assert found.held == HELD_DEEP


def test_memory_of_a_batch_is_by_tokens_and_by_the_weights_that_are_formed_at_once() -> None:
    # 10 bytes a token and 3 a weight, at 9 and 25 patches in two windows and in one.
    samples = tuple(
        Sample(n, 1.0, 0.0, 0.0, 10 * n * w + 3 * a, 0, windows=w, weights=a)
        for n, w, a in ((9, 2, 500), (25, 1, 4000))
    )
    assert Shape(samples, 0.0, 0.0).batch_bytes(40, 3, 6000) == 10 * 40 * 3 + 3 * 6000
    # More than the weights explain, and less than the tokens do: no part is negative.
    steep = tuple(Sample(n, 1.0, 0.0, 0.0, b, 0, 1, n**2) for n, b in ((4, 10), (8, 10_000)))
    assert Shape(steep, 0.0, 0.0).batch_bytes(16, 1, 128) == 20_000
    flat = tuple(Sample(n, 1.0, 0.0, 0.0, 800, 0, 1, n**2) for n in (4, 8))
    assert Shape(flat, 0.0, 0.0).batch_bytes(16, 1, 256) == 1600


def test_weights_are_formed_in_pieces_of_bounded_size() -> None:
    config = replace(CONFIG, heads=2)
    assert weights_at_once(config, 3, 25) == 3 * 2 * 4 * 25**2
    assert weights_at_once(config, 1, 1) == 2 * 1 * 4**2, "the temporal attention has more"
    assert weights_at_once(replace(config, form="joint"), 1, 5) == 2 * 20**2
    assert weights_at_once(config, 1000, 400) == WEIGHTS_AT_ONCE
