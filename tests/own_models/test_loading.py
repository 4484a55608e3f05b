"""A checkpoint of one's own is checked by name and size before it is used, and then works like any other."""

from __future__ import annotations

import io
import json
import stat
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file, save

from fixviz.engine import AnalysisRequest, DeriveRequest, Engine
from fixviz.errors import CheckpointError, JobError
from fixviz.media import encode_mp4
from fixviz.model.config import checkpoint_sha256
from fixviz.own_models.loading import CheckpointLoader
from fixviz.own_models.registry import OwnModels
from fixviz.settings import Settings
from fixviz.store import Store
from tests.own_models.checkpoints import CONFIG, files_of, zipped

ANN, BOB = "a" * 22, "b" * 22
GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def load(settings: Settings) -> Iterator[Callable[..., str]]:
    """Load files and return the name of the kept checkpoint, or raise with the sentence."""
    models = OwnModels(settings)
    loader = CheckpointLoader(models)

    def run(*files: tuple[str, bytes], owner: str = ANN, title: str = "") -> str:
        started = loader.start([(name, io.BytesIO(data)) for name, data in files], owner, title)
        status = loader.wait(started, 120)
        name = loader.name(started)
        if name is None:
            raise CheckpointError(status.error or f"{status}")
        return name

    yield run
    left = [p.name for p in (settings.home / "models").iterdir() if p.name.startswith(".part-")]
    assert left == [], "nothing half-done stays"


def clip(path: Path, height: int = 56, width: int = 84, frames: int = 20) -> Path:
    """A video with a bright square that moves to the right."""
    pictures = np.full((frames, height, width, 3), 40, np.uint8)
    for i, picture in enumerate(pictures):
        cv2.rectangle(picture, (4 + 2 * i, 20), (16 + 2 * i, 32), (230, 200, 90), -1)
    encode_mp4(path, pictures, 8.0)
    return path


@pytest.mark.slow
def test_a_saved_checkpoint_makes_the_round_trip_to_an_analysis_with_it(
    load, settings: Settings, tiny: Path, tmp_path: Path
) -> None:
    name = load(("tiny.zip", zipped(*files_of(tiny, "tiny/"))))
    assert name.startswith("tiny-one-") and len(name) == len("tiny-one-") + 26
    model = OwnModels(settings).get(name, ANN)
    assert (model.title, model.info.config) == ("Tiny one", CONFIG)
    assert model.info.card == "# Tiny\n\nA test.\n"
    assert (model.origin.source, model.origin.kind) == ("tiny.zip", "a fixviz checkpoint")
    assert 0 < model.origin.seconds_per_window < 60
    # The very same bytes: the hash in a run's manifest is that of the file at home.
    assert checkpoint_sha256(model.info.folder) == checkpoint_sha256(tiny)

    store = Store(settings)
    video = str(clip(tmp_path / "square.mp4"))
    with Engine(settings, store) as engine:
        handle = engine.run(AnalysisRequest(video, models=(name,), frames=7))
        manifest = store.manifest(handle)
        entry = manifest["models"][0]
        assert (entry["name"], entry["title"]) == (name, "Tiny one")
        assert entry["classes"] == ["up", "down", "still"]
        assert (entry["grid"]["rows"], entry["grid"]["columns"]) == (8, 11)
        assert entry["checkpoint_sha256"] == checkpoint_sha256(tiny)
        assert store.array(handle, f"{name}/spatial/attention_received/source").shape == (
            *(2, 2, 7),
            *(8, 11),
        )
        request = DeriveRequest(handle, "rollout", name, {"frame": 3})
        engine.derive(request).result()
        assert store.derived(handle, request.name)
    # After a restart the run's name alone leads to the checkpoint.
    with Engine(settings, store) as again:
        request = DeriveRequest(handle, "rollout", name, {"frame": 4})
        assert again.derive(request).result() == handle
        OwnModels(settings).delete(name, ANN)
        with pytest.raises(CheckpointError, match="not at hand any more"):
            again.derive(DeriveRequest(handle, "rollout", name, {"frame": 5}))
    assert store.manifest(handle)["models"][0]["title"] == "Tiny one"


def test_weights_and_configuration_as_two_files_with_a_title_of_ones_own(
    load, settings: Settings, tiny: Path
) -> None:
    name = load(
        ("weights-final.safetensors", (tiny / "model.safetensors").read_bytes()),
        ("config.json", json.dumps(CONFIG.to_dict()).encode()),
        title="  **My** <b>best</b>\nrun ",
    )
    model = OwnModels(settings).get(name, ANN)
    assert model.title == "My b best /b run"
    assert model.info.config == CONFIG


