"""Files that name others: playlists, lists, references in films, and what only carries a film's name."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.hostile.videos import Made, box

ENDINGS = ("mp4", "mov", "mkv", "avi", "webm", "ts", "gif", "wmv", "flv", "mpg")


@dataclass(frozen=True)
class Outside:
    """What must stay untouched: a sound film that nobody handed in, and a server that nobody calls."""

    film: Path
    port: int

    def urls(self) -> tuple[str, ...]:
        host = f"127.0.0.1:{self.port}"
        return (
            str(self.film),
            f"file:{self.film}",
            f"file://{self.film}",
            f"http://{host}/a.mp4",
            f"https://{host}/a.mp4",
            f"rtmp://{host}/a",
            f"rtsp://{host}/a",
            f"tcp://{host}",
            f"udp://{host}",
            f"ftp://{host}/a.mp4",
            f"concat:{self.film}|{self.film}",
            f"subfile,,start,0,end,0,,:{self.film}",
            f"crypto:{self.film}",
            f"hls+http://{host}/a.m3u8",
            f"async:http://{host}/a",
            f"cache:{self.film}",
            "sibling.mp4",
            "../sound.mp4",
        )


def playlists(url: str, own: str) -> tuple[bytes, ...]:
    """What plays `url` in each of the languages that players know; `own` is the file's own name."""
    hls = f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n#EXT-X-ENDLIST\n"
    return tuple(
        text.encode()
        for text in (
            hls,
            f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{url}\n",
            f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{own}\n",
            f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{url}"\n#EXT-X-MAP:URI="{url}"\n#EXTINF:5,\n{url}\n',
            f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:5,\nconcat:{url}|{own}\n",
            f"ffconcat version 1.0\nfile '{url}'\nfile '{own}'\n",
            f"file '{url}'\n" * 50,
            f"[playlist]\nFile1={url}\nNumberOfEntries=1\n",
            f'<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
            f'<smil><body><video src="{url}"/></body></smil>',
            f'<?xml version="1.0"?><MPD><Period><BaseURL>{url}</BaseURL></Period></MPD>',
            f'<!DOCTYPE x [<!ENTITY e SYSTEM "{url}">]><MPD>&e;</MPD>',
            f"v=0\nc=IN IP4 127.0.0.1\nm=video {url.rpartition(':')[2][:5]} RTP/AVP 96\na=control:{url}\n",
            f"[Reference]\nRef1={url}\n",
            f";FFMETADATA1\ntitle={url}\n",
            f'<html><video src="{url}"></video></html>',
            f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}"/></svg>',
            f"IMF CPL {url}",
            f"RTSPtext\n{url}\n",
        )
    )


def playlist(dice: Random, sound: dict[str, bytes], outside: Outside) -> Made:
    """A playlist under a video's name, or a film with one inside it or in front of it."""
    name = dice.choice(
        ("list.m3u8", "list.ffconcat", "list.txt", "list.sdp", *(f"list.{e}" for e in ENDINGS))
    )
    content = dice.choice(playlists(dice.choice(outside.urls()), name))
    way = dice.random()
    if way < 0.15:
        content = b"\xef\xbb\xbf\n " + content
    elif way < 0.3:
        content += sound[dice.choice(sorted(sound))]
    return Made(name, content)


def data_reference(dice: Random, sound: dict[str, bytes], outside: Outside) -> Made:
    """A MOV whose pictures lie elsewhere: in a URL, an alias, a reference movie."""
    kind = dice.choice(["mp4", "mov"])
    data, url = sound[kind], dice.choice(outside.urls())
    if dice.random() < 0.3:
        target = box(b"rdrf", b"\0" * 4 + b"url " + struct.pack(">I", len(url)) + url.encode())
        return Made(
            "reference.mov",
            box(b"ftyp", b"qt  \0\0\0\0") + box(b"moov", box(b"rmra", box(b"rmda", target))),
        )
    if dice.random() < 0.5:
        entry = box(b"url ", b"\0" * 4 + url.encode() + b"\0")
    else:
        path = str(outside.film).encode()
        alias = bytearray(150)
        struct.pack_into(">4sHH", alias, 0, b"\0" * 4, 150 + len(path) + 8, 2)
        alias += struct.pack(">hH", 2, len(path)) + path + struct.pack(">hH", -1, 0)
        entry = box(b"alis", b"\0" * 4 + bytes(alias))
    at = data.find(b"dref") - 4
    old = data[at : at + struct.unpack_from(">I", data, at)[0]]
    new = box(b"dref", struct.pack(">II", 0, 1) + entry)
    grown = bytearray(data[:at] + new + data[at + len(old) :])
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        place = grown.find(name) - 4
        struct.pack_into(
            ">I", grown, place, struct.unpack_from(">I", grown, place)[0] + len(new) - len(old)
        )
    return Made(f"reference.{kind}", bytes(grown))


def pattern(dice: Random, sound: dict[str, bytes], outside: Outside) -> Made:
    """A name that programs read as a pattern, an option or an address, and not as a name."""
    kind = dice.choice(sorted(sound))
    name = dice.choice(
        (
            "img%03d.png",
            "%d.jpg",
            "-i.mp4",
            "a|b.mp4",
            "concat:a.mp4",
            "*.mp4",
            "[0-9].mp4",
            "$(touch x).mp4",
            "a\nb.mp4",
            "\u202emp4.exe.mp4",
            "a'b\"c.mp4",
            "<b>.mp4",
            "n" * 200 + ".mp4",
            "http:x.mp4",
            ".mp4",
            "a.mp4.",
        )
    )
    return Made(name, sound[kind])


def other_kind(dice: Random, sound: dict[str, bytes], outside: Outside) -> Made:
    """Files of other kinds under a video's name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("film.mp4", bytes(10**6))
    heads = (
        b"",
        b"\0" * 5000,
        b"\xff\xd8\xff\xe0" + b"\0" * 3000,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"%PDF-1.7\n" * 50,
        packed.getvalue(),
        gzip.compress(bytes(10**6)),
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        b"RIFF\0\0\0\0AVI LIST",
        b"ID3" + b"\xff" * 99,
        b"\x7fELF" + b"\0" * 500,
        b"MZ" + b"\0" * 500,
        b"#!/bin/sh\ntouch x\n",
        b"\x80\x04cposix\nsystem\n",
        b"SQLite format 3\0",
        b"OggS" * 4000,
        b"fLaC" + b"\0" * 90,
        b"DKIF" + b"\xff" * 90,
        b"YUV4MPEG2 W99999 H99999 F1:1\nFRAME\n",
        b"FWS\x09",
        b".RMF" + b"\0" * 80,
        b"nut/multimedia container\0",
        b"\x1a\x45\xdf\xa3" * 900,
        b"FLV\x01\x05" + b"\xff" * 500,
        b"\x47" * 188 * 500,
        b"\0\0\1\xba" * 2000,
        b"0&\xb2u\x8ef\xcf\x11" * 50,
        dice.randbytes(dice.choice([1, 100, 50_000])),
    )
    return Made(f"other.{dice.choice(ENDINGS)}", dice.choice(heads))


REFERENCES: dict[str, Callable[[Random, dict[str, bytes], Outside], Made]] = {
    make.__name__: make for make in (playlist, data_reference, pattern, other_kind)
}
