"""What one reader had computed, kept for the others: bounded in bytes, made once, and gone with its run."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, Generic, TypeVar, cast

import numpy as np

T = TypeVar("T")
Owner = TypeVar("Owner", bound=Hashable)

_ITEM: Final = 64
"""About how many bytes Python needs for an object beside its content."""


@dataclass(frozen=True)
class Sharing:
    """What a cache has done since it was made."""

    made: int
    """Values that were computed."""
    shared: int
    """Requests that were answered from memory, or by the computation of somebody else."""
    kept: int
    """Values in memory."""
    bytes: int
    """About how large they are."""


class SharedCache(Generic[Owner]):
    """Values by owner and key, of which those that nobody has asked for longest make room.

    A key says all that decides a value. The owner is whose content it is, such as a run, and is told
    to `forget` when that is deleted. When several threads ask for the same value at once, one makes it and
    the others wait for it. Values are shared and must not be changed.

    Few values are made at a time: Python computes one after the other anyway, and whoever only wants what
    is there should not have to share the interpreter with everybody who waits.
    """

    def __init__(self, most_bytes: int, *, at_once: int = 1) -> None:
        """Make a cache. at_once: how many threads make values at the same time."""
        self._most = most_bytes
        self._turns = threading.BoundedSemaphore(at_once)
        self._within = threading.local()
        self._lock = threading.Lock()
        self._values: OrderedDict[tuple[Owner, Hashable], tuple[Any, int]] = OrderedDict()
        self._making: dict[tuple[Owner, Hashable], threading.Lock] = {}
        self._bytes = self._made = self._shared = 0

    def get(self, owner: Owner, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value; call `make` for one that is not there. What `make` raises is not kept."""
        place = owner, key
        with self._lock:
            if place in self._values:
                return cast(T, self._taken(place))
        with self._turn():
            return self._made_now(place, make)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until this thread may make values; what they are made of belongs to its turn.

        The turn comes before the lock of a value, so no thread that holds such a lock waits for a turn.
        """
        if getattr(self._within, "turn", False):
            yield
            return
        with self._turns:
            self._within.turn = True
            try:
                yield
            finally:
                self._within.turn = False

    def _made_now(self, place: tuple[Owner, Hashable], make: Callable[[], T]) -> T:
        with self._lock:
            making = self._making.setdefault(place, threading.Lock())
        with making:
            with self._lock:
                # Somebody else made it while this thread waited.
                if place in self._values:
                    return cast(T, self._taken(place))
            try:
                value = make()
                self._keep(place, value, size_of(value))
            finally:
                with self._lock:
                    self._making.pop(place, None)
        return value

    def forget(self, gone: Callable[[Owner], bool]) -> int:
        """Drop all values of the owners that are gone, and return how many."""
        with self._lock:
            owners = {owner for owner, _ in self._values}
            left = {owner for owner in owners if gone(owner)}
            places = [place for place in self._values if place[0] in left]
            for place in places:
                self._bytes -= self._values.pop(place)[1]
        return len(places)

    @property
    def sharing(self) -> Sharing:
        """How much was computed, how much was shared, and what is in memory."""
        with self._lock:
            return Sharing(self._made, self._shared, len(self._values), self._bytes)

    def _taken(self, place: tuple[Owner, Hashable]) -> Any:
        self._shared += 1
        self._values.move_to_end(place)
        return self._values[place][0]

    def _keep(self, place: tuple[Owner, Hashable], value: Any, size: int) -> None:
        with self._lock:
            self._made += 1
            if size > self._most:
                return
            self._values[place] = value, size
            self._bytes += size
            while self._bytes > self._most:
                _, (_, freed) = self._values.popitem(last=False)
                self._bytes -= freed


def size_of(value: object) -> int:
    """Return about how many bytes of memory a value of plain data takes.

    An array that is a part of another one keeps all of that in memory, and so counts with its size.
    """
    match value:
        case np.ndarray():
            whole = value.base if isinstance(value.base, np.ndarray) else value
            return _ITEM + whole.nbytes
        case str() | bytes():
            return sys.getsizeof(value)
        case Mapping():
            return _ITEM + sum(size_of(key) + size_of(item) for key, item in value.items())
        case Sequence():
            # A long list is a column of numbers, all of one kind.
            if len(value) > 0 and isinstance(value[0], int | float):
                return _ITEM + len(value) * (8 + sys.getsizeof(value[0]))
            return _ITEM + sum(8 + size_of(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return _ITEM + sum(size_of(getattr(value, field.name)) for field in fields(value))
    return sys.getsizeof(value)
