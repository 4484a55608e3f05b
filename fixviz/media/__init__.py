"""Video files in and out: decode into clips, encode, draw maps over frames.

    read_clip(path)     a video file as a Clip, decoded in a process that can be killed
    probe(path)         what a file holds, without its frames
    decode_clip(path)   the same as read_clip in this process, for callers with a process of their own
    encode_mp4, encode_image
    overlay             (fixviz.media.overlay) maps over frames, colormaps (fixviz.media.colormaps)

The names above are imported on first use, so that `import fixviz.media` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fixviz.media.clip import Clip, VideoInfo
    from fixviz.media.decode import decode_clip
    from fixviz.media.encode import encode_image, encode_mp4
    from fixviz.media.process import probe, read_clip

_HOMES = {
    "Clip": "clip",
    "VideoInfo": "clip",
    "decode_clip": "decode",
    "encode_image": "encode",
    "encode_mp4": "encode",
    "probe": "process",
    "read_clip": "process",
}

__all__ = [
    "Clip",
    "VideoInfo",
    "decode_clip",
    "encode_image",
    "encode_mp4",
    "probe",
    "read_clip",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
