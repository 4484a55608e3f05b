"""The command line from outside: exit codes, one clear sentence, nothing half-written."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from fixviz.analysis.kinds import KINDS
from fixviz.cli import main
from fixviz.cli.app import command
from fixviz.cli.derive import command as derive
from fixviz.errors import OptionError
from fixviz.media.encode import encode_mp4
from fixviz.model.checkpoints import load_model, save_checkpoint
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer
from fixviz.reading.exports.archive import export_zip
from fixviz.reading.exports.run_folder import export_run
from fixviz.settings import Settings
from fixviz.store import Store
from fixviz.train.command import command as train_command
from tests.ui.synthetic import synthetic_run

GOLDEN = Path(__file__).parents[1] / "golden" / "softmax.safetensors"
METRICS = [
    "entropy",
    "normalized_entropy",
    "concentration",
    "effective_support",
    "top10_mass",
    "gini",
]


def fixviz(*args: object, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fixviz", *map(str, args)],
        env={**os.environ, "FIXVIZ_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def workplace(tmp_path_factory) -> Path:
    """A two-second video and two tiny checkpoints."""
    folder = tmp_path_factory.mktemp("workplace")
    pixels = np.random.default_rng(0).integers(0, 256, (20, 46, 74, 3), dtype=np.uint8)
    encode_mp4(folder / "noise.mp4", pixels, 10)
    for name, changes in (
        ("plain", {}),
        ("fixed", {"fixation": "cooperative", "spatial_shift": True, "temporal_shift": True}),
    ):
        torch.manual_seed(0)
        model = VideoTransformer(ModelConfig(dim=32, depth=2, frames=3, image_size=23, **changes))
        save_checkpoint(folder / name, model, title=name.title(), card="")
    return folder


@pytest.fixture(scope="module")
def analyzed(workplace: Path) -> Path:
    out = workplace / "out"
    models = f"{workplace / 'plain'},{workplace / 'fixed'}"
    done = fixviz(
        *("analyze", workplace / "noise.mp4", "--out", out, "--models", models),
        *("--frames", 7, "--start", 0.5),
        home=workplace / "home",
    )
    assert done.returncode == 0, done.stderr
    (workplace / "said.txt").write_text(done.stdout)
    return out


def test_analyze_writes_manifest_metrics_and_a_video_per_model(analyzed: Path) -> None:
    assert sorted(p.name for p in analyzed.iterdir()) == [
        *("concentration_histogram.csv", "fixation.csv", "leave_one_out.csv", "lorenz.csv"),
        *("manifest.json", "metrics.csv", "metrics.json", "overlay-fixed.mp4"),
        *("overlay-plain.mp4", "ratio_parts.csv"),
    ]
    manifest = json.loads((analyzed / "manifest.json").read_text())
    assert manifest["sampling"]["frames"] == 7
    assert manifest["frames"]["timestamp_s"][0] == pytest.approx(0.5)


def test_metrics_have_one_row_per_model_layer_axis_head_and_frame(analyzed: Path) -> None:
    with (analyzed / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    place = ["model", "layer", "axis", "head", "frame", "timestamp_s"]
    assert list(rows[0]) == [*place, *METRICS, "motion_agreement", "attended_motion"]
    assert len(rows) == 2 * 2 * 2 * 4 * 7
    assert {r["model"] for r in rows} == {"plain", "fixed"}
    for row in rows:
        total = float(row["normalized_entropy"]) + float(row["concentration"])
        assert total == pytest.approx(1, abs=1e-4)


def test_fixation_tables_hold_the_model_with_fixation_only(analyzed: Path) -> None:
    with (analyzed / "fixation.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {r["model"] for r in rows} == {"fixed"}
    assert len(rows) == 2 * 2 * 4 * 7
    assert all(0 < float(r["ratio_query"]) < 1 for r in rows)
    assert {"concentration_ratios_1", "concentration_ratios_shuffled"} <= set(rows[0])
    with (analyzed / "ratio_parts.csv").open() as file:
        parts = list(csv.DictReader(file))
    assert {p["part"] for p in parts if p["axis"] == "spatial"} == {
        *("constant", "query", "own", "next frame", "previous frame")
    }
    assert all(float(p["logit_absolute"]) >= abs(float(p["logit"])) - 1e-6 for p in parts)


@pytest.mark.slow
def test_derive_writes_what_a_page_would_compute(workplace: Path, analyzed: Path) -> None:
    home = workplace / "home"
    run = json.loads((analyzed / "manifest.json").read_text())
    handle = next(iter(Store(Settings(home=home)).list("command line"))).handle
    args = ("derive", handle, "logit_parts", "--out", workplace / "derived")
    place = ("--set", "axis=spatial", "--set", "layer=1", "--set", "frame=3")
    done = fixviz(*args, "--model", workplace / "fixed", *place, home=home)
    assert done.returncode == 0, done.stderr
    described = json.loads((workplace / "derived" / "description.json").read_text())
    grid = run["models"][1]["grid"]
    with np.load(workplace / "derived" / "arrays.npz") as arrays:
        parts = arrays["parts/query"]
        assert parts.shape[:2] == (grid["rows"], grid["columns"])
        np.testing.assert_allclose(parts.sum(-1), arrays["logit/query"], atol=1e-4)
    assert described["rebuild_error"] < 1e-5
    elsewhere = ("--out", workplace / "wrong", "--model", workplace / "fixed")
    wrong = fixviz(*args[:3], *elsewhere, "--set", "axis=spatial", home=home)
    assert wrong.returncode == 2
    assert "layer" in wrong.stderr
    unknown = fixviz(*args, "--model", "sofmax", *place, home=home)
    assert "it has plain, fixed" in unknown.stderr


@pytest.mark.slow
def test_derive_explains_the_class_that_all_models_share(workplace: Path, analyzed: Path) -> None:
    run = json.loads((analyzed / "manifest.json").read_text())
    shared = int(np.mean([model["probabilities"][1] for model in run["models"]], 0).argmax())
    handle = next(iter(Store(Settings(home=workplace / "home")).list("command line"))).handle
    for name in ("plain", "fixed"):
        out = workplace / f"explained-{name}"
        done = fixviz(
            *("derive", handle, "attribution", "--model", workplace / name, "--out", out),
            *("--set", "method=integrated_gradients", "--set", "window=1"),
            home=workplace / "home",
        )
        assert done.returncode == 0, done.stderr
        assert "the class with the highest mean probability over the run's models" in done.stdout
        about = json.loads((out / "description.json").read_text())
        assert about["target"]["index"] == shared
        assert not about["target"]["predicted"]
        assert about["relative_delta"][0] < 0.05 or "Not converged" in done.stderr
        assert about["steps"][0] >= 32
        with np.load(out / "arrays.npz") as arrays:
            assert [arrays[name].dtype for name in arrays.files] == [np.float32]


def test_derive_lists_every_kind_with_a_line_each() -> None:
    done = CliRunner().invoke(derive, ["--help"], terminal_width=100)
    assert done.exit_code == 0
    kinds = done.output.split("Kinds:\n")[1].strip().splitlines()
    assert len(kinds) == len(KINDS)
    for line, (name, kind) in zip(kinds, KINDS.items(), strict=True):
        assert line.split(maxsplit=1) == [name, kind.about]


def test_analyze_names_the_run_that_report_takes(analyzed: Path, workplace: Path) -> None:
    *files, last = (workplace / "said.txt").read_text().splitlines()
    assert {Path(line) for line in files} == set(analyzed.iterdir())
    target = workplace / "report.html"
    handle = last.removeprefix("Run: ")
    done = fixviz("report", handle, "--out", target, home=workplace / "home")
    assert done.returncode == 0, done.stderr
    assert "Attention on noise.mp4" in target.read_text("utf-8")


def test_overlay_videos_have_one_picture_a_frame(analyzed: Path) -> None:
    import av

    with av.open(str(analyzed / "overlay-fixed.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 7


@pytest.mark.slow
@pytest.mark.parametrize(
    ("video", "options", "message"),
    [
        ("missing.mp4", (), "missing.mp4"),
        ("empty.mp4", (), "empty"),
        ("text.mp4", (), "text.mp4"),
        ("noise.mp4", ("--models", "sofmax"), "no model 'sofmax'"),
        ("noise.mp4", ("--models", "broken"), "model.safetensors"),
        ("noise.mp4", ("--frames", "0"), "frames"),
        ("noise.mp4", ("--start", "9"), "9"),
        ("noise.mp4", ("--end", "0"), "end"),
        ("noise.mp4", ("--device", "abacus"), "abacus"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    workplace: Path, tmp_path: Path, video: str, options: tuple[str, ...], message: str
) -> None:
    (workplace / "empty.mp4").write_bytes(b"")
    (workplace / "text.mp4").write_text("not a video " * 100)
    broken = workplace / "broken"
    broken.mkdir(exist_ok=True)
    (broken / "config.json").write_bytes((workplace / "plain" / "config.json").read_bytes())
    (broken / "model.safetensors").write_bytes(b"damaged")
    options = tuple(str(broken) if o == "broken" else o for o in options)
    if "--models" not in options:
        options = (*options, "--models", str(workplace / "plain"))
    done = fixviz(
        "analyze", workplace / video, "--out", tmp_path / "out", *options, home=tmp_path / "home"
    )
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_an_output_folder_that_cannot_be_written_leaves_nothing(workplace: Path, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    done = fixviz(
        *("analyze", workplace / "noise.mp4", "--out", tmp_path / "file" / "out"),
        *("--models", workplace / "plain"),
        home=workplace / "home",
    )
    assert done.returncode == 2
    assert "could not be written" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file"]


def refused(capsys: pytest.CaptureFixture[str], *args: object) -> str:
    """What a command says that ends with exit code 2; run in this process, which has torch loaded."""
    with pytest.raises(SystemExit) as ended:
        main([str(arg) for arg in args])
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_import_official_writes_a_checkpoint_that_computes_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tensors = load_file(GOLDEN)
    state = {k.removeprefix("weight."): v for k, v in tensors.items() if k.startswith("weight.")}
    torch.save({"model_state": state}, tmp_path / "official.pth")
    fields = {"attention": "softmax", "heads": 4, "stride": 14, "image_size": 56}
    fields |= {"spatial_shift": False, "temporal_shift": False}
    (tmp_path / "fields.json").write_text(json.dumps(fields))
    args = ("import-official", tmp_path / "official.pth", "--out", tmp_path / "converted")
    assert "does not say attention" in refused(capsys, *args)
    done = fixviz(*args, "--config", tmp_path / "fields.json", home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    with torch.inference_mode():
        logits = load_model(tmp_path / "converted", "cpu")(tensors["input"])
    assert (logits - tensors["logits"]).abs().max() < 1e-5
    again = (*args, "--config", tmp_path / "fields.json")
    assert "exists already" in refused(capsys, *again)
    (tmp_path / "converted" / "notes.txt").write_text("mine")
    main([*map(str, again), "--overwrite"])
    assert (tmp_path / "converted" / "notes.txt").read_text() == "mine"


@pytest.fixture(scope="module")
def two_runs(workplace: Path) -> tuple[Path, str, str]:
    """A folder of one's own, and two stored runs of other models."""
    store = Store(Settings(home=workplace / "two"))
    first = store.publish("a" * 64, *synthetic_run(), owner="command line", name="first.mp4")
    manifest, arrays, files = synthetic_run()
    manifest["models"] = manifest["models"][:2]
    second = store.publish("b" * 64, manifest, arrays, files, owner="command line", name="two.mp4")
    return workplace / "two", first, second


