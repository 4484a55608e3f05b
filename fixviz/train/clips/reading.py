"""Get clips ready for training: look at every file, fill the cache, name what is broken."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from fixviz.data.augment import Augment
from fixviz.data.clip_cache import ClipCache
from fixviz.data.labeled import LabeledClip
from fixviz.data.splits import Splits
from fixviz.data.stored_frames import PIECE, VideoFacts, keep_piece, named, read_facts
from fixviz.data.training_clips import KnownClip
from fixviz.errors import (
    DecodeTimeout,
    FixvizError,
    MediaError,
    OptionError,
    UnreadableVideo,
    WorkerCrashed,
)
from fixviz.media.pool import KillablePool
from fixviz.settings import Settings
from fixviz.train.metrics import duration

T = TypeVar("T")
R = TypeVar("R")
_REPORT_S = 5.0
_MEMORY_BYTES = 4 * 2**30
_MOST_NAMED = 10


@dataclass(frozen=True)
class ReadClips:
    """Clips whose files can be read, by part."""

    parts: dict[str, tuple[KnownClip, ...]]
    """"train", "validation" and "test"."""
    class_names: tuple[str, ...]
    broken: dict[Path, str]
    """What cannot be read, and why."""

    def digest(self, root: Path) -> str:
        """Return a hash over what is learned from: content, part, label and split of each clip."""
        lines = [
            f"{part} {known.facts.sha256} {known.clip.label} {known.clip.start_s} {known.clip.end_s}"
            for part, clips in sorted(self.parts.items())
            for known in clips
        ]
        return hashlib.sha256("\n".join([*self.class_names, *lines]).encode()).hexdigest()

    def broken_text(self) -> str:
        """Return how many files cannot be read, and which, in lines; empty for none."""
        if not self.broken:
            return ""
        lines = [f"{len(self.broken)} of the files cannot be read and are skipped:"]
        lines += [f"  {reason}" for reason in list(self.broken.values())[:_MOST_NAMED]]
        if (more := len(self.broken) - _MOST_NAMED) > 0:
            lines.append(f"  and {more} more")
        return "\n".join(lines)


def read_clips(
    splits: Splits,
    augmentation: Augment,
    cache: ClipCache,
    settings: Settings,
    *,
    workers: int = 2,
    report: Callable[[str], None] = print,
) -> ReadClips:
    """Look at all files of a data set and fill the cache, in processes that can be killed.

    What cannot be read is left out, its reason kept. Raises OptionError where a class has nothing left.
    """
    paths = list(dict.fromkeys(c.path for clips in splits.parts().values() for c in clips))
    broken: dict[Path, str] = {}
    facts: dict[Path, VideoFacts] = {}
    with closing(_pool(workers)) as pool:

        def look(path: Path) -> VideoFacts | None:
            return _guarded(pool, path, broken, settings, read_facts, path, cache, settings)

        for path, found in _progress("looking at", paths, look, workers, report):
            if found is not None:
                facts[path] = found
        pieces = _pieces(splits, facts, augmentation)
        cache.make_room({facts[path].key(piece, size) for path, piece, size in pieces})
        full = False

        def keep(job: tuple[Path, int, tuple[int, int]]) -> bool | None:
            nonlocal full
            path, piece, size = job
            if full or path in broken:
                return None
            kept = _guarded(
                pool,
                path,
                broken,
                settings,
                keep_piece,
                path,
                facts[path],
                piece,
                size,
                cache,
                settings,
            )
            if kept is False:
                full = True
            return kept

        if cache.limit_bytes:
            missing = [
                (path, piece, size)
                for path, piece, size in pieces
                if cache.load(facts[path].key(piece, size)) is None
            ]
            for _ in _progress("decoding", missing, keep, workers, report):
                pass
            if full:
                report(
                    f"The cache in {cache.folder} is full; what is not in it is decoded again in every epoch."
                )
    rest = splits.without(list(broken))
    known = {
        part: tuple(KnownClip(clip, facts[clip.path]) for clip in _inside(clips, facts, broken))
        for part, clips in rest.parts().items()
    }
    read = ReadClips(known, splits.class_names, broken)
    if text := read.broken_text():
        report(text)
    _check(read, splits)
    return read


def _inside(
    clips: Sequence[LabeledClip], facts: dict[Path, VideoFacts], broken: dict[Path, str]
) -> Iterator[LabeledClip]:
    """Yield clips that begin inside of their video."""
    for clip in clips:
        length = facts[clip.path].duration_s
        if clip.start_s < length:
            yield clip
        else:
            broken[clip.path] = (
                f"'{clip.path}' lasts {length:.2f} s, so no part of it begins at {clip.start_s:g} s."
            )


def _check(read: ReadClips, splits: Splits) -> None:
    """Raise OptionError where broken files left a class without clips."""
    for part in ("train", "validation"):
        before = {clip.label for clip in splits.parts()[part]}
        after = {known.clip.label for known in read.parts[part]}
        if lost := sorted(before - after):
            raise OptionError(
                f"No file of the class {splits.class_names[lost[0]]!r} to"
                f" {'train on' if part == 'train' else 'validate on'} can be read. {read.broken_text()}"
            )


def _pool(workers: int) -> KillablePool:
    return KillablePool(
        max(1, workers), preload=("fixviz.data.stored_frames",), memory_bytes=_MEMORY_BYTES
    )


def _guarded(
    pool: KillablePool,
    path: Path,
    broken: dict[Path, str],
    settings: Settings,
    function: Callable[..., R],
    *args: object,
) -> R | None:
    """Call a function on a file in a process of the pool; None where it fails, which is noted."""
    try:
        return pool.run(settings.decode_timeout_s, None, function, *args)
    except TimeoutError:
        error: FixvizError = DecodeTimeout(
            f"'{path}' took longer than {settings.decode_timeout_s:g} s to decode and was stopped."
        )
    except WorkerCrashed:
        error = UnreadableVideo(f"'{path}' made the decoder crash.")
    except (MediaError, OptionError) as raised:
        error = named(raised, path) if isinstance(raised, MediaError) else raised
    broken[path] = str(error)
    return None


def _pieces(
    splits: Splits, facts: dict[Path, VideoFacts], augmentation: Augment
) -> list[tuple[Path, int, tuple[int, int]]]:
    """Return (file, piece, size) of all that the clips show, each once."""
    found: dict[tuple[Path, int, tuple[int, int]], None] = {}
    for clips in splits.parts().values():
        for clip in clips:
            if clip.path not in facts:
                continue
            about = facts[clip.path]
            size = augmentation.kept_size(about.height, about.width)
            first, count = about.span(clip.start_s, clip.end_s)
            for piece in range(first // PIECE, (first + count - 1) // PIECE + 1):
                found[clip.path, piece, size] = None
    return list(found)


def _progress(
    doing: str,
    jobs: Sequence[T],
    work: Callable[[T], R],
    workers: int,
    report: Callable[[str], None],
) -> Iterator[tuple[T, R]]:
    """Do jobs in threads, yield each with its result, and tell every few seconds how many are done."""
    told = first = time.monotonic()
    waiting = iter(jobs)
    with ThreadPoolExecutor(max(1, workers)) as threads:
        running: dict[Future[R], T] = {
            threads.submit(work, job): job for job in islice(waiting, 2 * max(1, workers))
        }
        done = 0
        while running:
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                job = running.pop(future)
                for following in islice(waiting, 1):
                    running[threads.submit(work, following)] = following
                done += 1
                # the first one also waited for the processes to start
                first = time.monotonic() if done == 1 else first
                yield job, future.result()
            if time.monotonic() - told > _REPORT_S and 1 < done < len(jobs):
                told = time.monotonic()
                left = (told - first) / (done - 1) * (len(jobs) - done)
                report(f"{doing} {done}/{len(jobs)}  {duration(left)} left")
