"""The file of a run: nothing outside of it, nothing of a hostile name in it, and all that a reader needs."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from fixviz.browser_files import BROWSER_FILES, browser_names
from fixviz.cli import main
from fixviz.course import shipped
from fixviz.errors import OptionError
from fixviz.model.config import resolve_checkpoint
from fixviz.own_models.registry import Origin, OwnModels
from fixviz.reading.browser_networks import folders, for_browser
from fixviz.settings import Settings
from fixviz.single_file import run_parts as parts_module
from fixviz.single_file.build import LEFT_OUT, build_file
from fixviz.single_file.run_parts import run_parts, view_in
from fixviz.store import Store
from tests.ui.synthetic import synthetic_run

ROOT = Path(__file__).parents[2]
HOSTILE = """</script><img src=x onerror=alert(1)><!-- "'&.mp4"""


class Page(HTMLParser):
    """The elements of a page, and the texts of those with an id."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._stack: list[str | None] = []
        self.visible = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag not in ("meta", "link", "img"):
            self._stack.append(found.get("id") if tag == "script" else tag)

    def handle_endtag(self, tag: str) -> None:
        if self._stack:
            self._stack.pop()

    def handle_data(self, data: str) -> None:
        name = self._stack[-1] if self._stack else None
        if name == "data" or (name or "").startswith("artifact-"):
            self.texts[str(name)] = self.texts.get(str(name), "") + data
        elif name is not None and name not in ("style", "script"):
            self.visible += data


@pytest.fixture(scope="module")
def whole() -> str:
    """The file of the run that comes with fixviz."""
    store = shipped.run().store
    return build_file(store, shipped.HANDLE, folders(Settings())).decode()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    yield Store(Settings(home=tmp_path / "home"))


@pytest.fixture
def handle(store: Store) -> str:
    return store.publish("a" * 64, *synthetic_run(), owner="test", name="my clip (1).mp4")


def test_nothing_lies_outside_of_the_file(whole: str) -> None:
    page = Page(whole)
    for tag, attributes in page.tags:
        assert tag not in ("iframe", "object", "embed", "form", "base", "a")
        for name in ("src", "href", "action", "srcset", "data"):
            assert (attributes.get(name) or "data:,").startswith("data:"), (tag, attributes)
        assert not any(name.startswith("on") for name in attributes)
    styles = "".join(
        text
        for name, text in json.loads(page.texts["data"])["files"].items()
        if name.endswith(".css")
    )
    assert "url(" not in styles
    assert "@import" not in styles


def test_the_policy_allows_this_script_alone_and_no_request(whole: str) -> None:
    policy = next(
        a["content"]
        for tag, a in Page(whole).tags
        if a.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in str(policy).split(";"))
    assert rules["default-src"] == "'none'"
    assert "connect-src" not in rules
    assert "'unsafe-inline'" not in rules["script-src"]
    scripts = re.findall(r"<script>(.*?)</script>", whole, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in rules["script-src"]
    assert "https:" not in policy and "http:" not in policy and "*" not in policy


def test_all_that_the_manifest_names_is_in_the_file_once(whole: str) -> None:
    page = Page(whole)
    manifest = json.loads(page.texts["data"])["manifest"]
    entries = [*manifest["arrays"].values(), *manifest["files"].values()]
    entries += [model["network"]["weights"] for model in manifest["models"]]
    assert {f"artifact-{entry['sha']}" for entry in entries} == set(page.texts) - {"data"}
    for name, text in page.texts.items():
        if name != "data":
            data = base64.b64decode(text, validate=True)
            assert hashlib.sha256(data).hexdigest() == name.removeprefix("artifact-")
    ids = [a["id"] for tag, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_the_shipped_run_stays_small_and_without_its_handle(whole: str) -> None:
    assert len(whole) < 8e6
    assert shipped.HANDLE not in whole


@pytest.mark.parametrize("name", [HOSTILE, "plain.mp4"])
def test_a_hostile_name_stays_text(store: Store, name: str) -> None:
    manifest, arrays, files = synthetic_run()
    manifest = json.loads(json.dumps(manifest))
    manifest["models"][0]["title"] = f"Model {name}"
    manifest["models"][0]["note"] = name
    handle = store.publish("b" * 64, manifest, arrays, files, owner="test", name=name)
    source = build_file(store, handle, folders(Settings())).decode()
    page = Page(source)
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert "<img" not in re.sub(r"<script>.*?</script>", "", source, flags=re.DOTALL)
    data = json.loads(page.texts["data"])
    assert data["manifest"]["clip"]["name"] == name
    assert data["manifest"]["models"][0]["note"] == name
    assert name in page.visible


def test_what_is_left_out_is_said_in_the_file_and_in_the_help(
    store: Store, handle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["export", handle])
    told = capsys.readouterr()
    assert re.fullmatch(r"my-clip-1\.html \(\d+\.\d MB\)", told.out.strip())
    page = Page(Path("my-clip-1.html").read_text("utf-8"))
    for sentence in LEFT_OUT:
        assert sentence in page.visible
    # The models of the synthetic run have no checkpoints.
    models = json.loads(page.texts["data"])["manifest"]["models"]
    for model in models:
        assert "network" not in model
        assert model["network_missing"] in page.visible
        assert f"Left out: {model['title']}: {model['network_missing']}" in told.err
    main(["export", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for word in ("the video itself", "What if", "attributions", "2 million"):
        assert word in text


def test_a_file_that_is_there_is_replaced_only_when_asked(
    handle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("run.html").write_text("mine")
    with pytest.raises(SystemExit):
        main(["export", handle, "--out", "run.html"])
    assert "use --overwrite" in capsys.readouterr().err
    assert Path("run.html").read_text() == "mine"
    main(["export", handle, "--out", "run.html", "--overwrite"])
    assert Path("run.html").read_text("utf-8").startswith("<!DOCTYPE html>")


def test_a_part_of_the_models() -> None:
    run = shipped.run()
    parts = run_parts(run.store, shipped.HANDLE, folders(Settings()), ["fixation"])
    assert [model["name"] for model in parts.manifest["models"]] == ["fixation"]
    assert {name.split("/")[0] for name in parts.manifest["arrays"]} == {"fixation", "pixels"}
    whole = run_parts(run.store, shipped.HANDLE, folders(Settings()))
    assert set(parts.artifacts) < set(whole.artifacts)
    with pytest.raises(OptionError, match="no model 'x'; it has softmax, linear, fixation"):
        run_parts(run.store, shipped.HANDLE, folders(Settings()), ["x"])


def test_a_checkpoint_folder_stands_for_its_model(store: Store, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(resolve_checkpoint("linear"), moved)
    manifest = shipped.manifest()
    names, folder_of = parts_module.named_models(manifest, f"softmax,{moved}", folders(Settings()))
    assert names == ["softmax", "linear"]
    assert folder_of("linear") == moved
    other = resolve_checkpoint("fixation-alone")
    with pytest.raises(OptionError, match="none of this run's"):
        parts_module.named_models(manifest, str(other), folders(Settings()))
    with pytest.raises(OptionError, match="no model 'nowhere'"):
        parts_module.named_models(manifest, "nowhere", folders(Settings()))


def test_a_run_that_is_too_large_is_refused_with_what_would_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = shipped.run()
    frames = run.frames
    size = sum(e["bytes"] for k in ("arrays", "files") for e in run.manifest[k].values()) * 4 / 3
    monkeypatch.setattr(parts_module, "MOST_BYTES", size / 2)
    with pytest.raises(
        OptionError, match=rf"Analyze {frames // 16 * 8} frames instead of {frames}, or"
    ):
        run_parts(run.store, shipped.HANDLE, folders(Settings()))
    monkeypatch.setattr(parts_module, "MOST_BYTES", size / frames)
    with pytest.raises(OptionError, match="Smaller models or a smaller part of the picture"):
        run_parts(run.store, shipped.HANDLE, folders(Settings()))


def test_a_links_view_goes_into_the_file_but_not_its_run() -> None:
    link = "https://host/base/watch?run=abc&frame=9&show=row&query=1-2.3-4&present=1&embed=true"
    assert view_in(link) == {"frame": "9", "show": "row", "query": "1-2.3-4", "present": "1"}
    assert view_in("x" * 22) == {}


def own_run(name: str) -> dict[str, Any]:
    """The shipped run's manifest as if a model were an own checkpoint."""
    manifest = shipped.manifest()
    manifest["models"] = [model for model in manifest["models"] if model["name"] == "linear"]
    manifest["models"][0]["name"] = name
    return manifest