def test_analyze_leaves_a_folder_with_another_run_alone(workplace: Path, analyzed: Path) -> None:
    before = {path.name: path.read_bytes() for path in analyzed.iterdir()}
    common = ("analyze", workplace / "noise.mp4", "--out", analyzed, "--start", 0.5)
    home = workplace / "home"
    both = ("--models", f"{workplace / 'plain'},{workplace / 'fixed'}")
    other = fixviz(*common, *both, "--frames", 6, home=home)
    assert other.returncode == 2
    assert other.stderr.count("\n") == 1
    assert "another run" in other.stderr
    assert "--overwrite" in other.stderr
    assert {path.name: path.read_bytes() for path in analyzed.iterdir()} == before
    same = fixviz(*common, *both, "--frames", 7, home=home)
    assert same.returncode == 0, same.stderr
    assert {path.name for path in analyzed.iterdir()} == set(before)


def test_overwrite_leaves_nothing_of_the_older_run_and_all_that_is_not_fixvizs(
    two_runs: tuple[Path, str, str], tmp_path: Path
) -> None:
    home, first, second = two_runs
    store, out = Store(Settings(home=home)), tmp_path / "out"
    export_zip(store, first, tmp_path / "run.zip", "First")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        archive.extractall(out)
    (out / "notes.txt").write_text("mine")
    (out / "overlay-mine.mp4").write_bytes(b"mine")
    (out / "description.json").write_text('{"derived": "rollout/fixation/{}"}')
    (out / "arrays.npz").write_bytes(b"old")
    with pytest.raises(OptionError, match="another run"):
        export_run(store, second, out)
    assert "overlay-fixation.mp4" in {path.name for path in out.iterdir()}
    export_run(store, second, out, overwrite=True)
    export_run(store, second, out)
    assert sorted(path.name for path in out.iterdir()) == [
        *("manifest.json", "metrics.csv", "metrics.json", "notes.txt"),
        *("overlay-linear.mp4", "overlay-mine.mp4", "overlay-softmax.mp4"),
    ]
    assert json.loads((out / "manifest.json").read_text())["clip"]["name"] == "two.mp4"


