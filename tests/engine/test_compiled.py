"""Blocks that run often are compiled in the background and used once they are ready; else all goes on."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import time
from pathlib import Path

import pytest
import torch

from fixviz.engine import compiled
from fixviz.engine.compiled import CompiledBlocks, use_compiled_blocks
from fixviz.model import inference
from fixviz.model.block_programs import BlockShape
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer
from fixviz.settings import Settings

CONFIG = ModelConfig(dim=16, depth=3, heads=2, frames=3, patch=6, stride=5, num_classes=5)
PATIENCE_S = 800.0
"""How long a test waits for a compiler on a machine that does much else."""


@pytest.fixture(autouse=True)
def _no_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "PROGRAMS", None)
    monkeypatch.setattr(compiled, "_said", set())


def network() -> VideoTransformer:
    torch.manual_seed(0)
    return VideoTransformer(CONFIG).eval().requires_grad_(False)


def pixels(count: int = 2, height: int = 11) -> torch.Tensor:
    return torch.randn(
        count, CONFIG.frames, 3, height, 16, generator=torch.Generator().manual_seed(1)
    )


def write_note(folder: Path, model: VideoTransformer, **fields: object) -> None:
    """Write what the compiling process would have written of the model's blocks on `pixels()`."""
    shape = BlockShape.of(model.blocks[0], model.embed(pixels()))
    folder.mkdir(exist_ok=True)
    found = {"used": False, "error": None, **fields}
    (folder / f"{shape.name}.json").write_text(json.dumps(found))


def wait_for_thread(programs: CompiledBlocks) -> None:
    end = time.monotonic() + PATIENCE_S
    while programs.busy:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not compiled.has_compiler(), reason="no C++ compiler is installed")
def test_a_block_is_compiled_while_it_runs_as_it_is_and_the_next_process_finds_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = network()
    right = model(pixels())
    # However fast it is: what is tested is not the machine.
    programs = CompiledBlocks(tmp_path / "compiled", often=5, least_gain=0.0, idle=False)
    monkeypatch.setattr(inference, "PROGRAMS", programs)
    assert torch.equal(model(pixels()), right), "six clips of blocks: asked for, and not there yet"
    wait_for_thread(programs)
    assert len(programs.ready) == 1, "three blocks that compute alike have one program"
    found = model(pixels())
    torch.testing.assert_close(found, right, rtol=1e-5, atol=1e-5)
    kept = sorted(path.suffix for path in (tmp_path / "compiled").iterdir())
    assert kept == ["", ".json", ".pt2"], (
        "the lock, the note and the program; no rest of a compiler"
    )
    again = CompiledBlocks(tmp_path / "compiled", often=1)
    monkeypatch.setattr(inference, "PROGRAMS", again)
    monkeypatch.setattr(compiled, "_compile", None)
    model(pixels())
    wait_for_thread(again)
    assert len(again.ready) == 1
    torch.testing.assert_close(model(pixels()[:1]), right[:1], rtol=1e-5, atol=1e-5)


def test_what_seldom_runs_is_not_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = CompiledBlocks(tmp_path / "compiled", often=100)
    monkeypatch.setattr(inference, "PROGRAMS", programs)
    network()(pixels())
    network()(pixels(height=16))
    assert not programs.busy and not (tmp_path / "compiled").exists()


def test_a_program_that_does_not_pay_is_not_used_and_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = network()
    write_note(tmp_path / "compiled", model, gain=1.01)
    programs = CompiledBlocks(tmp_path / "compiled", often=1)
    monkeypatch.setattr(inference, "PROGRAMS", programs)
    monkeypatch.setattr(compiled, "_compile", None)
    model(pixels())
    wait_for_thread(programs)
    assert programs.ready == {}


@pytest.mark.parametrize("damage", ["error", "program", "process"])
def test_whatever_fails_is_said_once_and_the_blocks_run_as_they_are(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model, folder = network(), tmp_path / "compiled"
    right = model(pixels())
    if damage == "error":
        write_note(folder, model, error="CppCompileError: no headers")
    elif damage == "program":
        write_note(folder, model, used=True)
        shape = BlockShape.of(model.blocks[0], model.embed(pixels()))
        (folder / f"{shape.name}.pt2").write_bytes(b"no program")
    else:
        monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with caplog.at_level(logging.WARNING, "fixviz"):
        for _ in range(2):
            programs = CompiledBlocks(folder, often=1, idle=False)
            monkeypatch.setattr(inference, "PROGRAMS", programs)
            model(pixels())
            wait_for_thread(programs)
            assert torch.equal(model(pixels()), right)
    said = [r.getMessage() for r in caplog.records if r.name == compiled.__name__]
    assert len(said) == 1 and "they run as they are" in said[0]


def test_nothing_is_compiled_unless_the_settings_say_so_and_a_compiler_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    use_compiled_blocks(Settings(home=tmp_path, compile="off"))
    assert inference.PROGRAMS is None
    monkeypatch.setenv("CXX", str(tmp_path / "no-compiler"))
    with caplog.at_level(logging.WARNING, "fixviz"):
        for _ in range(2):
            use_compiled_blocks(Settings(home=tmp_path, compile="auto"))
    assert inference.PROGRAMS is None
    assert [r.getMessage() for r in caplog.records if "no C++ compiler" in r.getMessage()]
    assert len(caplog.records) == 1
    monkeypatch.setenv("CXX", shutil.which("sh") or "")
    use_compiled_blocks(Settings(home=tmp_path, compile="auto"))
    assert isinstance(inference.PROGRAMS, CompiledBlocks)
