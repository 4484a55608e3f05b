"""Every command of the documentation runs, in the order of its page, in a folder of the page's own."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from fixviz.cli import _COMMANDS
from tests.documentation import (
    COMMAND,
    ROOT,
    RUN,
    SHOWN,
    Block,
    Sandbox,
    blocks_of,
    escaped,
    pages,
    same_output,
)

BLOCKS = {page: blocks_of(page) for page in pages()}
PAGES = [page for page, blocks in BLOCKS.items() if any(b.language in RUN for b in blocks)]
NOT_RUN = 22
"""How many blocks cannot run here. Each says why."""


def _named(text: str) -> set[str]:
    """The commands of fixviz in a text."""
    return set(re.findall(r"\bfixviz ([a-z][a-z-]+)\b", text))


def _runs(block: Block) -> bool:
    return block.language in RUN and "not run" not in block.notes


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("documentation") / "home"


@pytest.fixture(scope="module")
def analyzed(home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The handle of a run of clip.mp4."""
    sandbox = Sandbox(tmp_path_factory.mktemp("analyzed"), home, "")
    sandbox.fill([])
    sandbox.sh(Block(ROOT / "README.md", 0, "sh", "fixviz analyze clip.mp4 --out results", {}))
    return sandbox.run


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_run(
    page: Path,
    home: Path,
    analyzed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox = Sandbox(tmp_path, home, analyzed)
    sandbox.fill(BLOCKS[page])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIXVIZ_HOME", str(home))
    printed = ""
    for block in BLOCKS[page]:
        if "output" in block.notes:
            assert same_output(block.text, printed), f"{block.place}: {printed}"
        elif not _runs(block):
            continue
        elif block.language == "python":
            exec(compile(block.text, block.place, "exec"), sandbox.names)
            printed = capsys.readouterr().out
        elif "serves" in block.notes:
            sandbox.serve(block)
        else:
            printed = sandbox.sh(block)


def test_every_command_runs_somewhere() -> None:
    run = "\n".join(b.text for blocks in BLOCKS.values() for b in blocks if _runs(b))
    assert set(_COMMANDS) <= _named(run)


def test_blocks_that_do_not_run_say_why_and_are_counted() -> None:
    found = [block for blocks in BLOCKS.values() for block in blocks if "not run" in block.notes]
    assert [b.place for b in found if len(b.notes["not run"].split()) < 2] == []
    assert len(found) == NOT_RUN, [f"{b.place}: {b.notes['not run']}" for b in found]


def test_every_block_says_its_language() -> None:
    """A command in a block without a language, or in an indented one, would not run."""
    blocks = [block for blocks in BLOCKS.values() for block in blocks]
    assert {b.place: b.language for b in blocks if b.language not in (*RUN, *SHOWN)} == {}
    # The line of use in the reference has the word [OPTIONS].
    shown = [b for b in blocks if b.language in SHOWN and "[OPTIONS]" not in b.text]
    assert [b.place for b in shown if re.search(rf"^\s*{COMMAND}", b.text, re.M)] == []
    assert {page: lines for page in BLOCKS if (lines := escaped(page.read_text("utf-8")))} == {}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("~~~sh\nfixviz app\n~~~", "~~~sh"),
        ("````sh\nfixviz app\n````", "````sh"),
        ("> ```sh\n> fixviz app\n> ```", "> ```sh"),
        ("- ```sh\n  fixviz app\n  ```", "- ```sh"),
        ("```sh title='a'\nfixviz app\n```", "```sh title='a'"),
        ("```\nfixviz app\n```", "```"),
        ("```sh\nfixviz app\n", "```sh"),
        ("<pre>fixviz app</pre>", "<pre>fixviz app</pre>"),
        ("text\n\n    A=1 fixviz app\n", "    A=1 fixviz app"),
        ("text\n\n\tmake app\n", "\tmake app"),
    ],
)
def test_code_that_would_not_run_is_found(text: str, line: str) -> None:
    assert escaped(text)[0] == line
    assert escaped("```sh\nfixviz app\n```\n\n1. step\n\n    ```python\n    a\n    ```\n") == []


def test_notes_are_known() -> None:
    known = {"not run", "shorter", "serves", "output"}
    for blocks in BLOCKS.values():
        for block in blocks:
            assert set(block.notes) <= known | {n for n in block.notes if "generated" in n}


@pytest.mark.parametrize("page", BLOCKS, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_a_sentence_exist_with_their_options(page: Path) -> None:
    prose = re.sub(r"^( *)```.*?^\1```", "", page.read_text("utf-8"), flags=re.M | re.S)
    for code in re.findall(r"`([^`]+)`", prose):
        found = re.search(r"(?:^|\s)fixviz ([a-z][a-z-]+)((?:\s.*)?)$", code, re.S)
        if found is None:
            continue
        assert found[1] in _COMMANDS, code
        params = importlib.import_module(_COMMANDS[found[1]][0]).command.params
        options = {name for p in params for name in (*p.opts, *p.secondary_opts)}
        used = set(re.findall(r"(?<!\S)--[a-z-]+", found[2]))
        assert used <= options | {"--help"}, code


def test_output_may_differ_in_its_last_digits_only() -> None:
    assert same_output("[3, 8] collide 0.94", "[3, 8]  collide 0.93\n")
    assert not same_output("collide 0.94", "collide 0.84")
    assert not same_output("collide 0.94", "turn 0.94")
    assert not same_output("0.94", "0.94 0.94")


def test_blocks_are_read_with_their_notes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "text\n<!-- shorter: --clips 2 -->\n```sh\nfixviz evaluate  # slow\n\nfixviz train\n```\n"
        "<!-- not run: no -->\nbut\n\n1. step\n\n    ```python\n    if a:\n        b\n    ```\n"
    )
    first, second = blocks_of(page)
    assert (first.language, first.line, first.notes) == ("sh", 3, {"shorter": "--clips 2"})
    assert (second.language, second.text, second.notes) == ("python", "if a:\n    b", {})
    command = Sandbox(tmp_path, tmp_path, "-x")._command(first)
    assert command == "fixviz evaluate --clips 2  # slow\n\nfixviz train --clips 2"