def test_weights_of_an_own_checkpoint_go_to_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    own = OwnModels(settings)
    staged = own.staging()
    shutil.copytree(resolve_checkpoint("linear"), staged, dirs_exist_ok=True)
    name = own.keep(staged, Origin("me", 0.0, "a.pth", "0" * 64, "a file", 1.0))
    for owner in ("me", None):
        assert for_browser(own_run(name), folders(settings, owner)).left_out == []
    found = for_browser(own_run(name), folders(settings, "you"))
    assert found.artifacts == {}
    assert "Only its owner may pass on this model's weights" in found.left_out[0]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"checkpoint_sha256": "0" * 64}, "not at hand any more"),
        ({"config": {"dim": 1024, "depth": 24, "heads": 16}}, "too large to run in a browser"),
        ({"config": {"image_size": 224}}, "without the pixels it read"),
        ({"config": {"unheard": 1}}, "An earlier version"),
    ],
)
def test_why_a_network_is_left_out(changes: dict[str, Any], reason: str) -> None:
    manifest = own_run("linear")
    model = manifest["models"][0]
    config = {**model["config"], **changes.pop("config", {})}
    manifest["models"] = [{**model, "config": config, **changes}]
    found = for_browser(manifest, folders(Settings()))
    assert reason in found.left_out[0]
    assert "rollout" in found.left_out[0]
    assert found.artifacts == {}


def test_the_bundles_are_what_the_modules_make(tmp_path: Path) -> None:
    """`npm run bundle` writes them again."""
    esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
    if shutil.which("node") is None or not esbuild.exists():
        reason = "Node.js or esbuild is not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    command = json.loads((ROOT / "package.json").read_text())["scripts"]["bundle"].split()
    assert command[0] == "esbuild"
    assert command[-1] == "--outdir=fixviz/browser/bundle"
    subprocess.run(
        [esbuild, *command[1:-1], f"--outdir={tmp_path}"], cwd=ROOT, check=True, capture_output=True
    )
    kept = {p.name: p.read_text("utf-8") for p in (BROWSER_FILES / "bundle").iterdir()}
    made = {p.name: p.read_text("utf-8") for p in tmp_path.iterdir()}
    assert kept.keys() == made.keys()
    stale = [name for name in made if kept[name] != made[name]]
    assert not stale, f"npm run bundle makes {stale} again"


def test_bundles_are_no_modules_of_the_app() -> None:
    assert not [name for name in browser_names() if name.startswith("bundle/")]
