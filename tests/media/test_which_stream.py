"""Of several streams the film is taken: not a cover, a thumbnail or a preview."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from fixviz.errors import UnreadableVideo
from fixviz.media.decode import decode_clip, read_info
from tests.media.drawn_videos import drawn_frame, number_in


@dataclass
class Track:
    """A video track to be written: pictures that start at number `first`."""

    frames: int
    codec: str = "libx264"
    first: int = 0
    rate: int = 10
    size: tuple[int, int] = (62, 106)
    disposition: Disposition = field(default_factory=lambda: Disposition(0))


FILM = Track(20, first=20)
COVER = Track(1, "mjpeg", disposition=Disposition.attached_pic)
STILL = Track(1, "mjpeg")


def write_tracks(path: Path, tracks: Sequence[Track], *, sound_s: float = 0.0) -> Path:
    """Write the tracks in that order, and silence behind them."""
    with av.open(str(path), "w") as container:
        streams = []
        for track in tracks:
            stream = container.add_stream(track.codec, rate=track.rate)
            stream.height, stream.width = track.size
            stream.pix_fmt = "yuvj420p" if track.codec == "mjpeg" else "yuv420p"
            stream.disposition = track.disposition
            streams.append((stream, track))
        sound = container.add_stream("aac", rate=8000) if sound_s else None
        for stream, track in streams:
            for packet in _packets(stream, track):
                container.mux(packet)
        if sound is not None:
            for start in range(0, int(8000 * sound_s), 1024):
                silence = av.AudioFrame.from_ndarray(
                    np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
                )
                silence.sample_rate, silence.pts = 8000, start
                container.mux(sound.encode(silence))
            container.mux(sound.encode(None))
    return path


def _packets(stream: av.VideoStream, track: Track) -> Iterator[av.Packet]:
    for k in range(track.first, track.first + track.frames):
        picture = drawn_frame(k, *track.size)
        yield from stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24"))
    yield from stream.encode(None)


@pytest.mark.parametrize(
    ("name", "tracks", "film"),
    [
        ("cover first.mp4", [COVER, FILM], 20),
        ("cover last.mp4", [FILM, COVER], 20),
        ("a still first.mkv", [STILL, FILM], 20),
        (
            "the default one.mkv",
            [Track(31), Track(20, first=20, disposition=Disposition.default)],
            20,
        ),
        ("the longest.mkv", [Track(5), FILM], 20),
        ("the longest, not the one with most frames.mkv", [Track(15, rate=30), FILM], 20),
        ("the largest.mkv", [Track(20, size=(32, 96)), FILM], 20),
        ("a default still.mkv", [Track(1, disposition=Disposition.default), FILM], 20),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
@pytest.mark.parametrize("sound_s", [0.0, 4.0])
def test_the_film_is_taken(tmp_path, settings, name, tracks, film, sound_s):
    video = write_tracks(tmp_path / name, tracks, sound_s=sound_s)
    clip = decode_clip(video, rate_hz=10, settings=settings)

    assert clip.source.frame_count == film
    assert [number_in(frame) for frame in clip.frames] == list(range(20, 40))
    assert clip.notes == ()


@pytest.mark.parametrize(("name", "track"), [("song.mp4", COVER), ("song.mkv", STILL)])
def test_a_song_with_a_cover_is_no_video(tmp_path, settings, name, track):
    song = write_tracks(tmp_path / name, [track], sound_s=3.0)

    with pytest.raises(UnreadableVideo, match="contains only sound and its cover"):
        decode_clip(song, settings=settings)
    with pytest.raises(UnreadableVideo, match="contains only sound and its cover"):
        read_info(song, settings)


def test_a_film_of_one_picture_is_a_film(tmp_path, settings):
    video = write_tracks(tmp_path / "one.mkv", [STILL])

    assert len(decode_clip(video, settings=settings)) == 1