@pytest.mark.slow
def test_the_authors_file_is_imported_and_computes_what_their_code_computes(
    load, settings: Settings
) -> None:
    tensors = load_file(GOLDEN / "cooperative_two_projections_both_shifts.safetensors")
    state = {f"module.{k[7:]}": v for k, v in tensors.items() if k.startswith("weight.")}
    recipe = {
        "DATA": {"NUM_FRAMES": 3, "TRAIN_CROP_SIZE": 56, "SAMPLING_RATE": 4, "TARGET_FPS": 30},
        "MODEL": {"NUM_CLASSES": 7, "DROPOUT_RATE": 0.5},
        "TEMPORAL_HEAD": {"MLP_DIM": 48},
        "XVIT": {
            "BASE_MODEL": "lvit_v2_b16", "USE_XVIT": True, "SHIFT_DIV": 8, "NUM_SEGMENTS": 3,
            "USE_SpatialShift": True, "LOCATIONS_LIST": [0, 1], "LINEAR_TYPE": "relu",
            "USE_CGATE": True, "SHARE_GATE": False, "ATTENTION_TYPE": "divided_time_space",
        },
    }  # fmt: skip
    buffer = io.BytesIO()
    torch.save({"model_state": state, "cfg": yaml.safe_dump(recipe)}, buffer)
    sizes = json.dumps({"dim": 48, "depth": 2, "heads": 4}).encode()

    name = load(("theirs.pyth", buffer.getvalue()), ("config.json", sizes), title="Theirs")
    model = OwnModels(settings).get(name, ANN)
    assert model.origin.kind == "the authors' file"
    from fixviz.model.checkpoints import load_model

    network = load_model(model.info.folder, "cpu")
    with torch.inference_mode():
        assert (network(tensors["input"]) - tensors["logits"]).abs().max() < 1e-5

    with pytest.raises(CheckpointError, match=r"theirs\.pyth|shape"):
        load(("theirs.pyth", buffer.getvalue()))  # Their names mean sizes that this file lacks.


@pytest.mark.slow
def test_a_run_with_the_authors_network(load, settings: Settings, tmp_path: Path) -> None:
    tensors = load_file(GOLDEN / "vanilla_linear.safetensors")
    state = {k[7:]: v for k, v in tensors.items() if k.startswith("weight.")}
    buffer = io.BytesIO()
    torch.save({"model_state": state}, buffer)
    fields = {
        "attention": "linear", "heads": 4, "stride": 14, "image_size": 56,
        "spatial_shift": False, "temporal_shift": False,
    }  # fmt: skip
    name = load(("net.pth", buffer.getvalue()), ("config.json", json.dumps(fields).encode()))
    store = Store(settings)
    with Engine(settings, store) as engine:
        video = str(clip(tmp_path / "square.mp4"))
        handle = engine.run(AnalysisRequest(video, models=(name,), frames=5))
    entry = store.manifest(handle)["models"][0]
    assert entry["grid"]["rows"] == 5 and entry["windows"]["frames"] == 3
    assert max(entry["rebuild_error"]["spatial"]) < 1e-4


@pytest.mark.parametrize(
    "name",
    [
        "../config.json",
        "/etc/passwd",
        "a/../../config.json",
        "C:\\x\\config.json",
        "..\\config.json",
    ],
)
def test_names_that_lead_outside_are_refused(check, tiny: Path, tmp_path: Path, name: str) -> None:
    entry = zipfile.ZipInfo("x")
    entry.filename = name
    with pytest.raises(CheckpointError, match="leads outside"):
        check(("evil.zip", zipped(*files_of(tiny), (entry, b"{}"))))
    assert not list(tmp_path.rglob("passwd"))


