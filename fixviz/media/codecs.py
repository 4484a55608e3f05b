"""The codecs that are decoded: one table, from which the documentation's is made.

FFmpeg knows hundreds more, of games and of laboratories. No camera writes them, few people test them, and
each is a program in C that reads whatever a file holds: so they are refused by name.
"""

from __future__ import annotations

from typing import NamedTuple


class VideoCodec(NamedTuple):
    """A way to store pictures."""

    names: tuple[str, ...]
    """FFmpeg's names for it and for its older forms."""
    title: str
    """What people call it."""
    written_by: str
    """Phrase that says where such files come from."""


VIDEO_CODECS: tuple[VideoCodec, ...] = (
    VideoCodec(("h264",), "H.264 (AVC)", "nearly everything"),
    VideoCodec(("hevc",), "H.265 (HEVC)", "phones, cameras"),
    VideoCodec(("av1",), "AV1", "browsers, sites"),
    VideoCodec(("vp9", "vp8"), "VP9, VP8", "browsers, sites"),
    VideoCodec(("mpeg4",), "MPEG-4 part 2 (DivX, Xvid)", "older cameras, AVI files"),
    VideoCodec(("mpeg2video", "mpeg1video"), "MPEG-2, MPEG-1", "camcorders, DVDs, television"),
    VideoCodec(("h263",), "H.263", "old phones"),
    VideoCodec(("mjpeg", "mjpegb"), "Motion JPEG", "cameras, microscopes, webcams"),
    VideoCodec(("dvvideo",), "DV", "tape camcorders"),
    VideoCodec(("prores",), "Apple ProRes", "cameras, editors"),
    VideoCodec(("dnxhd",), "DNxHD, DNxHR", "cameras, editors"),
    VideoCodec(("cfhd",), "CineForm", "action cameras, editors"),
    VideoCodec(("jpeg2000",), "JPEG 2000", "archives, MXF files"),
    VideoCodec(
        ("wmv1", "wmv2", "wmv3", "vc1", "msmpeg4v1", "msmpeg4v2", "msmpeg4v3"),
        "Windows Media, VC-1, MS-MPEG-4",
        "Windows programs, old AVI files",
    ),
    VideoCodec(("flv1", "vp6", "vp6f", "vp6a"), "Sorenson Spark, VP6", "Flash video"),
    VideoCodec(("theora",), "Theora", "Ogg files"),
    VideoCodec(("gif",), "GIF", "browsers, messengers"),
    VideoCodec(("png", "qtrle"), "PNG, QuickTime Animation", "screen recorders, masks"),
    VideoCodec(
        ("rawvideo", "v210", "ffv1", "huffyuv", "ffvhuff", "utvideo"),
        "uncompressed, FFV1, HuffYUV, Ut Video",
        "laboratories, archives, masks",
    ),
)
"""Every codec that is decoded, the usual ones first."""

CODEC_NAMES = frozenset(name for row in VIDEO_CODECS for name in row.names)

_OTHER_DECODERS = (
    *("libdav1d", "libaom-av1", "libvpx", "libvpx-vp9", "mpegvideo", "msmpeg4", "flv"),
)
"""Names of decoders of those codecs that are not named as their codec is."""
_SOUND = (
    *("aac", "aac_latm", "mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float", "ac3", "eac3"),
    *("dca", "truehd", "opus", "libopus", "vorbis", "libvorbis", "flac", "alac", "wmav1", "wmav2"),
    *("wmapro", "amrnb", "amrwb", "adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt", "adpcm_swf"),
    *("nellymoser", "speex", "libspeex", "gsm", "gsm_ms", "qdm2"),
    *(f"pcm_{kind}" for kind in ("u8", "s8", "s16le", "s16be", "s24le", "s24be", "s32le", "s32be")),
    *(f"pcm_{kind}" for kind in ("f32le", "f32be", "mulaw", "alaw", "dvd", "bluray")),
)
"""What sound comes in. It is not decoded, but FFmpeg looks into it to describe a file."""
DECODER_NAMES = (*sorted(CODEC_NAMES), *_OTHER_DECODERS, *_SOUND)
"""The decoders that FFmpeg may start, by its names."""
