import json

import cv2
import numpy as np
import pytest

from fixviz.analysis.run import SCHEMA, NamedModel, analyze_clip
from fixviz.errors import JobCancelled, OptionError
from fixviz.model.config import CheckpointInfo
from fixviz.store import SCHEMA_VERSION

from .conftest import VARIANTS, build, make_clip


def named(name: str, **changes) -> NamedModel:
    model = build(**{**VARIANTS[name], **changes})
    info = CheckpointInfo(name, None, name.title(), model.config, {"note": "a note"})
    return NamedModel(model, info, "0" * 64)


@pytest.fixture(scope="module")
def run():
    return analyze_clip({n: named(n) for n in ("softmax", "fixation")}, make_clip())


def test_the_manifest_is_small_strict_json(run) -> None:
    text = json.dumps(run.manifest, allow_nan=False)
    assert len(text) < 64_000
    assert json.loads(text)["schema"] == SCHEMA


def test_the_manifest_says_where_patches_are(run) -> None:
    grid = run.manifest["models"][0]["grid"]
    # 46 x 74 pixels scaled to a short side of 23; a patch every 5 pixels.
    assert (grid["model_height"], grid["model_width"]) == (23, 37)
    assert (grid["rows"], grid["columns"]) == (5, 8)
    assert grid["display_per_model"] == [2.0, 2.0]


def test_arrays_have_the_documented_shapes(run) -> None:
    layers, heads, frames, rows, columns = 2, 4, 7, 5, 8
    shapes = {name: (values.shape, str(values.dtype)) for name, values in run.arrays.items()}
    maps = (layers, heads, frames, rows, columns)
    for axis, directions in (("temporal", 8), ("spatial", 2)):
        assert shapes[f"softmax/{axis}/attention_received/source"] == (maps, "float16")
        assert shapes[f"softmax/{axis}/metrics"] == ((layers, heads, frames, 6), "float32")
        assert shapes[f"fixation/{axis}/ratio_key"] == (maps, "float16")
        assert shapes[f"fixation/{axis}/neighbor_share/key"] == (
            (layers, heads, directions, frames, rows, columns),
            "float16",
        )
    assert "softmax/spatial/ratio_key" not in shapes


def test_neighbors_and_heads_that_read_elsewhere_are_named(run) -> None:
    softmax, fixation = run.manifest["models"]
    assert softmax["neighbors"] == {}
    assert softmax["reads_elsewhere"] == {}
    labels = [d["label"] for d in fixation["neighbors"]["spatial"]]
    assert labels == ["next frame", "previous frame"]
    assert fixation["reads_elsewhere"]["spatial"] == {
        "0": "reads 50 % next frame, 50 % previous frame"
    }
    held = {head for d in fixation["neighbors"]["temporal"] for head in d["heads"]}
    shares = np.asarray(run.arrays["fixation/temporal/neighbor_share/query"])
    for head in range(4):
        assert np.isnan(shares[:, head]).all() == (head not in held)


def test_every_frame_is_an_image_of_the_clip(run) -> None:
    clip = make_clip()
    assert len(run.files) == len(clip)
    image = cv2.imdecode(np.frombuffer(run.files["frame/0006"], np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == clip.frames[6].shape


def test_progress_rises_to_one_and_names_the_model() -> None:
    seen = []
    analyze_clip({"linear": named("linear")}, make_clip(), progress=lambda *step: seen.append(step))
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1
    assert any("Linear" in message for _, message in seen)


def test_it_stops_when_asked() -> None:
    def stop() -> None:
        raise JobCancelled("stopped")

    with pytest.raises(JobCancelled):
        analyze_clip({"linear": named("linear")}, make_clip(), should_stop=stop)


def test_a_model_of_another_frame_rate_is_refused() -> None:
    with pytest.raises(OptionError, match="trained at 12 frames per second"):
        analyze_clip({"linear": named("linear", frame_rate=12.0)}, make_clip())


def test_the_same_input_gives_the_same_arrays(run) -> None:
    again = analyze_clip({n: named(n) for n in ("softmax", "fixation")}, make_clip())
    for name, values in run.arrays.items():
        np.testing.assert_array_equal(values, again.arrays[name])


def test_a_new_manifest_schema_also_changes_the_keys_of_runs() -> None:
    assert SCHEMA == SCHEMA_VERSION
