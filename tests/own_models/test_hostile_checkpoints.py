"""Checkpoints made to harm: one sentence about the user's file, soon, and nobody else waits for it."""

from __future__ import annotations

import copy
import io
import json
import math
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file

from fixviz.errors import CheckpointError, QueueFull
from fixviz.media import confine
from fixviz.own_models.loading import CheckpointLoader
from fixviz.own_models.registry import Origin, OwnModels
from fixviz.settings import Settings
from tests.model.test_official import RECIPE, SMALL, golden
from tests.model.test_plain_text import laughs
from tests.own_models.checkpoints import zipped

ANN, BOB = "a" * 22, "b" * 22
Check = Callable[..., Path]
PYTHON = re.compile(
    r"None|nan\b|<class|NoneType|iterable|Traceback|Error|handed-in|/tmp|unhashable"
)


def refused(check: Check, *files: tuple[str, bytes]) -> str:
    with pytest.raises(CheckpointError) as caught:
        check(*files)
    sentence = str(caught.value)
    assert sentence.endswith(".") and len(sentence) < 500
    assert not PYTHON.search(sentence), sentence
    return sentence


def torch_file(content: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def theirs(cfg: object) -> bytes:
    """One of the authors' files, with that configuration."""
    state = {k.removeprefix("weight."): v for k, v in golden().items() if k.startswith("weight.")}
    return torch_file({"model_state": state, "cfg": cfg})


def looped() -> dict[str, Any]:
    cfg: dict[str, Any] = {}
    cfg["XVIT"] = {"DATA": cfg}
    return cfg


@pytest.mark.parametrize(
    ("cfg", "message"),
    [
        (laughs(10), "cfg in net.pth describes more than 100,000 values"),
        ("x: 1\n" * 4_000_000, "cfg in net.pth has 20,000,000 characters"),
        ("a: &a [*a]", "cfg in net.pth refers to itself"),
        ("[" * 9999, "cfg in net.pth nests more than 50 levels"),
        (looped(), "cfg in net.pth nests more than 50 levels"),
        ([1] * 10**6, "cfg in net.pth is not a configuration"),
        ({"DATA": [1] * 10**6}, "cfg in net.pth describes more than 100,000 values"),
    ],
    ids=range(7),
)
def test_the_authors_configuration_is_read_within_limits(check, cfg, message: str) -> None:
    started = time.process_time()
    assert message in refused(check, ("net.pth", theirs(cfg)))
    assert time.process_time() - started < 30


KEYS = [(section, key) for section, keys in RECIPE.items() for key in keys]
VALUES: list[Any] = [
    None,
    "two",
    "",
    [1, 2],
    {"a": 1},
    -1,
    0,
    1.5,
    math.nan,
    math.inf,
    10**30,
    True,
    [[]],
]


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_any_value_of_any_of_the_authors_keys_is_named_as_they_name_it(
    section: str, key: str, tmp_path: Path
) -> None:
    from fixviz import import_official_checkpoint

    for number, value in enumerate(VALUES):
        recipe = copy.deepcopy(RECIPE)
        recipe[section][key] = value
        path = tmp_path / f"net{number}.pth"
        path.write_bytes(theirs(yaml.safe_dump(recipe)))
        try:
            import_official_checkpoint(path, SMALL)
        except CheckpointError as error:
            sentence = str(error)
            # Or what follows of it does not fit the tensors.
            fits = "configuration" in sentence or "SPATIAL_SIZE" in sentence
            assert (key in sentence or fits) and path.name in sentence, sentence
            assert sentence.endswith(".") and not PYTHON.search(sentence), sentence


def test_what_a_configuration_beside_the_authors_file_gets_wrong_is_said_of_that_file(
    check: Check,
) -> None:
    given = json.dumps({**SMALL, "depth": "two"}).encode()
    sentence = refused(check, ("net.pth", theirs(yaml.safe_dump(RECIPE))), ("sizes.json", given))
    assert sentence == "sizes.json: depth='two' has the wrong type: it must be a whole number."


@pytest.mark.parametrize(
    ("depth", "message"), [(10**9, "depth=1000000000 is above 96"), (96, "lacks the tensor")]
)
def test_a_network_of_any_size_is_refused_before_it_is_built(
    check: Check, depth: int, message: str
) -> None:
    given = json.dumps({**SMALL, "depth": depth}).encode()
    files = ("net.pth", theirs(yaml.safe_dump(RECIPE))), ("sizes.json", given)
    assert message in refused(check, *files)


def config_of(tiny: Path, **changes: object) -> bytes:
    values = json.loads((tiny / "config.json").read_text())
    values["config"].update(changes.pop("config", {}))
    return json.dumps({**values, **changes}).encode()


def weights_of(tiny: Path) -> tuple[str, bytes]:
    return "m.safetensors", (tiny / "model.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"config": {"dropout": math.nan}}, "my settings.json: dropout=NaN must lie between 0 and 1."),
        ({"config": {"dropout": 5}}, "my settings.json: dropout=5 must lie"),
        ({"config": {"shift_blocks": 3}}, "my settings.json: shift_blocks=3 has the wrong type"),
        ({"config": {"shift_blocks": [0] * 90_000}}, "[0, 0, 0, 0, …] with 90000 entries"),
        ({"config": {"class_names": ["a\ud800", "b", "c"]}}, "class_names[0] holds characters that"),
        ({"config": {"dim": 10**4000}}, "dim=(a number of 4001 digits)"),
        ({"title": ["x"] * 50_000}, '"title" must be text, not [\'x\', \'x\', \'x\', \'x\', …] with 50000'),
        ({"note": 3}, '"note" must be text, not 3.'),
        ({"extra": [0] * 200_000}, "my settings.json describes more than 100,000 values"),
    ],
)  # fmt: skip
def test_a_configuration_gets_a_sentence_about_the_users_file(
    check: Check, tiny: Path, changes: dict, message: str
) -> None:
    files = weights_of(tiny), ("my settings.json", config_of(tiny, **changes))
    assert message in refused(check, *files)


