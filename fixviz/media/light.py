"""Pictures of HDR and wide-gamut video as a normal screen shows them.

HDR video states light up to 1000 nits and more (HLG: ITU-R BT.2100; PQ: SMPTE ST 2084) in the colors of
BT.2020. Shown without mapping, it looks gray and its red brown. The mapping takes ITU-R BT.2408's reference
white (203 nits) to the white of a normal screen, turns the colors into those of BT.709, and bends only
what is brighter than `_KNEE` of that white, with the ratio of red, green and blue kept.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_BT2020, _P3 = 9, 12
_PQ, _HLG = 16, 18
_HDR_NAMES = {_PQ: "PQ", _HLG: "HLG"}
_WHITE_NITS = 203.0
_HLG_PEAK_NITS = 1000.0
_SCREEN_GAMMA = 2.4
_KNEE = 0.8
_LEVELS = 65535
# Luminance of the primaries of BT.2020, for the system gamma of HLG.
_BT2020_LUMA = np.array([0.2627, 0.6780, 0.0593], dtype=np.float32)
# Linear light into that of BT.709: ITU-R BT.2087, and the same calculation for the primaries of P3 with D65.
_TO_BT709 = {
    _BT2020: np.array(
        [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
        dtype=np.float32,
    ),
    _P3: np.array(
        [[1.2249, -0.2249, 0.0], [-0.0420, 1.0420, 0.0], [-0.0197, -0.0786, 1.0983]],
        dtype=np.float32,
    ),
}


class Light(NamedTuple):
    """What the samples of a picture stand for, in the numbers of ITU-T H.273."""

    transfer: int
    primaries: int

    @classmethod
    def of(cls, frame: VideoFrame) -> Light | None:
        """Return the light of `frame`; None for a picture that a normal screen can show as it is."""
        light = cls(int(frame.color_trc), int(frame.color_primaries))
        return light if light.transfer in _HDR_NAMES or light.primaries in _TO_BT709 else None

    @property
    def hdr(self) -> str | None:
        """HLG or PQ; None for a picture of normal brightness in other colors."""
        return _HDR_NAMES.get(self.transfer)

    def for_screen(self, picture: NDArray[np.unsignedinteger[Any]]) -> NDArray[np.uint8]:
        """Convert a picture, uint16 [H, W, 3] with 65535 as full signal, to uint8 for a normal screen."""
        linear = _linear(self.transfer)[picture]
        if self.transfer == _HLG:
            # The system gamma of HLG, 1.2 at 1000 nits, is applied to luminance (BT.2100, table 5).
            luminance = np.maximum(linear @ _BT2020_LUMA, 1e-6)[..., None]
            linear = linear * luminance**0.2 * np.float32(_HLG_PEAK_NITS / _WHITE_NITS)
        if self.primaries in _TO_BT709:
            linear = linear @ _TO_BT709[self.primaries].T
        linear = np.maximum(linear, 0)
        brightest = np.maximum(linear.max(axis=-1, keepdims=True), 1e-6)
        above = np.maximum(brightest - _KNEE, 0) / (1 - _KNEE)
        bent = np.where(above > 0, _KNEE + (1 - _KNEE) * (1 - np.exp(-above)), brightest)
        signal = (linear * (bent / brightest)) ** (1 / _SCREEN_GAMMA)
        shown: NDArray[np.uint8] = np.round(signal.clip(0, 1) * 255).astype(np.uint8)
        return shown


@cache
def _linear(transfer: int) -> NDArray[np.float32]:
    """Return the linear light of each signal level, [65536]; 1 is the screen's white, for HLG its peak."""
    signal = np.arange(_LEVELS + 1) / _LEVELS
    if transfer == _HLG:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    elif transfer == _PQ:
        m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
        root = signal ** (1 / m2)
        light = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * 10000 / _WHITE_NITS
    else:
        light = signal**_SCREEN_GAMMA
    return light.astype(np.float32)
