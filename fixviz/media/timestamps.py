"""When each frame of a video is shown, from the time stamps of its packets: arithmetic only.

Real files repeat stamps, leave some out, or start again from 0 in the middle. What is wrong is mended where
it is; all other frames keep the times that the file gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_USUAL_STEPS = 4
_JUMP_STEPS = 30
"""A step of time counts as usual, or as a jump, from so many of a stream's median steps on."""


@dataclass(frozen=True, eq=False)
class Schedule:
    """When the frames of a stream are shown."""

    ticks: NDArray[np.float64]
    """[F] times in the stream's unit, strictly ascending."""
    ranks: NDArray[np.int64] | None
    """[F] for each packet in the order of the file, the number of its frame in the order shown; None
    when the packets do not tell that order."""
    mended: int
    """Frames whose time stamp was missing, repeated or out of line."""


def schedule(
    pts: Sequence[int | None], dts: Sequence[int | None], *, ordered: bool = True
) -> Schedule | None:
    """Return the schedule of packets with these presentation and decoding times, in the order of the file.

    Either may be None for any packet. `ordered` is False where presentation times are guesses (AVI);
    decoding times are taken then. None when there is no time to go by at all.
    """
    shown = _as_array(pts if ordered else dts)
    if np.isnan(shown).all():
        shown, ordered = _as_array(dts), False
    if np.isnan(shown).all():
        return None
    line, back_steps = _as_array(dts), _USUAL_STEPS
    if np.isnan(line).any():
        line, back_steps = shown, _JUMP_STEPS
    shown, jumped = _in_line(shown, line, back_steps)

    missing = int(np.isnan(shown).sum())
    known = shown[~np.isnan(shown)]
    in_file_order = bool((np.diff(known) >= 0).all())
    ranks: NDArray[np.int64] | None = None
    mend = _interpolated if in_file_order else _filled
    ticks = mend(shown) if missing else np.sort(shown)
    # Of pictures that are stored out of order, two with one time may be shown either way round.
    told = in_file_order or (not missing and len(np.unique(known)) == len(known))
    if ordered and told:
        ranks = np.empty(len(shown), dtype=np.int64)
        order = np.arange(len(shown)) if missing else np.argsort(shown, kind="stable")
        ranks[order] = np.arange(len(shown))
    ticks, repeated = _spread(ticks)
    return Schedule(ticks, ranks, mended=missing + repeated + jumped)


def _as_array(stamps: Sequence[int | None]) -> NDArray[np.float64]:
    return np.array([np.nan if stamp is None else stamp for stamp in stamps], dtype=np.float64)


def _usual_step(ticks: NDArray[np.float64]) -> float:
    """Return the median of the steps forward; 1 where there is none."""
    steps = np.diff(ticks)
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else 1.0


def _in_line(
    shown: NDArray[np.float64], line: NDArray[np.float64], back_steps: int
) -> tuple[NDArray[np.float64], int]:
    """Return the times without single stamps far off the line, going on where clocks start again.

    `line` [F] are times that should ascend in the order of the file, except for what is less than
    `back_steps` usual steps. Returns the times, NaN where one is unusable, and how many times the clock
    started again.
    """
    line = line.copy()
    usual = _usual_step(line[~np.isnan(line)])
    for k in range(1, len(line) - 1):
        before, here, after = line[k - 1 : k + 2]
        apart = min(abs(here - before), abs(after - here)) > _JUMP_STEPS * usual
        if apart and 0 <= after - before <= _USUAL_STEPS * usual:
            line[k] = np.nan
    usable = np.flatnonzero(~np.isnan(line))
    steps = np.diff(line[usable])
    back = np.flatnonzero(steps < -back_steps * usual)
    offset = np.zeros(len(line))
    for k in back.tolist():
        offset[usable[k + 1] :] += usual - steps[k]
    mended = shown + offset
    mended[np.isnan(line)] = np.nan
    return mended, len(back)


def _interpolated(ticks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill missing times on the line between their neighbors."""
    places = np.arange(len(ticks))
    known = np.flatnonzero(~np.isnan(ticks))
    filled = np.interp(places, known, ticks[known])
    usual = _usual_step(ticks[known])
    first, last = known[0], known[-1]
    filled[:first] = ticks[first] - usual * (first - places[:first])
    filled[last + 1 :] = ticks[last] + usual * (places[last + 1 :] - last)
    return filled


def _filled(stamps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put missing times into the widest gaps between the others."""
    ticks = np.sort(stamps[~np.isnan(stamps)])
    usual = _usual_step(ticks)
    count = len(stamps)
    while len(ticks) < count:
        gaps = np.diff(ticks)
        widest = int(np.argmax(gaps)) if len(gaps) else -1
        if widest >= 0 and gaps[widest] > 1.5 * usual:
            parts = min(round(gaps[widest] / usual), count - len(ticks) + 1)
            inside = np.linspace(ticks[widest], ticks[widest + 1], parts + 1)[1:-1]
            ticks = np.insert(ticks, widest + 1, inside)
        else:
            ticks = np.append(ticks, ticks[-1] + usual)
    return ticks


def _spread(ticks: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Make equal times different; return ascending times, and how many were changed.

    Frames that share a time are spread over the wider of the gaps before and behind them: that is
    where one of them belongs.
    """
    spread = ticks.copy()
    usual = _usual_step(ticks)
    changed = 0
    start = 0
    while start < len(ticks):
        end = start
        while end + 1 < len(ticks) and ticks[end + 1] == ticks[start]:
            end += 1
        same = end - start + 1
        if same > 1:
            before = ticks[start] - spread[start - 1] if start else 0.0
            after = ticks[end + 1] - ticks[end] if end + 1 < len(ticks) else same * usual
            if before > after:
                spread[start : end + 1] = spread[start - 1] + before * np.arange(1, same + 1) / same
            else:
                spread[start : end + 1] = ticks[start] + after * np.arange(same) / same
            changed += same - 1
        start = end + 1
    return spread, changed
