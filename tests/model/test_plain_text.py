"""YAML and JSON of a few bytes that describe much are refused in a moment, by what they are."""

from __future__ import annotations

import time
from typing import Any

import pytest

from fixviz.errors import CheckpointError
from fixviz.model.plain_text import check_tree, read_json, read_yaml


def laughs(levels: int, wide: int = 9) -> str:
    """A "billion laughs": each line repeats the line before it `wide` times."""
    lines = ["a0: &a0 [" + "x," * wide + "]"]
    lines += [f"a{k}: &a{k} [" + f"*a{k - 1}," * wide + "]" for k in range(1, levels)]
    return "\n".join(lines)


def merges(levels: int, wide: int = 30) -> str:
    """The same by merge keys, which the loader itself would write out."""
    keys = ", ".join(f"k{k}: 1" for k in range(wide))
    lines = [f"a0: &a0 {{{keys}}}"]
    lines += [f"a{k}: &a{k} {{<<: [{', '.join([f'*a{k - 1}'] * wide)}]}}" for k in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (laughs(10), "describes more than 100,000 values"),
        (merges(5), "describes more than 100,000 values"),
        ("a: &a [*a]", "refers to itself"),
        ("a: &a {b: {c: *a}}", "refers to itself"),
        ("[" * 100_000, "nests more than 50 levels deep"),
        ("{a: " * 60 + "1" + "}" * 60, "nests more than 50 levels deep"),
        ("\n".join("  " * k + "- " for k in range(300)), "nests more than 50 levels deep"),
        ("x: 1\n" * 4_000_000, "has 20,000,000 characters"),
        ("[" + "1," * 120_000 + "]", "describes more than 100,000 values"),
        ("a: 2001-99-99", "is not readable as YAML"),
        ("a: \ud800", "is not readable as YAML"),
        ("a: *nowhere", "is not readable as YAML"),
        ("a: " + "1" * 9000, "is not readable as YAML"),
        ("? [a, b]\n: c", "is not readable as YAML"),
        ("!!python/object/apply:os.getcwd []", "is not readable as YAML"),
    ],
    ids=range(15),
)
def test_a_bomb_is_one_sentence_at_once(text: str, message: str) -> None:
    started = time.process_time()
    with pytest.raises(CheckpointError, match=f"^cfg in x.pth {message}"):
        read_yaml(text, "cfg in x.pth")
    assert time.process_time() - started < 10


def test_aliases_that_repeat_little_are_read() -> None:
    assert read_yaml("a: &a [1, 2]\nb: *a\nc: &s x\nd: {e: *s, <<: &m {f: 3}}\n", "cfg") == {
        "a": [1, 2], "b": [1, 2], "c": "x", "d": {"e": "x", "f": 3}
    }  # fmt: skip
    assert len(read_yaml(laughs(4), "cfg")["a3"]) == 9


def test_values_that_python_has_built_are_held_against_the_same_limits() -> None:
    bomb: Any = ["x"] * 9
    for _ in range(9):
        bomb = [bomb] * 9
    loop: dict[str, Any] = {}
    loop["self"] = loop
    deep: Any = 1
    for _ in range(100_000):
        deep = (deep,)
    for value, message in (
        (bomb, "100,000 values"), (loop, "levels deep"), (deep, "levels deep"), ({"a": deep}, "levels deep")
    ):  # fmt: skip
        with pytest.raises(CheckpointError, match=message):
            check_tree(value, "cfg")
    check_tree({"a": [1, {2, 3}], "b": (None,)}, "cfg")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[" * 10**6, "nests more than 50 levels deep"),
        (b"[" * 60 + b"]" * 60, "nests more than 50 levels deep"),
        (b"[" + b"1," * 900_000 + b"1]", "describes more than 100,000 values"),
        (b" " * 2_000_001, "is larger than 2 MB"),
        (b"[1,\n 2 3]", "see line 2, column 4"),
    ],
    ids=range(5),
)
def test_json_has_the_same_limits(content: bytes, message: str) -> None:
    with pytest.raises(CheckpointError, match=f"^mine.json .*{message}"):
        read_json(content, "mine.json")