def test_a_file_of_ones_own_is_not_replaced(
    two_runs: tuple[Path, str, str], tmp_path: Path
) -> None:
    home, first, _ = two_runs
    (tmp_path / "metrics.csv").write_text("my own table")
    with pytest.raises(OptionError, match=r"metrics\.csv"):
        export_run(Store(Settings(home=home)), first, tmp_path)
    assert (tmp_path / "metrics.csv").read_text() == "my own table"
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.csv"]


@pytest.mark.slow
def test_derive_leaves_other_results_alone(workplace: Path, analyzed: Path, tmp_path: Path) -> None:
    home = workplace / "home"
    runs = Store(Settings(home=home)).list("command line")
    handle = next(run.handle for run in runs if "fixed" in run.models)
    args = (
        "derive",
        handle,
        "logit_parts",
        "--model",
        workplace / "fixed",
        "--set",
        "axis=spatial",
    )
    out = ("--out", tmp_path / "parts")

    def place(frame: int) -> tuple[str, ...]:
        return ("--set", "layer=1", "--set", f"frame={frame}")

    assert fixviz(*args, *out, *place(3), home=home).returncode == 0
    before = (tmp_path / "parts" / "arrays.npz").read_bytes()
    other = fixviz(*args, *out, *place(4), home=home)
    assert other.returncode == 2
    assert other.stderr.count("\n") == 1
    assert "--overwrite" in other.stderr
    assert (tmp_path / "parts" / "arrays.npz").read_bytes() == before
    assert fixviz(*args, *out, *place(3), home=home).returncode == 0, "the same again"
    assert fixviz(*args, *out, *place(4), "--overwrite", home=home).returncode == 0
    described = json.loads((tmp_path / "parts" / "description.json").read_text())
    assert '"frame": 4' in described["derived"]
    into_run = fixviz(*args, "--out", analyzed, *place(3), home=home)
    assert into_run.returncode == 0, "beside the run that it is derived from"
    for name in ("description.json", "arrays.npz"):
        (analyzed / name).unlink()