def test_links_in_a_zip_are_refused(check, tiny: Path) -> None:
    link = zipfile.ZipInfo("config.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    weights = (tiny / "model.safetensors").read_bytes()
    with pytest.raises(CheckpointError, match="is a link"):
        check(("evil.zip", zipped((link, b"/etc/passwd"), ("model.safetensors", weights))))


def test_a_zip_that_unpacks_to_more_than_allowed_is_refused(tmp_path: Path, tiny: Path) -> None:
    settings = Settings(home=tmp_path / "home", max_checkpoint_mb=2)
    loader = CheckpointLoader(OwnModels(settings))
    bomb = zipped(
        ("config.json", (tiny / "config.json").read_bytes()),
        ("model.safetensors", bytes(5 * 10**6)),
    )
    assert len(bomb) < 10**5
    started = loader.start([("bomb.zip", io.BytesIO(bomb))], ANN)
    assert "limit of 2 MB (FIXVIZ_MAX_CHECKPOINT_MB)" in str(loader.wait(started, 60).error)
    with pytest.raises(CheckpointError, match="limit of 2 MB"):
        loader.start([("big.safetensors", io.BytesIO(bytes(2_000_001)))], ANN)
    assert not list((settings.home / "models").glob("[!.]*"))


@pytest.mark.slow
def test_a_pickle_with_code_in_it_is_not_executed(load, tmp_path: Path) -> None:
    marker = tmp_path / "executed"

    class Evil:
        def __reduce__(self):
            return (Path.touch, (marker,))

    buffer = io.BytesIO()
    torch.save({"model_state": {}, "x": Evil()}, buffer)
    with pytest.raises(CheckpointError, match=r"evil|torch checkpoint"):
        load(("evil.pth", buffer.getvalue()))
    with pytest.raises(CheckpointError, match=r"has no config\.json. It looks like a torch file"):
        load(("evil.zip", buffer.getvalue()))
    assert not marker.exists()


def changed(tiny: Path, **fields: object) -> bytes:
    values = json.loads((tiny / "config.json").read_text())
    values["config"].update(fields)
    return json.dumps(values).encode()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"num_classes": 7, "class_names": []},
            r"head\.4\.weight has shape \[3, 11\], .*\[7, 11\]",
        ),
        ({"num_classes": 7}, "class_names has 3 entries for num_classes=7"),
        ({"class_names": ["up", "down", 5]}, r"class_names\[2\] must be text"),
        ({"frames": 3}, r"temporal_embedding has shape \[1, 5, 1, 16\]"),
        ({"frames": 1000}, "frames=1000 is more than one run may analyze.*FIXVIZ_MAX_FRAMES"),
        ({"image_size": 7}, "give 2 x 2 patches; at least 3 x 3"),
        ({"image_size": 1000}, "give 251 x 251 patches; at most"),
        ({"dim": 10**9}, "dim=1000000000 is above 4096"),
        ({"depth": 3}, r"lacks the tensor blocks\.2\."),
        ({"depth": 1}, r"holds the tensor blocks\.1\."),
        ({"width": 3}, "Unknown model setting 'width'"),
        ({"heads": "two"}, "heads='two' has the wrong type"),
        ({"attention": "fast"}, "attention='fast' is not known"),
    ],
)
def test_what_does_not_fit_is_named(check, tiny: Path, fields: dict, message: str) -> None:
    weights = (tiny / "model.safetensors").read_bytes()
    with pytest.raises(CheckpointError, match=message):
        check(("m.safetensors", weights), ("config.json", changed(tiny, **fields)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("shape", r"norm\.weight has shape \[7\], .* \[16\]"),
        ("value", r"norm\.weight holds values that are not finite"),
        ("names", "authors' tensor names"),
    ],
)
def test_a_wrong_tensor_is_named(check, tiny: Path, change: str, message: str) -> None:
    config = (tiny / "config.json").read_bytes()
    weights = load_file(tiny / "model.safetensors")
    if change == "names":
        weights = {"base_model.temp_embed": weights["temporal_embedding"]}
    else:
        bad = {"shape": torch.zeros(7), "value": torch.full((16,), torch.nan)}[change]
        weights["norm.weight"] = bad
    with pytest.raises(CheckpointError, match=message):
        check(("m.safetensors", save(weights)), ("config.json", config))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([("m.safetensors", b"x" * 99)], "without its configuration"),
        ([("m.safetensors", b"x" * 99), ("config.json", b"[]")], "one JSON object"),
        ([("m.safetensors", b"x" * 99), ("config.json", b"{")], "cannot be read as JSON"),
        ([("m.safetensors", b"x" * 99), ("config.json", b'{"title": 3}')], 'has no "config"'),
        ([("m.safetensors", b"x" * 99), ("config.json", b'{"dim": 16}')], "m.safetensors cannot"),
        ([("m.zip", b"PK\x03\x04broken")], "is not a ZIP that can be read"),
        ([("m.zip", zipped(("notes.txt", b"hello")))], "has no config.json"),
        ([("m.pth", b"not a checkpoint")], "torch checkpoint"),
        ([("m.onnx", b"x")], "'m.onnx' is not part of a checkpoint"),
        ([("a.zip", b"x"), ("b.zip", b"y")], "exactly one checkpoint"),
    ],
)
def test_other_files_get_a_sentence(check, files: list, message: str) -> None:
    with pytest.raises(CheckpointError, match=message) as caught:
        check(*files)
    assert str(caught.value).endswith(".")


def test_a_cancelled_check_keeps_nothing(settings: Settings, tiny: Path) -> None:
    models = OwnModels(settings)
    loader = CheckpointLoader(models, check="tests.own_models.work:check_for_ever")
    started = loader.start([("t.zip", io.BytesIO(b"x"))], ANN)
    loader.cancel(started)
    assert loader.wait(started, 20).state == "cancelled"
    deadline = time.monotonic() + 60
    while list((settings.home / "models").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list((settings.home / "models").iterdir()) == []
    with pytest.raises(JobError):
        loader.status("nobody")


def test_a_check_that_kills_its_process_is_one_sentence(settings: Settings) -> None:
    loader = CheckpointLoader(OwnModels(settings), check="tests.own_models.work:check_and_die")
    started = loader.start([("t.zip", io.BytesIO(b"x"))], ANN)
    assert "The process that checked the checkpoint died" in str(loader.wait(started, 30).error)