def test_titles_and_notes_that_cannot_be_shown_are_cleaned(check: Check, tiny: Path) -> None:
    hostile = "\ud800x\x1b[31m\u202e" + "\n# <b>\x00"
    config = config_of(tiny, title=hostile, note=hostile)
    kept = json.loads((check(weights_of(tiny), ("c.json", config)) / "config.json").read_bytes())
    assert (kept["title"], kept["note"]) == ("x 31m b", "x 31m b")


def test_a_title_of_nothing_that_can_be_shown(check: Check, tiny: Path) -> None:
    folder = check(weights_of(tiny), ("c.json", config_of(tiny, title="\udfff\x00")))
    assert json.loads((folder / "config.json").read_bytes())["title"] == "Own checkpoint"


@pytest.mark.parametrize("length", [0, 1, 2**31, 2**64 - 1])
def test_a_header_of_any_length_is_told_without_the_librarys_words(
    check: Check, tiny: Path, length: int
) -> None:
    name, weights = weights_of(tiny)
    lying = length.to_bytes(8, "little") + weights[8:]
    sentence = refused(check, (name, lying), ("c.json", config_of(tiny)))
    assert sentence.startswith("m.safetensors cannot be read as safetensors: it is damaged")
    assert "header" not in sentence


def test_a_card_that_is_no_text(check: Check, tiny: Path) -> None:
    files = weights_of(tiny), ("c.json", config_of(tiny)), ("README.md", b"caf\xe9")
    assert refused(check, *files).startswith("README.md is not text in UTF-8; save it again")


def test_a_card_that_is_too_long(check: Check, tiny: Path) -> None:
    files = weights_of(tiny), ("c.json", config_of(tiny)), ("README.md", b"x" * 200_001)
    assert refused(check, *files) == "'README.md' is larger than 0.2 MB."