def test_training_anew_leaves_a_checkpoint_of_that_name_alone(tmp_path: Path) -> None:
    (tmp_path / "out" / "softmax").mkdir(parents=True)
    (tmp_path / "out" / "softmax" / "config.json").write_text("{}")
    args = ["--state", str(tmp_path / "state"), "--out", str(tmp_path / "out"), "--steps", "1"]
    done = CliRunner().invoke(train_command, [*args, "--model", "softmax"])
    assert isinstance(done.exception, OptionError)
    assert "--overwrite" in str(done.exception)
    assert not (tmp_path / "state").exists()


def test_an_unknown_option_is_exit_code_2(tmp_path: Path) -> None:
    done = fixviz("analyze", "x.mp4", "--color", home=tmp_path)
    assert done.returncode == 2
    assert "--color" in done.stderr


def test_the_manifest_says_what_the_overlay_shows_and_where_its_scale_ends(analyzed: Path) -> None:
    overlay = json.loads((analyzed / "manifest.json").read_text())["overlay"]
    assert overlay["quantity"].startswith("attention received, by source, last layer")
    assert overlay["axis"] == {"plain": "spatial", "fixed": "spatial"}
    assert overlay["scale"][0] == 0
    assert overlay["scale"][1] > 1
    assert "percentile 99" in overlay["scale_end"]


