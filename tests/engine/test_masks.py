"""A clip with masks is a clip with truth: found, kept, measured as `fixviz evaluate --masks` measures it."""

from __future__ import annotations

import csv
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from fixviz.analysis.target import POSITIVE
from fixviz.engine import AnalysisRequest, Engine
from fixviz.engine.jobs import ModelRef
from fixviz.engine.plan import Plan, make_plan
from fixviz.engine.steps import Functions
from fixviz.errors import DecodeTimeout, OptionError, UnreadableVideo, VideoTooLarge
from fixviz.evaluation.masked_video import measure_masked
from fixviz.media.encode import encode_mp4
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer
from fixviz.reading.opening_frame import opening_frame
from fixviz.reading.player_manifest import player_manifest
from fixviz.reading.run import StoredRun
from fixviz.reading.values.concentration import place_measures
from fixviz.reading.views import View
from fixviz.report.build import build_report
from fixviz.settings import Settings
from fixviz.store import Store

COUNT, HEIGHT, WIDTH = 23, 47 * 2, 74
GONE = 9
"""The native frame that shows no target; it is sampled at 8 Hz from 24."""


def mask_of(frame: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    if frame != GONE:
        mask[30:60, 2 * frame : 2 * frame + 26] = 255
    return mask


@dataclass
class Bench:
    folder: Path
    settings: Settings
    store: Store
    engine: Engine
    models: tuple[str, ...]

    def request(self, video: Path, **fields: object) -> AnalysisRequest:
        return AnalysisRequest(str(video), self.models, **fields)

    def run(self, video: Path, **fields: object) -> StoredRun:
        return StoredRun.open(self.store, self.engine.run(self.request(video, **fields)))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A clip of 94 x 74 pixels, masks beside it, and two models with and without neighbors."""
    folder = tmp_path_factory.mktemp("masks")
    dice = np.random.default_rng(2)
    pixels = dice.integers(0, 256, (COUNT, HEIGHT, WIDTH, 3), dtype=np.uint8)
    clips = folder / "set"
    (clips / "street_mask").mkdir(parents=True)
    encode_mp4(clips / "street.mp4", pixels, 24)
    for i in range(COUNT):
        cv2.imwrite(str(clips / "street_mask" / f"{i:05d}.png"), mask_of(i))
    models = []
    for name, changes in (
        ("plain", {"attention": "softmax"}),
        ("fixed", {"fixation": "cooperative", "temporal_shift": True}),
    ):
        torch.manual_seed(1)
        size = {"dim": 32, "depth": 2, "frames": 3, "image_size": 23, "patch": 6, "stride": 5}
        config = ModelConfig(**size, **changes)
        save_checkpoint(folder / name, VideoTransformer(config), title=name.title(), card="")
        models.append(str(folder / name))
    settings = Settings(home=folder / "home")
    store = Store(settings)
    with Engine(settings, store) as engine:
        yield Bench(folder, settings, store, engine, tuple(models))


@pytest.fixture(scope="module")
def masked(bench: Bench) -> StoredRun:
    return bench.run(bench.folder / "set" / "street.mp4")


def test_a_run_says_the_same_as_the_evaluation_of_the_same_frames(
    bench: Bench, masked: StoredRun
) -> None:
    evaluated = measure_masked(bench.models, bench.folder / "set", device="cpu")
    for entry in evaluated:
        name = entry["checkpoint"]
        (figures,) = entry["sequences"]

        def last(array: str, name: str = name) -> np.ndarray:
            return masked.array(f"{name}/spatial/{array}")[-1].mean(0)

        mass = last("mass_on_target")
        there = ~np.isnan(mass)
        assert there.tolist() == [True] * 3 + [False] + [True] * 4
        uniform = masked.array(f"{name}/spatial/baseline/mass_on_target")[there].mean()
        assert figures["frames"] == 7
        assert figures["mass"] == pytest.approx(mass[there].mean(), abs=2e-5)
        assert figures["uniform"] == pytest.approx(uniform, abs=2e-5)
        assert figures["lift"] == pytest.approx(mass[there].mean() / uniform, abs=2e-4)
        for figure in ("pointing", "average_precision"):
            chance = masked.array(f"{name}/spatial/baseline/{figure}")[there].mean()
            assert figures[f"{figure}_chance"] == pytest.approx(chance, abs=2e-5)
        # The evaluation takes the mean of the heads' maps, which the player shows.
        received = masked.array(f"{name}/spatial/attention_received/source")[-1].mean(0)
        on = masked.array(f"{name}/target") >= POSITIVE
        best = received.reshape(len(mass), -1).argmax(-1)
        hits = on.reshape(len(mass), -1)[np.arange(len(mass)), best]
        assert figures["pointing"] == pytest.approx(hits[there].mean(), abs=1e-5)


def test_the_target_of_a_patch_is_what_its_mask_covers(masked: StoredRun) -> None:
    """Patches of 6 pixels on 29 x 23 pixels, from 94 x 74: 3.24 pixels of the mask for one."""
    target = masked.array("plain/target")
    assert target.shape == (8, 6, 5)
    # Frame 1 is native frame 3: the mask covers rows 9.3 to 18.5 and columns 1.9 to 9.9.
    assert target[1, 3, 1] == 1  # rows 12 to 18, columns 2 to 8
    assert target[1, 0].max() == 0 and target[1, :, 3:].max() == 0
    assert target[1, 3, 2] == pytest.approx((9.95 - 7) / 6, abs=0.06)
    assert target[3].max() == 0  # native frame 9


def test_the_manifest_the_report_and_the_tables_count_it_as_truth(
    bench: Bench, masked: StoredRun
) -> None:
    truth = masked.manifest["truth"]
    assert truth["segments"] == []
    assert truth["shown"] == [0, 1, 2, 4, 5, 6, 7]
    assert truth["masks"]["name"] == "street_mask" and truth["masks"]["frames"] == 8
    assert opening_frame(masked.manifest) in (4, 5)
    manifest = player_manifest(bench.store, masked.handle)
    assert all(set(m["window_truth"]) == {None} for m in manifest["models"])
    view = View(masked, "spatial", 1, None, 4)
    assert [m.name for m in place_measures(view)][:2] == [
        "mass_on_target",
        "mass_on_target_queries",
    ]
    report = build_report(bench.store, masked.handle)
    assert "street_mask, for 8 of 8 frames" in report
    assert "The masks that came with this clip say where the target is." in report
    assert "fixviz drew this clip" not in report and "drawn by fixviz" not in report


def test_frames_without_a_mask_are_not_measured_and_leave_no_hole(
    bench: Bench, masked: StoredRun
) -> None:
    some = bench.folder / "some"
    some.mkdir(exist_ok=True)
    for i in (0, 6, 15):
        shutil.copy(bench.folder / "set" / "street_mask" / f"{i:05d}.png", some)
    run = bench.run(bench.folder / "set" / "street.mp4", masks=str(some))
    for name in ("plain", "fixed"):
        for axis in ("spatial", "temporal"):
            for figure in ("mass_on_target", "pointing", "average_precision"):
                values = run.array(f"{name}/{axis}/{figure}")
                unknown = np.isnan(values).all((0, 1))
                assert unknown.tolist() == [i not in (0, 2, 5) for i in range(8)], (name, axis)
    # Where no content of other frames is read, the known frames have the values that they had.
    for figure in ("mass_on_target", "mass_on_target_queries", "pointing"):
        mine, all_of_them = (r.array(f"plain/spatial/{figure}") for r in (run, masked))
        np.testing.assert_allclose(mine[..., [0, 2, 5]], all_of_them[..., [0, 2, 5]])
    assert np.isnan(run.array("plain/target")[1]).all()
    assert any("3 of 8 analyzed frames" in note for note in run.manifest["notes"])


def test_masks_of_a_crop_are_those_of_the_cropped_clip(bench: Bench) -> None:
    crop = (10, 20, 60, 50)
    run = bench.run(bench.folder / "set" / "street.mp4", crop=crop, start_s=0.25)
    target = run.array("plain/target")
    assert run.manifest["frames"]["index"] == [6, 9, 12, 15, 18, 21]
    # Native frame 6: the mask's columns 12 to 37 are 2 to 27 of the crop, its rows 10 to 39.
    # 60 x 50 pixels are scaled to 28 x 23: columns 0.9 to 13.1, rows 4.6 to 18.4.
    assert target[0, 2, 1] == 1
    assert target[0, :, 4:].max() == 0
    assert target[0, 0].max() < POSITIVE


@pytest.fixture
def clip(bench: Bench, tmp_path: Path) -> Path:
    return Path(shutil.copy(bench.folder / "set" / "street.mp4", tmp_path / "clip.mp4"))


def plan(video: Path, **fields: object) -> Plan:
    request = AnalysisRequest(str(video), ("linear",), **fields)
    home = Settings(home=video.parent / "home")
    return make_plan(request, home, lambda name: ModelRef(name, "", "0" * 64, 8.0))


def test_masks_decide_which_stored_run_answers(bench: Bench, clip: Path) -> None:
    without = plan(clip)
    assert without.masks is None
    beside = Path(shutil.copytree(bench.folder / "set" / "street_mask", clip.parent / "clip_mask"))
    found = plan(clip)
    assert found.masks is not None and not found.masks.required
    named = plan(clip, masks=str(beside))
    assert named.masks is not None and named.masks.required
    assert named.key == plan(clip, masks=str(shutil.copytree(beside, clip.parent / "other"))).key
    keys = {without.key, found.key, named.key, plan(clip, masks_inverted=True).key}
    cv2.imwrite(str(beside / "00004.png"), mask_of(5))
    assert plan(clip).key not in keys and len(keys) == 4
    with pytest.raises(OptionError, match="no masks 'nothing'"):
        plan(clip, masks=str(clip.parent / "nothing"))
    with pytest.raises(OptionError, match="not both"):
        plan(clip, masks=str(beside), truth="t.json")


def test_masks_beside_that_do_not_fit_leave_a_note_but_named_ones_an_error(
    bench: Bench, clip: Path
) -> None:
    beside = clip.parent / "clip_mask"
    beside.mkdir()
    for i in range(COUNT + 2):
        cv2.imwrite(str(beside / f"{i}.png"), mask_of(i))
    run = bench.run(clip)
    assert run.manifest["truth"] is None
    (note,) = run.manifest["notes"]
    assert "were not used" in note and "25 masks, the video 23 frames" in note
    with pytest.raises(OptionError, match="25 masks, the video 23 frames"):
        bench.run(clip, masks=str(beside))


def test_uploaded_pictures_are_kept_as_one_private_file(bench: Bench, clip: Path) -> None:
    pictures = [(f"{i}.png", cv2.imencode(".png", mask_of(i))[1].tobytes()) for i in range(COUNT)]
    kept = bench.engine.add_masks("clip_mask.zip", pictures, "ann")
    again = bench.engine.add_masks("clip_mask.zip", pictures[::-1], "ann")
    assert kept == again and Path(kept.path).parent == bench.settings.home / "uploads"
    with zipfile.ZipFile(kept.path) as archive:
        assert len(archive.namelist()) == COUNT
    upload = bench.engine.add_upload("clip.mp4", clip, "ann")
    request = AnalysisRequest.of_upload(upload, kept, models=bench.models)
    handle = bench.engine.run(request, owner="ann")
    assert bench.store.manifest(handle)["truth"]["masks"]["name"] == "clip_mask.zip"
    small = Engine(replace(bench.settings, max_upload_mb=1), bench.store)
    with pytest.raises(VideoTooLarge, match=r"clip_mask\.zip"):
        small.add_masks("clip_mask.zip", [(f"{i}.png", bytes(600_000)) for i in range(2)], "ann")
    damaged = bench.engine.add_upload("clip_mask.zip", b"PK no zip at all", "ann")
    with pytest.raises(OptionError, match=r"^'clip_mask\.zip' is not a ZIP"):
        bench.engine.run(AnalysisRequest.of_upload(upload, damaged, models=bench.models))


@pytest.mark.slow
@pytest.mark.parametrize(("behavior", "error"), [("hang", DecodeTimeout), ("die", UnreadableVideo)])
def test_a_reader_of_masks_that_hangs_or_dies_ends_the_job_alone(
    bench: Bench, clip: Path, behavior: str, error: type[Exception]
) -> None:
    functions = Functions(mask_reader=f"tests.engine.misread_masks:{behavior}")
    settings = replace(bench.settings, decode_timeout_s=20.0 if behavior == "die" else 3.0)
    masks = str(bench.folder / "set" / "street_mask")
    with Engine(settings, bench.store, functions=functions) as engine:
        with pytest.raises(error, match="the masks 'street_mask'"):
            engine.run(bench.request(clip, masks=masks, frames=3))
        assert engine.run(bench.request(clip, frames=3))


def test_the_table_of_a_masked_run_has_its_columns(bench: Bench, masked: StoredRun) -> None:
    from fixviz.reading.exports.run_folder import export_run

    out = bench.folder / "out"
    export_run(bench.store, masked.handle, out)
    rows = list(csv.DictReader((out / "metrics.csv").open()))
    assert {"mass_on_target", "mass_on_target_baseline", "pointing", "average_precision"} <= set(
        rows[0]
    )
    assert any(row["mass_on_target"] for row in rows)
    assert all(row["mass_on_target"] == "" for row in rows if row["frame"] == "3")