def test_a_small_file_does_not_become_a_large_one(check: Check, tiny: Path) -> None:
    """Tensors that share their memory, each as large as the limit."""
    wide = torch.zeros(1).expand(200_000_000)
    content = torch_file({"model_state": {"temporal_embedding": wide}})
    assert len(content) < 10_000
    sentence = refused(check, ("net.pth", content), ("c.json", config_of(tiny)))
    assert "larger than the limit of 500 MB" in sentence


def test_names_in_a_file_are_cut_in_the_sentence(check: Check, tiny: Path) -> None:
    state = {**load_file(tiny / "model.safetensors"), "x\x1b" * 10**5: torch.zeros(1)}
    sentence = refused(check, ("n.pth", torch_file(state)), ("c.json", config_of(tiny)))
    assert "holds the tensor x x x" in sentence and sentence.isprintable()


def test_an_own_checkpoint_with_a_hostile_title_from_before_is_listed_and_deleted(
    settings: Settings, tiny: Path
) -> None:
    models = OwnModels(settings)
    folder = models.staging()
    name = "model.safetensors"
    (folder / name).write_bytes((tiny / name).read_bytes())
    (folder / "config.json").write_bytes(config_of(tiny, title="\ud800x"))
    kept = models.keep(folder, Origin(ANN, time.time(), "t.zip", "5" * 64, "a ZIP", 0.1))
    assert [model.title for model in models.list(ANN)] == ["x"]
    models.delete(kept, ANN)
    assert models.list(ANN) == []


def start(loader: CheckpointLoader, owner: str, name: str, data: bytes = b"x") -> str:
    return loader.start([(name, io.BytesIO(data))], owner)


@pytest.mark.slow
def test_a_checkpoint_that_hangs_holds_up_nobody_else(settings: Settings, tiny: Path) -> None:
    loader = CheckpointLoader(OwnModels(settings), check="tests.own_models.work:check_or_hang")
    hanging, behind = start(loader, ANN, "hang.zip"), start(loader, ANN, "hang.zip")
    with pytest.raises(QueueFull, match="2 checkpoints of yours are being checked"):
        start(loader, ANN, "hang.zip")
    good = zipped(*((path.name, path.read_bytes()) for path in tiny.iterdir()))
    his = start(loader, BOB, "good.zip", good)
    assert loader.wait(his, 100).state == "done"
    assert loader.status(hanging).state == "running", "it still hangs"
    assert loader.status(behind).state == "queued", "one of a person at a time"
    for one in (behind, hanging):
        loader.cancel(one)
        assert loader.wait(one, 20).state == "cancelled"


def test_a_check_has_a_time_limit_of_its_own(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", check_timeout_s=5)
    loader = CheckpointLoader(OwnModels(settings), check="tests.own_models.work:check_or_hang")
    ended = loader.wait(start(loader, ANN, "hang.zip"), 60)
    assert ended.state == "failed"
    assert "took longer than 5 s and was stopped (FIXVIZ_CHECK_TIMEOUT_S)" in str(ended.error)


def test_a_fault_of_fixviz_is_told_without_its_traceback(settings: Settings, caplog) -> None:
    loader = CheckpointLoader(OwnModels(settings), check="tests.own_models.work:check_with_a_bug")
    ended = loader.wait(start(loader, ANN, "odd.zip"), 60)
    assert str(ended.error).startswith("fixviz could not check odd.zip: it is damaged, or built in")
    assert not PYTHON.search(str(ended.error))
    assert "KeyError" in caplog.text, "the log has it"


@pytest.mark.slow
@pytest.mark.skipif(confine._seccomp() is None, reason="this system has no filter of system calls")
def test_the_checking_process_reaches_nobody(settings: Settings, tiny: Path) -> None:
    loader = CheckpointLoader(
        OwnModels(settings), check="tests.own_models.work:check_and_reach_out"
    )
    good = zipped(*((path.name, path.read_bytes()) for path in tiny.iterdir()))
    assert loader.wait(start(loader, ANN, "good.zip", good), 100).error == "It was held back."
