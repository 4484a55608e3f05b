"""The shipped course pack is what this version of fixviz makes; its numbers are those of the results page."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fixviz import resources
from fixviz.course import shipped
from fixviz.course.moment import lesson_frame
from fixviz.course.numbers import numbers_of
from fixviz.course_pack import pack
from fixviz.course_pack.measured import measured_numbers
from fixviz.course_pack.shipped_run import FEATURES, make_run
from fixviz.course_pack.world import Made, World
from fixviz.engine import AnalysisRequest
from fixviz.engine.plan import Checkpoints, make_plan
from fixviz.errors import OptionError
from fixviz.evaluation.results import read_results
from fixviz.media.encode import decode_image
from fixviz.reading.run import StoredRun
from fixviz.settings import Settings
from fixviz.store.codec import decode_array

ROOT = Path(__file__).parents[2]
REMAKE = "the course pack is out of date; run: python -m fixviz.course_pack"
MOST_OF_A_RUN = 5 * 10**6
MOST_OF_A_LESSON = 150 * 10**3


@pytest.fixture(scope="module")
def stored() -> dict[str, Any]:
    return json.loads((shipped.folder() / "pack.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def world() -> World:
    return pack.open_world(shipped.folder())


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    make_run(folder)
    return folder


def test_it_was_made_from_the_shipped_checkpoints(stored, world: World) -> None:
    assert stored["made_from"] == pack.made_from(world), REMAKE


def test_a_changed_checkpoint_is_noticed(stored, world: World, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "checkpoints"
    shutil.copytree(resources.checkpoints(), folder)
    weights = folder / "linear" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    monkeypatch.setattr(resources, "checkpoints", lambda: folder)
    now = pack.made_from(world)
    assert {name for name in now if now[name] != stored["made_from"][name]} == {"linear"}


def test_the_run_is_the_one_that_the_app_would_make(world: World) -> None:
    settings = Settings(home=Path("nowhere"))
    request = AnalysisRequest(str(resources.samples() / "there-and-back.mp4"))
    plan = make_plan(request, settings, Checkpoints(settings))
    assert world.run.store.key_of(shipped.HANDLE) == plan.key, REMAKE
    assert [entry["name"] for entry in world.run.models] == ["softmax", "linear", "fixation"]


def test_the_measured_numbers_are_those_of_the_results_file(stored, world: World) -> None:
    measured = measured_numbers(world.results)
    kept = {name: stored["numbers"].get(name) for name in measured}
    assert kept == pytest.approx(measured, rel=1e-5), REMAKE


def test_the_numbers_are_those_of_the_results_page(stored) -> None:
    page = (ROOT / "docs" / "reference" / "results.md").read_text("utf-8")
    entries = read_results(resources.results())
    titles = {entry["title"]: entry["checkpoint"] for entry in entries}
    for preset, prefix in (("standard", "world"), ("hard", "world.hard")):
        section = page.split(f"**Preset {preset}, ")[1].split("\n\n**")[0]
        rows = [row for row in section.splitlines() if row.split(" | ")[0][2:] in titles]
        assert len(rows) == 8
        for row in rows:
            title, *cells = row.strip("| ").split(" | ")
            name = titles[title]

            def number(what: str, scale: int = 1, name: str = name, prefix: str = prefix) -> float:
                stem, _, end = what.partition("+")
                return scale * stored["numbers"][f"{prefix}.{stem}.{name}{end}"]

            low, high = number("right+.low", 100), number("right+.high", 100)
            assert cells[:6] == [
                f"{number('right', 100):.1f} % ({low:.1f} to {high:.1f})",
                f"{number('concentration'):.3f}",
                f"{number('looks_at'):.1f} patches",
                f"{number('mass'):.3f} of area {stored['numbers'][f'{prefix}.area']:.3f}",
                f"{number('pointing'):.3f}",
                f"{number('average_precision'):.3f}",
            ]
            assert cells[7] == f"{int(number('parameters')):,}"
        gains = re.search(
            r"Points over Linear attention \(95 % interval\): (.*?)\.(?: |$)", section
        )
        over = re.search(r"Points over Softmax attention \(95 % interval\): (.*)\.", section)
        assert gains and over
        for sentence, kind in ((gains[1], "gain"), (over[1], "gain_over_softmax")):
            for part in sentence.split("; "):
                title, written = re.fullmatch(r"(.*?) ([+-]\d.*)", part).groups()
                stem = f"{prefix}.{kind}.{titles[title]}"
                mean, low, high = (
                    100 * stored["numbers"][f"{stem}{end}"] for end in ("", ".low", ".high")
                )
                assert written == f"{mean:+.1f} ({low:+.1f} to {high:+.1f})"


def test_most_of_the_lead_is_the_direction_of_circles(stored) -> None:
    """The results page says so of the same two classes."""
    page = (ROOT / "docs" / "reference" / "results.md").read_text("utf-8")
    first, second = (
        100 * stored["numbers"][f"world.right.{name}.others"] for name in ("linear", "fixation")
    )
    assert f"all other classes {first:.1f} % and {second:.1f} %." in page
    circles = [stored["numbers"][f"world.right.{name}.circles"] for name in ("linear", "fixation")]
    # Two of fifteen classes make this much of the difference in accuracy.
    share = 2 / 15 * (circles[1] - circles[0]) / stored["numbers"]["world.gain.fixation"]
    assert share > 0.5


def test_the_lessons_look_at_the_circle(world: World) -> None:
    frame, window = lesson_frame(world.run)
    answers = {
        entry["name"]: entry["classes"][int(np.argmax(entry["probabilities"][window]))]
        for entry in world.run.models
    }
    assert world.run.model("fixation")["window_of_frame"][frame] == window
    assert answers["fixation"] == "circle clockwise"
    assert answers["linear"] != "circle clockwise"


def alike(a: np.ndarray, b: np.ndarray) -> float:
    """The share of equal numbers, but for what another processor rounds otherwise.

    A few may differ by more: a histogram's count, or which of two patches receives most.
    """
    assert a.shape == b.shape and a.dtype == b.dtype
    a, b = a.astype(np.float64), b.astype(np.float64)
    scale = np.nanmax(np.abs(a), initial=1e-6)
    return float(np.isclose(a, b, rtol=1e-2, atol=1e-2 * scale, equal_nan=True).mean())


@pytest.mark.slow
def test_the_run_equals_a_fresh_one(fresh: Path) -> None:
    now, kept = shipped.open_run(fresh), shipped.run()
    left_out = ("arrays", "files", "models", "torch", "fixviz")
    a, b = ({k: v for k, v in run.manifest.items() if k not in left_out} for run in (now, kept))
    assert a == b, REMAKE
    assert now.manifest.keys() == kept.manifest.keys(), REMAKE
    for one, other in zip(now.models, kept.models, strict=True):
        measured = ("probabilities", "rebuild_error")
        assert {k: v for k, v in one.items() if k not in measured} == {
            k: v for k, v in other.items() if k not in measured
        }, REMAKE
        assert one["probabilities"] == [
            pytest.approx(row, abs=2e-3) for row in other["probabilities"]
        ], REMAKE
    assert now.manifest["arrays"].keys() == kept.manifest["arrays"].keys(), REMAKE
    for name in now.manifest["arrays"]:
        assert alike(now.array(name), kept.array(name)) > 0.99, f"{name}: {REMAKE}"
    assert now.manifest["files"].keys() == kept.manifest["files"].keys(), REMAKE
    for frame in range(now.frames):
        difference = np.abs(now.frame_image(frame).astype(int) - kept.frame_image(frame))
        assert difference.mean() < 1, REMAKE


@pytest.mark.slow
def test_what_was_derived_with_the_run_equals_a_fresh_one(fresh: Path) -> None:
    now, kept = shipped.open_run(fresh), shipped.run()
    names = [run.store.derived_names(run.handle) for run in (now, kept)]
    assert names[0] == names[1] and names[0], REMAKE
    for name in names[0]:
        arrays = [run.store.derived(run.handle, name)["arrays"] for run in (now, kept)]
        assert arrays[0].keys() == arrays[1].keys(), REMAKE
        for array in arrays[0]:
            a, b = (run.store.derived_array(run.handle, name, array) for run in (now, kept))
            assert alike(a, b) > 0.99, f"{name} {array}: {REMAKE}"


@pytest.mark.slow
@pytest.mark.parametrize(("model", "axis"), FEATURES)
def test_the_features_equal_fresh_ones(fresh: Path, model: str, axis: str) -> None:
    layer = shipped.run().model(model)["layers"] - 1
    now = json.loads(shipped.features_file(fresh, model, axis, layer).read_text("utf-8"))
    kept = shipped.features(model, axis, layer)
    left_out = ("arrays", "stored_error")
    assert {k: v for k, v in now.items() if k not in left_out} == {
        k: v for k, v in kept.items() if k not in left_out
    }, REMAKE
    assert now["arrays"].keys() == kept["arrays"].keys(), REMAKE
    for name, entry in kept["arrays"].items():
        one = decoded(shipped.home(fresh) / "artifacts" / now["arrays"][name]["sha"], entry)
        other = decoded(shipped.artifact(entry["sha"]).path, entry)
        assert alike(one, other) > 0.99, f"{name}: {REMAKE}"


def decoded(path: Path, entry: Mapping[str, Any]) -> np.ndarray:
    return decode_array(path.read_bytes(), entry["dtype"], entry["shape"])


@pytest.mark.slow
@pytest.mark.parametrize("lesson", pack.makers())
def test_a_lessons_data_equal_fresh_ones(stored, world: World, lesson: str) -> None:
    made = pack.makers()[lesson](world)
    names = stored["of_lesson"].get(lesson)
    assert names == sorted(made.numbers), REMAKE
    kept = {name: stored["numbers"][name] for name in names}
    assert kept == pytest.approx(made.numbers, rel=1e-2, abs=1e-4), REMAKE
    path = shipped.lesson_data(lesson)
    data = json.loads(path.read_text("utf-8")) if path else {}
    check(pack.plain(made.data), data, lesson)


def check(made: Any, kept: Any, place: str) -> None:
    """Compare plain JSON part by part: numbers by value, pictures as they look."""
    assert type(made) is type(kept) or {type(made), type(kept)} == {int, float}, (
        f"{place}: {REMAKE}"
    )
    if isinstance(made, dict):
        assert made.keys() == kept.keys(), f"{place}: {REMAKE}"
        for name in made:
            check(made[name], kept[name], f"{place}.{name}")
    elif isinstance(made, list) and made and all(isinstance(v, int | float) for v in made):
        assert len(made) == len(kept), f"{place}: {REMAKE}"
        assert alike(np.array(made, float), np.array(kept, float)) > 0.9, f"{place}: {REMAKE}"
    elif isinstance(made, list):
        assert len(made) == len(kept), f"{place}: {REMAKE}"
        for number, (one, other) in enumerate(zip(made, kept, strict=True)):
            check(one, other, f"{place}[{number}]")
    elif isinstance(made, int | float) and not isinstance(made, bool):
        assert made == pytest.approx(kept, rel=2e-2, abs=1e-3), f"{place}: {REMAKE}"
    elif isinstance(made, str) and made.startswith("data:image/"):
        a, b = (decode_image(base64.b64decode(url.partition(",")[2])) for url in (made, kept))
        assert a.shape == b.shape, f"{place}: {REMAKE}"
        assert np.abs(a.astype(int) - b).mean() < 3, f"{place}: {REMAKE}"
    else:
        assert made == kept, f"{place}: {REMAKE}"


def test_run_and_data_are_small() -> None:
    folder = shipped.folder()
    files = [path for path in shipped.home(folder).rglob("*") if path.is_file()]
    assert 10**6 < sum(path.stat().st_size for path in files) <= MOST_OF_A_RUN
    for path in folder.glob("*.json"):
        assert path.stat().st_size <= MOST_OF_A_LESSON, path.name


def test_there_is_nothing_that_nobody_reads() -> None:
    """Each artifact belongs to the run, to what was derived with it, or to the features."""
    names = {path.name for path in (shipped.home(shipped.folder()) / "artifacts").iterdir()}
    run = shipped.run()
    descriptions = [
        run.manifest,
        *(run.store.derived(run.handle, name) for name in run.store.derived_names(run.handle)),
        *(shipped.features(m, axis, run.model(m)["layers"] - 1) for m, axis in FEATURES),
    ]
    used = {
        entry["sha"]
        for description in descriptions
        for entry in (*description["arrays"].values(), *description.get("files", {}).values())
    }
    assert names == used, REMAKE


def test_it_can_be_made_twice_alike() -> None:
    """Nothing in it says when and how fast it was made."""
    texts = [path.read_text("utf-8") for path in shipped.folder().rglob("*.json")]
    assert len(texts) > 5
    for text in texts:
        assert '"seconds"' not in text
        assert not re.search(r'"created":(?!0\.0)', text)


def test_reading_it_writes_nothing(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "course"
    shutil.copytree(shipped.folder(), folder)

    def state() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = state()
    run = shipped.open_run(folder)
    run.array("fixation/spatial/metrics")
    run.frame_image(3)
    run.store.derived_names(run.handle)
    assert state() == before


def add_lessons(monkeypatch, **makers: Any) -> None:
    monkeypatch.setattr(pack, "makers", lambda: makers)


def test_one_part_is_made_again_alone(tmp_path, world: World, monkeypatch) -> None:
    folder = tmp_path / "course"
    shutil.copytree(shipped.folder(), folder)

    def tokens(given: World) -> Made:
        return Made({"world.a": given.run.frames / 3}, {"curve": np.float32([0.123456, np.nan])})

    def softmax(given: World) -> Made:
        return Made({"world.b": 2.0}, {"text": "b"})

    add_lessons(monkeypatch, tokens=tokens, softmax=softmax)
    pack.write_pack(folder, "tokens")
    pack.write_pack(folder, "softmax")
    add_lessons(monkeypatch, tokens=tokens, softmax=lambda given: Made({"world.c": 3.0}))
    pack.write_pack(folder, "softmax")
    content = json.loads((folder / "pack.json").read_text("utf-8"))
    assert content["of_lesson"]["tokens"] == ["world.a"]
    assert content["of_lesson"]["softmax"] == ["world.c"]
    numbers = content["numbers"]
    assert numbers["world.a"] == pytest.approx(32 / 3, rel=1e-5)
    assert numbers["world.c"] == 3
    assert "world.b" not in numbers
    assert json.loads((folder / "tokens.json").read_text("utf-8")) == {"curve": [0.1235, None]}
    assert not (folder / "softmax.json").exists(), "it has no data any more"
    with pytest.raises(OptionError, match="no part 'other'"):
        pack.write_pack(folder, "other")


@pytest.mark.parametrize(
    "numbers", [{"run.x": 1.0}, {"world.clips": 1.0}, {"world.x": float("nan")}]
)
def test_a_lessons_numbers_have_names_and_values_of_their_own(numbers) -> None:
    with pytest.raises(ValueError, match="number"):
        pack.merged({"world.clips": 900.0}, {"tokens": numbers})


def test_the_app_gets_the_run_as_the_player_does() -> None:
    manifest = shipped.manifest()
    assert manifest["attributions"] == []
    assert manifest["opening_frame"] in range(len(manifest["frames"]["index"]))
    image = manifest["files"]["frame/0003"]
    array = manifest["arrays"]["linear/spatial/metrics"]
    assert shipped.artifact(image["sha"]).media_type == "image/jpeg"
    assert shipped.artifact(array["sha"]).encoding == "gzip"
    assert shipped.lesson_data("pack") is None
    assert shipped.lesson_data("../course/pack") is None


def read(run: StoredRun, what: str) -> np.ndarray:
    """One window's features [T, h w, n, d] of the softmax model."""
    layer = run.model("softmax")["layers"] - 1
    entry = shipped.features("softmax", "spatial", layer)["arrays"][what]
    found = decoded(shipped.artifact(entry["sha"]).path, entry)[0].astype(np.float64)
    frames, rows, columns, heads, width = found.shape
    return found.reshape(frames, rows * columns, heads, width)


def test_features_and_numbers_speak_of_the_same_attention() -> None:
    """Entropy and effective support of the frame, computed here from query and key."""
    run = shipped.run()
    numbers = numbers_of(run)
    window = run.model("softmax")["windows"]["start"][int(numbers["run.window"])]
    position = int(numbers["run.frame"]) - window
    query, key = (read(run, what)[position] for what in ("query", "key"))
    scores = np.einsum("qnd,knd->nqk", query, key) / np.sqrt(query.shape[-1])
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    entropy = -(weights * np.log(weights)).sum(-1)
    assert numbers["run.entropy.softmax"] == pytest.approx(entropy.mean(), rel=5e-3)
    assert numbers["run.looks_at.softmax"] == pytest.approx(np.exp(entropy).mean(), rel=5e-3)
    assert numbers["run.tokens"] == numbers["run.patches"] * 8
