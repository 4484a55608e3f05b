"""Videos made to harm, by a seed: damage, lies in headers, boxes without end, pictures of any size."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.media.drawn_videos import write_video

EXTREMES = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"udta", b"mvex")
_TABLES = (
    b"mvhd",
    b"tkhd",
    b"mdhd",
    b"stsd",
    b"stts",
    b"ctts",
    b"stsz",
    b"stsc",
    b"stco",
    b"elst",
    b"avcC",
)
_BASES = {
    "mp4": ("libx264", "yuv420p", {"g": "8", "bf": "2"}),
    "mov": ("libx265", "yuv420p", {"x265-params": "log-level=none"}),
    "mkv": ("libx264", "yuv420p", {"g": "8"}),
    "webm": ("libvpx", "yuv420p", {}),
    "avi": ("mpeg4", "yuv420p", {}),
    "gif": ("gif", "rgb8", {}),
    "ts": ("libx264", "yuv420p", {"g": "8"}),
    "mpg": ("mpeg2video", "yuv420p", {}),
    "flv": ("flv", "yuv420p", {}),
    "wmv": ("wmv2", "yuv420p", {}),
    "h264": ("libx264", "yuv420p", {}),
}


class Made(NamedTuple):
    """A hostile file."""

    name: str
    content: bytes


def bases(folder: Path) -> dict[str, bytes]:
    """Write a sound film of each kind; {ending: its bytes}."""
    folder.mkdir(parents=True, exist_ok=True)
    return {
        kind: write_video(
            folder / f"sound.{kind}", codec, pixels, frames=20, fps=25, options=options
        ).read_bytes()
        for kind, (codec, pixels, options) in _BASES.items()
    }


def any_base(dice: Random, sound: dict[str, bytes]) -> tuple[str, bytearray]:
    kind = dice.choice(sorted(sound))
    return kind, bytearray(sound[kind])


def flipped(dice: Random, sound: dict[str, bytes]) -> Made:
    """Bits turned over, few or many, anywhere or in the header alone."""
    kind, data = any_base(dice, sound)
    reach = dice.choice([len(data), min(len(data), 600)])
    for _ in range(dice.choice([1, 3, 20, 200])):
        data[dice.randrange(reach)] ^= 1 << dice.randrange(8)
    return Made(f"flipped.{kind}", bytes(data))


def cut(dice: Random, sound: dict[str, bytes]) -> Made:
    """The end is missing, or a piece in the middle."""
    kind, data = any_base(dice, sound)
    start = dice.randrange(len(data))
    if dice.random() < 0.6:
        return Made(f"cut.{kind}", bytes(data[:start]))
    del data[start : start + dice.randrange(1, 2000)]
    return Made(f"cut.{kind}", bytes(data))


def spliced(dice: Random, sound: dict[str, bytes]) -> Made:
    """The start of one film and the rest of another."""
    kind, data = any_base(dice, sound)
    _, other = any_base(dice, sound)
    at = dice.randrange(len(data))
    return Made(f"spliced.{kind}", bytes(data[:at] + other[dice.randrange(len(other)) :]))


def lying(dice: Random, sound: dict[str, bytes]) -> Made:
    """Numbers of the header with values that no film has: sizes, rates, counts, durations."""
    kind, data = any_base(dice, sound)
    reach = range(4, min(len(data), 1000) - 4)
    if kind in ("mp4", "mov"):
        reach = dice.choice(list(_fields(data)) or [reach])
    for _ in range(dice.choice([1, 1, 2, 5])):
        order = ">" if kind not in ("avi", "gif", "wmv") or dice.random() < 0.3 else "<"
        at = dice.choice(reach)
        if dice.random() < 0.7:
            struct.pack_into(f"{order}I", data, at, dice.choice(EXTREMES))
        else:
            struct.pack_into(f"{order}H", data, at, dice.choice(EXTREMES) & 0xFFFF)
    return Made(f"lying.{kind}", bytes(data))


def _fields(data: bytearray) -> Iterator[range]:
    """Where the tables of an MP4 file lie, which say how large, how many and how long."""
    for name in _TABLES:
        at = data.find(name)
        if at >= 4:
            length = struct.unpack_from(">I", data, at - 4)[0]
            yield range(at + 4, max(at + 5, min(at + length - 8, at + 120, len(data) - 4)))


def box(name: bytes, content: bytes, size: int | None = None) -> bytes:
    return (
        struct.pack(">I4s", len(content) + 8 if size is None else size & 0xFFFFFFFF, name) + content
    )


def boxes(dice: Random, sound: dict[str, bytes]) -> Made:
    """Boxes in boxes, boxes of no size or of any, and tables of billions of entries."""
    data = sound["mp4"]
    head, moov = data[: data.find(b"moov") - 4], data[data.find(b"moov") - 4 :]
    inner = moov
    way = dice.randrange(7)
    if way == 0:
        inner = b""
        for _ in range(dice.choice([50, 5000, 40_000])):
            inner = box(dice.choice(_PARENTS) if len(inner) < 10**4 else b"udta", inner)
            if len(inner) > 300_000:
                break
    elif way == 1:
        inner = box(b"free", b"", dice.choice([0, 1, 2, 7, 8])) * dice.choice([10, 200_000])
    elif way == 2:
        inner = (
            struct.pack(">I4sQ", 1, b"moov", dice.choice([0, 15, 2**63 - 1, 2**64 - 1])) + moov[8:]
        )
    elif way == 3:
        table = dice.choice([b"stsz", b"stts", b"ctts", b"stsc", b"stco", b"elst"])
        at = moov.find(table)
        content = bytearray(moov)
        struct.pack_into(">I", content, at + dice.choice([8, 12]), dice.choice(EXTREMES))
        inner = bytes(content)
    elif way == 4:
        inner = moov * dice.choice([2, 300])
    elif way == 5:
        at = moov.find(b"stts")
        inner = (
            moov[: at + 12] + struct.pack(">II", 0xFFFFFFF, dice.choice([0, 1])) + moov[at + 20 :]
        )
    else:
        nested = box(b"meta", b"\0" * 4 + box(b"ilst", box(b"\xa9nam", b"\xff" * 100_000)))
        inner = moov + box(b"udta", nested * dice.choice([1, 20]))
    return Made("boxes.mp4", dice.choice([head, b"", sound["mov"][:32]]) + inner)


def elements(dice: Random, sound: dict[str, bytes]) -> Made:
    """The same for Matroska: masters in masters, of unknown size, and lengths of exabytes."""
    head = sound["mkv"][: sound["mkv"].find(b"\x18\x53\x80\x67") + 4]
    unknown = b"\x01" + b"\xff" * 7
    huge = b"\x01\x7f" + b"\xff" * 6
    master = dice.choice([b"\x16\x54\xae\x6b", b"\x1f\x43\xb6\x75", b"\x1c\x53\xbb\x6b", b"\xae"])
    length = dice.choice([unknown, huge, b"\x80", b"\x81"])
    return Made("elements.mkv", head + unknown + (master + length) * dice.choice([5, 50_000]))


def sized(dice: Random, sound: dict[str, bytes]) -> Made:
    """Pictures of any size that a header can state."""
    width, height = dice.choice(
        [(0, 0), (1, 1), (65535, 65535), (65535, 1), (1, 65535), (16384, 16384)]
    )
    if dice.random() < 0.5:
        data = bytearray(sound["gif"])
        struct.pack_into("<HH", data, 6, width, height)
        if dice.random() < 0.5 and (at := data.find(b"\x2c")) > 0:
            struct.pack_into("<HH", data, at + 5, width, height)
        return Made("sized.gif", bytes(data))
    if dice.random() < 0.5:
        data = bytearray(sound["avi"])
        at = data.find(b"strf")
        struct.pack_into(
            "<ii", data, at + 12, width * dice.choice([1, -1]), height * dice.choice([1, 30_000])
        )
        return Made("sized.avi", bytes(data))
    data = bytearray(sound["mp4"])
    at = data.find(b"avc1")
    struct.pack_into(">HH", data, at + 28, width, height)
    return Made("sized.mp4", bytes(data))


def endless(dice: Random, sound: dict[str, bytes]) -> Made:
    """Films without end: the same again and again, and frames of nothing."""
    kind = dice.choice(["ts", "mpg", "h264", "gif", "flv", "mkv"])
    data = sound[kind]
    if kind == "gif":
        picture = (
            b"\x21\xf9\x04\x00\x00\x00\x00\x00\x2c"
            + struct.pack("<HHHH", 0, 0, 1, 1)
            + b"\x00\x02\x02D\x01\x00"
        )
        head = (
            b"GIF89a"
            + struct.pack("<HH", *dice.choice([(1, 1), (3000, 2700)]))
            + b"\xf0\0\0"
            + b"\0" * 6
        )
        return Made("endless.gif", head + picture * dice.choice([1000, 60_000]))
    times = dice.choice([20, 3_000_000 // len(data)])
    return Made(f"endless.{kind}", data * times)


VIDEOS: dict[str, Callable[[Random, dict[str, bytes]], Made]] = {
    make.__name__: make for make in (flipped, cut, spliced, lying, boxes, elements, sized, endless)
}
