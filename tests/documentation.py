"""The blocks of code in the documentation, and how a test runs them.

A comment before a block says what is special about it:

- `<!-- not run: WHY -->`: it cannot run here;
- `<!-- shorter: OPTIONS -->`: the test adds these options, since what stands there takes too long;
- `<!-- serves: URL -->`: the command serves until it is stopped; the test waits for an answer, on a free
  port, and stops it;
- `<!-- output -->`: the block shows what the one before it prints, numbers up to 5 %.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from tests.ports import free_port

ROOT = Path(__file__).parents[1]
RUN = ("sh", "python")
"""Languages of blocks that are run."""
SHOWN = ("text", "yaml", "json", "html", "nginx", "markdown", "csv", "toml")
"""Languages of blocks that are there to be read."""
_FENCE = re.compile(r"^( *)```(.*)$")
COMMAND = r"(?:\$ |(?:[A-Z_]+=\S* )*(?:fixviz|make|python3?|pip|git|source) )"
"""How a line begins that is a command to type."""
_COMMENT = re.compile(r"^ *<!-- (.+?) -->$")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass
class Block:
    """A fenced block: its language, its text, and the notes in the comments before it."""

    page: Path
    line: int
    language: str
    text: str
    notes: dict[str, str]

    @property
    def place(self) -> str:
        """Where it stands, such as "docs/how-to/report.md:12"."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Return the pages with commands for people to type."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks_of(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    found: list[Block] = []
    notes: dict[str, str] = {}
    lines = iter(enumerate(page.read_text("utf-8").splitlines(), 1))
    for number, line in lines:
        if fence := _FENCE.match(line):
            inner = []
            for _, text in lines:
                if text.strip() == "```":
                    break
                inner.append(text.removeprefix(fence[1]))
            found.append(Block(page, number, fence[2].strip(), "\n".join(inner), notes))
            notes = {}
        elif comment := _COMMENT.match(line):
            name, _, value = comment[1].partition(": ")
            notes[name] = value
        elif line.strip():
            notes = {}
    return found


def escaped(text: str) -> list[str]:
    """Return the lines with code that `blocks_of` does not read, so that it would not run."""
    found, inside = [], ""
    for line in text.splitlines():
        if inside:
            inside = "" if line.strip() == "```" else inside
        elif re.match(r"[\s>*+\d.)-]*(?:```|~~~)", line) and not re.match(r" *```[a-z]+$", line):
            found.append(line)
        elif _FENCE.match(line):
            inside = line
        elif re.search(r"<pre\b", line) or re.match(rf"(?: {{4}}|\t)\s*{COMMAND}", line):
            found.append(line)
    return [*found, inside] if inside else found


@dataclass
class Sandbox:
    """A folder in which the blocks of one page run, as in a fresh clone with a video `clip.mp4`."""

    folder: Path
    home: Path
    """FIXVIZ_HOME of all pages, so that the same analysis is made once."""
    run: str
    """The handle that stands for RUN: of the page's last analysis, at first one of clip.mp4."""
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "documentation"})
    """What the Python blocks so far have defined."""

    def fill(self, blocks: list[Block]) -> None:
        """Copy what the blocks name of the project, and a video."""
        text = "\n".join(block.text for block in blocks)
        for name in ("assets", "checkpoints", "docs"):
            if f"{name}/" in text or re.search(rf"\b{name}$", text, re.MULTILINE):
                shutil.copytree(ROOT / name, self.folder / name)
        shutil.copy(ROOT / "README.md", self.folder)
        shutil.copy(ROOT / "assets/samples/meet-and-part.mp4", self.folder / "clip.mp4")
        (self.folder / ".venv").symlink_to(sys.prefix)
        if "official.pth" in text:
            _write_official(self.folder)

    @property
    def environment(self) -> dict[str, str]:
        """The variables under which commands run."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "FIXVIZ_HOME": str(self.home), "PATH": path, "OMP_NUM_THREADS": "1"}

    def sh(self, block: Block) -> str:
        """Run a block of commands, and return what it prints. AssertionError if one fails."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self._command(block)],
            cwd=self.folder,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{block.place}: {done.stdout}{done.stderr}"
        if handle := re.search(r"^Run: (\S+)$", done.stdout, re.MULTILINE):
            self.run = handle[1]
        return done.stdout

    def _command(self, block: Block) -> str:
        text = re.sub(r"\bRUN\b", self.run, block.text)
        # What `make` starts would install fixviz again; here it says what it would do.
        text = re.sub(r"\bmake (?=[a-z])", f"make -C '{ROOT}' --dry-run --always-make ", text)
        if more := block.notes.get("shorter"):
            text = re.sub(r"^(\S.*?)(\s+#.*)?$", rf"\1 {more}\2", text, flags=re.MULTILINE)
        return text

    def serve(self, block: Block) -> None:
        """Start a server, wait until it answers, and stop it. AssertionError if it does not answer."""
        url = block.notes["serves"]
        usual, port = url.rpartition(":")[2].partition("/")[0], str(free_port())
        text = self._command(block)
        text = f"{text} --port {port}" if "fixviz app" in text else text.replace(usual, port)
        with subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                answered = _answers(url.replace(f":{usual}", f":{port}"), process)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGTERM)
            said = process.communicate()[0]
        assert answered, f"{block.place}: {said}"


def _write_official(folder: Path) -> None:
    """Write a small checkpoint as the paper's authors store them, and the fields that it does not say."""
    state = {
        name.removeprefix("weight."): tensor
        for name, tensor in load_file(ROOT / "tests/golden/softmax.safetensors").items()
        if name.startswith("weight.")
    }
    torch.save({"model_state": state}, folder / "official.pth")
    fields = {"attention": "softmax", "heads": 4, "stride": 14, "image_size": 56}
    fields |= {"spatial_shift": False, "temporal_shift": False}
    (folder / "fields.json").write_text(json.dumps(fields))


def _answers(url: str, process: subprocess.Popen[str]) -> bool:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return False
        except OSError:
            if process.poll() is not None:
                return False
            time.sleep(0.2)
    return False


def same_output(shown: str, printed: str) -> bool:
    """Whether two texts are equal but for spaces, and for numbers that differ by up to 5 %.

    Processors differ in the last digits, and what follows from them may differ more.
    """
    return _NUMBER.sub("#", " ".join(shown.split())) == _NUMBER.sub(
        "#", " ".join(printed.split())
    ) and all(
        abs(float(a) - float(b)) <= 0.05 * abs(float(a))
        for a, b in zip(_NUMBER.findall(shown), _NUMBER.findall(printed), strict=True)
    )