@pytest.mark.parametrize("address", ["localhost", "0.0.0.0"])
def test_the_app_says_where_it_is_and_streamlit_says_nothing(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr("streamlit.web.cli.main", lambda **_: seen.append(list(sys.argv)))
    monkeypatch.setattr(sys, "argv", ["fixviz"])
    result = CliRunner().invoke(command, ["--port", "8601", "--address", address])
    assert result.output == "fixviz: http://localhost:8601\n"
    assert f"--server.address={address}" in seen[0]
    assert "--logger.hideWelcomeMessage=true" in seen[0], "nor offers its guides in the page"


@pytest.mark.parametrize(
    ("path", "base", "shown"),
    [
        ("/lab/fixviz", "lab/fixviz", "/lab/fixviz/"),
        ("lab/", "lab", "/lab/"),
        ("/", "", ""),
        ("/a-b/c_d.1~", "a-b/c_d.1~", "/a-b/c_d.1~/"),
    ],
)
def test_the_app_answers_under_a_base_path(
    monkeypatch: pytest.MonkeyPatch, path: str, base: str, shown: str
) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr("streamlit.web.cli.main", lambda **_: seen.append(list(sys.argv)))
    monkeypatch.setattr(sys, "argv", ["fixviz"])
    result = CliRunner().invoke(command, ["--base-path", path])
    assert result.output == f"fixviz: http://localhost:8501{shown}\n"
    assert f"--server.baseUrlPath={base}" in seen[0]


@pytest.mark.parametrize("path", ["/a//b", "/lab?x", "http://lab", "/a b", "/../lab", "/./", "/ä"])
def test_a_base_path_that_no_url_has_is_named(path: str) -> None:
    result = CliRunner().invoke(command, ["--base-path", path])
    assert result.exit_code == 2
    assert "is not a path such as /lab/fixviz" in " ".join(result.output.split())


@pytest.mark.parametrize(("options", "watcher"), [([], "none"), (["--reload"], "auto")])
def test_the_source_is_watched_only_for_who_develops(
    monkeypatch: pytest.MonkeyPatch, options: list[str], watcher: str
) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr("streamlit.web.cli.main", lambda **_: seen.append(list(sys.argv)))
    monkeypatch.setattr(sys, "argv", ["fixviz"])
    assert CliRunner().invoke(command, options).exit_code == 0
    assert f"--server.fileWatcherType={watcher}" in seen[0]
