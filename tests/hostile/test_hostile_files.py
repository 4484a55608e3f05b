"""Files made to harm end in a result or in one clear sentence; nobody is called, nothing else read."""

from __future__ import annotations

import ctypes
import io
import os
import struct
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.hostile import fuzz
from tests.hostile.archives import _large_png
from tests.hostile.judge import judged, unclear
from tests.hostile.references import REFERENCES, playlists
from tests.hostile.videos import Made, box

COUNT = 200


@pytest.fixture(scope="module")
def fuzzer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fuzz.Fuzzer]:
    """A fuzzer; the test fails at its end when a file made fixviz call its server."""
    with fuzz.fuzzer(tmp_path_factory.mktemp("hostile") / "made", seed=1) as made:
        yield made


@pytest.mark.slow
def test_hostile_files_end_in_a_result_or_a_sentence(fuzzer: fuzz.Fuzzer) -> None:
    ended = list(fuzzer.run_all(COUNT))
    failures = [f"{n} {kind}: {out.text}" for n, kind, out in ended if out.kind == "failure"]
    assert failures == []
    counts = Counter(outcome.kind for _, _, outcome in ended)
    assert counts["result"] >= COUNT // 10 and counts["sentence"] >= COUNT // 10, counts
    assert counts["stopped"] + counts["crashed"] <= COUNT // 20, counts
    assert {kind for _, kind, _ in ended} == set(fuzz._SHARES), "every kind was made"


def test_the_same_seed_makes_the_same_files(fuzzer: fuzz.Fuzzer) -> None:
    for number in range(60):
        kind, made = fuzzer.make(number)
        # ZIPs carry the time at which they were made.
        if kind not in ("mask_zip", "checkpoint", "other_kind"):
            assert fuzzer.make(number) == (kind, made)


@pytest.fixture
def looked_at(fuzzer: fuzz.Fuzzer) -> Iterator[list[str]]:
    """Fill the list, at the end of the test, with the films that were opened though nobody handed them in."""
    if sys.platform != "linux":
        pytest.skip("only Linux tells which files were opened")
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK)
    folder = str(fuzzer.outside.film.parent).encode()
    opened, read = 0x20, 0x1
    assert libc.inotify_add_watch(watch, folder, opened | read) >= 0
    yield []
    try:
        events = os.read(watch, 1 << 16)
    except BlockingIOError:
        events = b""
    os.close(watch)
    assert b"sound.mp4" not in events, "a film that nobody handed in was opened"


def test_the_watch_sees_who_opens_the_film(fuzzer: fuzz.Fuzzer) -> None:
    watch = ctypes.CDLL(None).inotify_init1(os.O_NONBLOCK) if sys.platform == "linux" else None
    if watch is None:
        pytest.skip("only Linux tells which files were opened")
    film = fuzzer.outside.film
    ctypes.CDLL(None).inotify_add_watch(watch, str(film.parent).encode(), 0x21)
    film.read_bytes()
    assert b"sound.mp4" in os.read(watch, 1 << 16)
    os.close(watch)


@pytest.mark.slow
def test_playlists_in_every_language_are_refused_and_lead_nowhere(
    fuzzer: fuzz.Fuzzer, looked_at: list[str]
) -> None:
    number = 10_000
    for url in fuzzer.outside.urls():
        for ending in ("mp4", "m3u8"):
            for content in playlists(url, f"list.{ending}"):
                number += 1
                outcome = fuzzer.judge(Made(f"list.{ending}", content), number)
                assert outcome.kind == "sentence", (content, outcome)


def test_pictures_that_lie_elsewhere_are_not_fetched(
    fuzzer: fuzz.Fuzzer, looked_at: list[str]
) -> None:
    make = REFERENCES["data_reference"]
    for number in range(20_000, 20_060):
        made = make(Random(number), fuzzer.sound, fuzzer.outside)
        outcome = fuzzer.judge(made, number)
        assert outcome.kind in ("result", "sentence"), outcome


def test_a_list_of_pictures_by_pattern_reads_the_file_of_that_name_alone(
    fuzzer: fuzz.Fuzzer, looked_at: list[str]
) -> None:
    for number, name in enumerate(("img%03d.mp4", "*.mp4", "concat:a.mp4|b.mp4", "-i.mp4"), 30_000):
        assert fuzzer.judge(Made(name, fuzzer.sound["mp4"]), number).kind == "result"


@pytest.mark.parametrize(
    ("name", "picture", "message"),
    [
        ("00000.png", "_large", "The mask '00000.png' has too many pixels to be a mask."),
        ("\x00.png", "_small", "holds no masks"),
    ],
)
def test_masks_that_no_reader_expects(
    fuzzer: fuzz.Fuzzer, name: str, picture: str, message: str
) -> None:
    content = _large_png(60_000) if picture == "_large" else b"x"
    outcome = fuzzer.judge(Made("film_mask.zip", zip_of(name, content)), 40_000 + len(message))
    assert outcome.kind == "sentence" and message in outcome.text


def zip_of(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        archive.writestr(entry, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("'a.mp4' is empty (0 bytes).", ""),
        ("", "it is empty"),
        ("one\ntwo.", "it is not one short line"),
        ("x" * 501 + ".", "it is not one short line"),
        ("no end", "it does not end"),
        ("It lies in /srv/app/x.mp4.", "it names a path of the server"),
        ("KeyError: 'config'.", "it says 'KeyError'"),
        ("It is None.", "it says 'None'"),
        ("Traceback (most recent call last).", "it says 'Traceback'"),
    ],
)
def test_what_makes_a_sentence_unclear(sentence: str, fault: str) -> None:
    assert unclear(sentence, Path("/srv/app")) == fault


def test_an_error_that_is_no_sentence_is_a_failure() -> None:
    def fail() -> None:
        raise KeyError("config")

    assert judged(fail, Path("/srv")) == ("failure", "KeyError: 'config'")
    assert judged(lambda: "7 frames", Path("/srv")).kind == "result"


def test_a_box_says_its_size() -> None:
    assert box(b"free", b"abc") == struct.pack(">I4s", 11, b"free") + b"abc"
