"""A value that a field of the configuration cannot have is one sentence about it, in JSON's words."""

from __future__ import annotations

import json
import math
import re
from dataclasses import fields

import pytest

from fixviz.errors import CheckpointError, ConfigError
from fixviz.model.config import ModelConfig, read_config
from fixviz.model.quoting import one_line, quoted, shortened

NAMES = [field.name for field in fields(ModelConfig)]
OF_JSON = {
    "null": None, "true": True, "text": "two", "empty text": "", "half a pair": "\ud800", "list": [1, 2],
    "object": {"a": 1}, "0": 0, "-1": -1, "1.5": 1.5, "NaN": math.nan, "Infinity": math.inf,
    "-Infinity": -math.inf, "1e308": 1e308, "401 digits": 10**400, "nested": [[[[1]]]], "texts": ["a", "b"],
    "switches": [True], "long list": list(range(50_000)), "long text": "x" * 10**6, "numbers": [math.nan],
}  # fmt: skip
BLOCKS = "it must be a list of whole numbers, or null."
PYTHON = re.compile(
    r"None|True|False|nan|inf\b|<class|object|tuple|iterable|NoneType|float|\bint\b"
)


@pytest.mark.parametrize("value", OF_JSON.values(), ids=OF_JSON)
@pytest.mark.parametrize("name", NAMES)
def test_any_value_in_any_field_is_a_model_or_a_sentence_that_names_it(name, value) -> None:
    try:
        config = ModelConfig.from_dict({name: value})
    except ConfigError as error:
        sentence = str(error)
        assert name in sentence and sentence.endswith(".")
        assert len(sentence) < 200 and sentence.isprintable()
        assert not PYTHON.search(sentence), sentence
    else:
        assert ModelConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("dropout", math.nan, "dropout=NaN must lie between 0 and 1."),
        ("dropout", 5, "dropout=5 must lie between 0 and 1."),
        ("dropout", None, "dropout=null has the wrong type: it must be a number."),
        ("shift_blocks", 1, f"shift_blocks=1 has the wrong type: {BLOCKS}"),
        ("shift_blocks", ["0"], f"shift_blocks=['0'] has the wrong type: {BLOCKS}"),
        ("shift_blocks", [7], "shift_blocks=[7] must name blocks from 0 to 2, each once."),
        ("shift_blocks", [0] * 9, "shift_blocks=[0, 0, 0, 0, …] with 9 entries must name blocks from 0 to 2"),
        ("shift_segment", [8], "shift_segment=[8] has the wrong type: it must be a whole number, or null."),
        ("temporal_shift", 1, "temporal_shift=1 has the wrong type: it must be true or false."),
        ("frame_rate", math.inf, "frame_rate=Infinity must be a finite number above 0."),
        ("frame_rate", 10**400, "frame_rate=(a number of 401 digits) must be a finite number above 0."),
        ("class_names", ["a", None], "class_names[1] must be text, not null."),
        ("class_names", "ab", "class_names='ab' has the wrong type: it must be a list of texts."),
        ("attention", 3, "attention=3 has the wrong type: it must be text."),
        ("dim", 8.0, "dim=8.0 has the wrong type: it must be a whole number."),
        ("depth", -3, "depth=-3 must lie between 1 and 1,000,000,000."),
        ("\ud800" + "x" * 999, 1, f"Unknown model setting '{'x' * 59}…'; known are"),
    ],
)  # fmt: skip
def test_the_sentence(field: str, value: object, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ModelConfig.from_dict({field: value})
    assert str(caught.value).startswith(sentence)


def test_whole_numbers_where_others_are_allowed() -> None:
    config = ModelConfig.from_dict({"frame_rate": 12, "dropout": 1, "shift_blocks": [0, 2]})
    assert (config.frame_rate, config.dropout, config.shift_blocks) == (12, 1, (0, 2))


def test_values_are_told_in_jsons_words_and_in_few() -> None:
    told = [quoted(v) for v in (None, True, 1.5, -math.inf, {}, {"a": 1}, [[[[1]]]], [], b"x")]
    assert told == [
        "null", "true", "1.5", "-Infinity", "{}", "{…} with 1 entry", "[[[…]]]", "[]", "a bytes"
    ]  # fmt: skip
    assert quoted(["x" * 10**6] * 10**6).endswith("with 1000000 entries")
    assert one_line("a\x1b[31m\n b\u202ec\ud800d") == "a [31m b c d"
    assert shortened("a" * 7, 5) == "aaaa…" and shortened("a" * 5, 5) == "aaaaa"


@pytest.mark.parametrize(
    ("title", "shown"), [("\ud800x", "x"), ("a\nb\x00", "a b"), ("\udfff", "own"), (["x"], "own")]
)
def test_a_stored_title_can_always_be_shown(tmp_path, title: object, shown: str) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"title": title, "config": {}}))
    (folder / "card.md").write_bytes(b"caf\xe9")
    info = read_config(folder)
    assert info.title == shown
    assert info.card == "caf\ufffd"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[" * 100_000, "own/config.json nests more than 50 levels deep"),
        (b'{"config": [1]}', 'own/config.json cannot be read: it has no "config"'),
        (b'{"config": {"dim": 1' + b"0" * 5000 + b"}}", "holds a number with too many digits"),
        (b"\xff\xfe\x00", "it is not text in UTF-8"),
        (b'{"config": {"shift_blocks": 1}}', "own/config.json: shift_blocks=1 has the wrong type"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_a_sentence(tmp_path, content, message) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "config.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=message):
        read_config(folder)
