"""ZIPs of masks, and checkpoints, made to harm by a seed."""

from __future__ import annotations

import io
import json
import math
import pickle
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np

from tests.hostile.videos import Made

NAMES = (
    "../../evil.png",
    "/etc/evil.png",
    "C:\\evil.png",
    "..\\evil.png",
    "a/../../b.png",
    "\x00.png",
    "a\nb.png",
    "con.png",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    "two",
    "",
    "\ud800",
    [],
    [1, 2],
    [0] * 5000,
    {},
    {"a": 1},
    -1,
    0,
    1,
    1.5,
    math.nan,
    math.inf,
    10**400,
    2**31,
    1e308,
)


def _png(dice: Random) -> bytes:
    picture = np.zeros((54, 96), np.uint8)
    cv2.circle(picture, (dice.randrange(96), 27), 9, 255, -1)
    return cv2.imencode(".png", picture)[1].tobytes()


def _large_png(side: int) -> bytes:
    """A picture of side x side pixels in few bytes."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + name
            + content
            + struct.pack(">I", zlib.crc32(name + content))
        )

    rows = zlib.compress(bytes(min((side + 1) * side, 50_000_000)), 9)
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def mask_zip(dice: Random) -> Made:
    """Masks as a ZIP: a bomb, names that lead outside, links, lies, damage."""
    buffer = io.BytesIO()
    way = dice.randrange(9)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for k in range(dice.choice([1, 20])):
            archive.writestr(f"{k:05d}.png", _png(dice))
        if way == 0:
            archive.writestr("00021.png", bytes(50_000_000))
        elif way == 1:
            entry = zipfile.ZipInfo("x")
            entry.filename = dice.choice(NAMES)
            archive.writestr(entry, _png(dice))
        elif way == 2:
            link = zipfile.ZipInfo("00021.png")
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, "/etc/passwd")
        elif way == 3:
            archive.writestr("00000.png", _large_png(dice.choice([2000, 7000, 60_000])))
        elif way == 4:
            archive.writestr("inner.zip", bytes(10_000))
        elif way == 5:
            for k in range(3000):
                archive.writestr(f"m{k}.png", b"")
        elif way == 6:
            archive.writestr("00022.png", dice.randbytes(500))
    data = bytearray(buffer.getvalue())
    if way >= 7:
        for _ in range(dice.choice([1, 10, 100])):
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        if dice.random() < 0.3:
            data = data[: dice.randrange(len(data))]
    return Made("film_mask.zip", bytes(data))


class Evil:
    """What a pickle with code in it holds."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.marker,))


def checkpoint(dice: Random, tiny: Path, marker: Path) -> tuple[Made, ...]:
    """The files of a checkpoint, of which one is not what it should be. Code in it would make `marker`."""
    weights = bytearray((tiny / "model.safetensors").read_bytes())
    values = json.loads((tiny / "config.json").read_bytes())
    card, way = b"# A card", dice.randrange(9)
    config: bytes | None = None
    if way in (0, 1, 2):
        values["config"][dice.choice(sorted(values["config"]))] = dice.choice(VALUES)
    elif way == 3:
        values[dice.choice(["title", "note", "training", "x"])] = dice.choice(VALUES)
    elif way == 4:
        reach = dice.choice([len(weights), 900])
        for _ in range(dice.choice([1, 20])):
            weights[dice.randrange(reach)] ^= 1 << dice.randrange(8)
    elif way == 5:
        struct.pack_into("<Q", weights, 0, dice.choice([0, 1, 2**31, 2**63, 2**64 - 1]))
    elif way == 6:
        config = dice.choice(
            [
                b"",
                b"[" * 100_000,
                b'{"a":' * 50_000,
                b"\xff\xfe",
                b"[" + b"1," * 500_000 + b"1]",
                dice.randbytes(300),
                b"1" * 9000,
            ]
        )
    elif way == 7:
        card = dice.choice([b"caf\xe9", b"\xff" * 999, b"\0" * 999, b"x" * 300_000])
    else:
        return (_pickled(dice, marker), Made("config.json", json.dumps(values).encode()))
    config = json.dumps(values).encode() if config is None else config
    files = (
        Made("model.safetensors", bytes(weights)),
        Made("config.json", config),
        Made("card.md", card),
    )
    return (_zipped(dice, files),) if dice.random() < 0.4 else files


def _pickled(dice: Random, marker: Path) -> Made:
    bomb: Any = ()
    for _ in range(40):
        bomb = (bomb, bomb)
    content = dice.choice(
        [
            pickle.dumps(Evil(marker)),
            b"\x80\x02" + b"]" * 50_000 + b".",
            b"\x80\x02(" * 9000,
            dice.randbytes(400),
            pickle.dumps({"model_state": {"x": bomb}}),
            b"PK\x03\x04" + dice.randbytes(90),
            b"\x80\x02X\xff\xff\xff\xffx.",
            b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff.",
            pickle.dumps({"cfg": "a: &a [*a]"}),
            b"version https://git-lfs",
        ]
    )
    return Made(dice.choice(["net.pth", "net.pt", "net.bin", "net.ckpt"]), content)


def _zipped(dice: Random, files: tuple[Made, ...]) -> Made:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(file.name, file.content)
        if dice.random() < 0.3:
            entry = zipfile.ZipInfo("x")
            entry.filename = dice.choice(NAMES)
            archive.writestr(entry, b"{}")
    data = bytearray(buffer.getvalue())
    if dice.random() < 0.3:
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return Made("own.zip", bytes(data))


ARCHIVES: dict[str, Callable[..., Any]] = {"mask_zip": mask_zip, "checkpoint": checkpoint}
