"""The Models page: what was measured, one's own checkpoints, and what they run on."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fixviz import resources
from fixviz.engine import DeviceReport
from fixviz.model.checkpoints import save_checkpoint
from fixviz.model.config import (
    ModelConfig,
    checkpoint_names,
    checkpoint_sha256,
    read_config,
    resolve_checkpoint,
)
from fixviz.model.transformer import VideoTransformer
from fixviz.own_models.registry import Origin, OwnModels
from fixviz.reading.model_facts import amount, size, training
from fixviz.settings import Settings
from fixviz.train.recipe import MAIN_MODELS, recipe
from fixviz.ui.models import measured
from fixviz.ui.models.card import headings_below
from fixviz.ui.models.device import resident, sentence
from fixviz.ui.text import plain
from tests.ui.page import open_page, page_path

OWNER = "o" * 22
SHIPPED = ["Shipped with fixviz", "The parts, one by one", "Trained on cue clips"]


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a kept checkpoint of one's own."""
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path))
    models = OwnModels(Settings(home=tmp_path))
    folder = models.staging()
    config = ModelConfig(dim=16, depth=1, heads=2, num_classes=2, class_names=("a_b", "*c*"))
    card = "# Loud ![x](https://example.com/x.png)\n"
    save_checkpoint(tmp_path / "made", VideoTransformer(config), title="Own [one]", card=card)
    shutil.copytree(tmp_path / "made", folder, dirs_exist_ok=True)
    origin = Origin(OWNER, time.time(), "mine.zip", "5" * 64, "a fixviz checkpoint", 0.25)
    return models.keep(folder, origin)


def test_ones_own_checkpoint_has_a_card_and_is_offered_before_a_run(mine: str) -> None:
    at = open_page("manage/models", owner=OWNER)
    assert [header.value for header in at.header] == ["Your own", *SHIPPED]
    assert at.subheader[0].value == r"Own \[one\]"
    text = " ".join(str(m.value) for m in at.markdown)
    assert "mine.zip" in text and "250 ms" in text and r"a_b · \*c\*" in text
    assert "https://example.com" not in text, "its card is shown as plain text"
    assert "Beside the other models\n\nPreset standard" in text, "a card's comments are left out"
    assert "![x](https://example.com/x.png)" in at.text[0].value
    assert at.button(key=f"delete-{mine}")
    at.switch_page(page_path("inspect/watch")).run()
    assert "Own [one]" in at.multiselect(key="models").options


def test_a_title_that_no_encoding_can_write_is_shown_without_it_and_deleted(
    mine: str, tmp_path: Path
) -> None:
    """A checkpoint with such a title may have been kept by an earlier version."""
    folder = tmp_path / "models" / mine
    values = json.loads((folder / "config.json").read_bytes())
    values |= {"title": "\ud800x", "note": "\ud800"}
    values["training"] = {"recipe": {"sizes": [[-5, 9], "x", [10**9] * 2, {}]}}
    (folder / "config.json").write_text(json.dumps(values))
    (folder / "card.md").write_bytes(b"caf\xe9")
    home = open_page("start", owner=OWNER)
    assert not home.exception
    at = open_page("manage/models", owner=OWNER)
    assert not at.exception
    assert at.subheader[0].value == "x"
    assert not at.button(key=f"delete-{mine}").click().run().exception
    OwnModels(Settings(home=tmp_path)).delete(mine, OWNER)
    assert not folder.exists()


def test_nobody_else_is_offered_it(mine: str) -> None:
    at = open_page("manage/models", owner="p" * 22)
    assert [s.value for s in at.subheader][: len(checkpoint_names())]
    assert [header.value for header in at.header] == SHIPPED
    assert f"delete-{mine}" not in [button.key for button in at.button]
    at.switch_page(page_path("inspect/watch")).run()
    assert "Own [one]" not in at.multiselect(key="models").options


def test_headings_of_a_card_stand_below_the_heading_of_its_model() -> None:
    text = "# Title\n#tag\n\nLimits\n---\n### Deep\n```\n# code\n```\n| a |\n| --- |\nMore\n===\n"
    below = (
        "#### Title\n#tag\n\n##### Limits\n###### Deep\n```\n# code\n```\n| a |\n| --- |\n#### More"
    )
    assert headings_below(text, 3) == below


def test_measured_figures_are_those_of_the_results_file() -> None:
    entries = json.loads(resources.results().read_text())["entries"]
    shown = 0
    for name in checkpoint_names():
        sha = checkpoint_sha256(resources.checkpoints() / name)
        rows = {row["preset"]: row for row in measured.rows(measured.entries_of(name, sha))}
        for entry in entries:
            own_size = entry["height"] == entry["width"] == entry["image_size"]
            if (entry["checkpoint"], entry["sha256"], own_size) != (name, sha, True):
                continue
            shown += 1
            row = rows[entry["preset"]]
            assert row["right"].startswith(f"{100 * entry['accuracy']:.1f} % (")
            assert row["concentration"] == f"{entry['layers'][-1]['concentration']:.3f}"
            last = entry["layers"][-1]
            assert row["mass on target"] == f"{last['mass']:.3f} (even: {last['area']:.3f})"
            assert set(row) == {"preset", *measured.COLUMNS}
        assert measured.entries_of(name, "0" * 64) == [], "never those of other weights"
    assert shown == sum(len(measured.rows([e])) for e in _shipped(entries))


def _shipped(entries: list[dict]) -> list[dict]:
    hashes = {n: checkpoint_sha256(resources.checkpoints() / n) for n in checkpoint_names()}
    return [
        e
        for e in entries
        if hashes.get(e["checkpoint"]) == e["sha256"]
        and e["height"] == e["width"] == e["image_size"]
    ]


def test_a_set_for_finer_maps_has_a_place_of_its_own_and_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIXVIZ_HOME", str(tmp_path / "home"))
    folder = tmp_path / "checkpoints"
    shutil.copytree(resources.checkpoints(), folder)
    base = recipe("base")
    for name in MAIN_MODELS:
        # Untrained, and of one layer, so that nothing takes long.
        config = replace(base.config(name), dim=16, heads=2, depth=1)
        title, extra = base.title(name), {"training": {"recipe": base.to_dict(), "steps_done": 7}}
        target = folder / base.checkpoint_name(name)
        save_checkpoint(target, VideoTransformer(config), title=title, card="", extra=extra)
    monkeypatch.setattr(resources, "checkpoints", lambda: folder)
    at = open_page("manage/models")
    assert [header.value for header in at.header] == [SHIPPED[0], "For finer maps", *SHIPPED[1:]]
    titles = [subheader.value for subheader in at.subheader]
    assert titles[3:6] == [plain(base.title(name)) for name in MAIN_MODELS]
    text = " ".join(str(m.value) for m in at.markdown)
    assert "7 steps of 64 standard clips, recipe base, seed 0" in text
    assert "**Frame sizes in training:** 64, 96, 112 and 160 px" in text
    at.switch_page(page_path("inspect/watch")).run()
    models = at.multiselect(key="models")
    assert base.title("fixation") in models.options
    assert models.value == list(MAIN_MODELS), "the small ones stay the first choice"


def test_a_card_says_how_long_its_model_was_trained() -> None:
    shipped = read_config(resolve_checkpoint("cue-linear"))
    assert training(shipped) == "3,000 steps of 16 cue clips, recipe small, seed 0"
    extra = dict(shipped.extra["training"])
    extra["recipe"] = {**extra["recipe"], "preset": "standard,filmed"}
    mixed = training(replace(shipped, extra={"training": extra}))
    assert mixed == "3,000 steps of 16 standard and filmed clips, recipe small, seed 0"
    assert training(replace(shipped, extra={})) is None
    at = open_page("manage/models")
    text = " ".join(str(m.value) for m in at.markdown)
    assert text.count("**Training:**") == len(checkpoint_names())


def test_device_and_memory_in_words() -> None:
    report = DeviceReport("cuda:0", "NVIDIA X", "cuda:0", ("cpu",), memory_bytes=80 * 10**9)
    assert sentence(report) == "Analyses run on NVIDIA X, with 80 GB of memory."
    assert resident(None) is None
    assert resident(os.getpid()) is None, "not a worker of this process"
    assert [amount(n) for n in (512, 490_334, 3_600_000, 586 * 10**6, 25 * 10**9)] == [
        *("1 kB", "490 kB", "3.6 MB", "586 MB", "25 GB")
    ]


def test_size_counts_every_weight(tmp_path: Path) -> None:
    model = VideoTransformer(ModelConfig(dim=16, depth=1, heads=2))
    save_checkpoint(tmp_path / "x", model, title="x", card="", dtype=torch.float16)
    found = size(tmp_path / "x")
    assert found.parameters == sum(p.numel() for p in model.parameters())
    assert found.memory_bytes == 4 * found.parameters
    assert found.file_bytes == (tmp_path / "x" / "model.safetensors").stat().st_size
