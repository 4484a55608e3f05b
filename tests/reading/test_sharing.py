"""What readers share is made once, bounded in bytes, and gone with its owner."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from fixviz.reading.sharing import SharedCache, size_of
from fixviz.reading.tables import Table


def test_what_one_has_made_serves_the_next() -> None:
    cache, made = SharedCache[str](1000), []
    values = [cache.get("run", "key", lambda: made.append(1) or "value") for _ in range(3)]
    assert values == ["value"] * 3 and made == [1]
    assert (cache.sharing.made, cache.sharing.shared) == (1, 2)


def test_owners_with_the_same_key_have_values_of_their_own() -> None:
    cache = SharedCache[str](1000)
    assert cache.get("one", "key", lambda: 1) == 1
    assert cache.get("other", "key", lambda: 2) == 2


def test_of_many_who_ask_at_once_one_makes_it() -> None:
    cache, made = SharedCache[str](10_000), []
    all_there, go_on = threading.Barrier(8), threading.Event()

    def make() -> bytes:
        made.append(threading.get_ident())
        assert go_on.wait(60)
        return b"figure"

    def ask() -> bytes:
        all_there.wait(60)
        return cache.get("run", "key", make)

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(ask) for _ in range(8)]
        while not made:
            pass
        go_on.set()
        assert [answer.result(60) for answer in answers] == [b"figure"] * 8
    assert len(made) == 1


def test_two_values_are_made_beside_each_other() -> None:
    cache, both = SharedCache[str](10_000, at_once=2), threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        # Each waits for the other one while it is made.
        answers = [pool.submit(cache.get, "run", key, lambda: both.wait(60)) for key in "ab"]
        assert {answer.result(60) for answer in answers} == {0, 1}


def test_no_more_are_made_at_once_than_allowed_and_what_is_there_waits_for_nobody() -> None:
    cache, making, most, go_on = SharedCache[str](10_000), [], [], threading.Event()
    cache.get("run", "there", lambda: b"x")

    def make() -> int:
        making.append(1)
        most.append(len(making))
        assert go_on.wait(60)
        making.pop()
        return 1

    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(cache.get, "run", number, make) for number in range(4)]
        while not making:
            pass
        assert cache.get("run", "there", lambda: 1 // 0) == b"x"
        go_on.set()
        assert [answer.result(60) for answer in answers] == [1] * 4
    assert max(most) == 1


def test_a_value_may_be_made_of_others_that_somebody_else_wants() -> None:
    cache, made = SharedCache[str](10_000), []

    def array() -> int:
        made.append("array")
        return 20

    def figure() -> int:
        return 1 + cache.get("run", "array", array)

    with ThreadPoolExecutor(8) as pool:
        wanted = [("figure", figure), ("array", array)] * 20
        answers = [pool.submit(cache.get, "run", key, make) for key, make in wanted]
        assert [answer.result(60) for answer in answers] == [21, 20] * 20
    assert made == ["array"]


def test_a_failure_is_not_kept() -> None:
    cache = SharedCache[str](1000)
    with pytest.raises(ZeroDivisionError):
        cache.get("run", "key", lambda: 1 // 0)
    assert cache.get("run", "key", lambda: 7) == 7


def test_the_bound_holds_and_the_longest_unused_value_goes_first() -> None:
    array = np.zeros(1000, np.uint8)
    cache, made = SharedCache[str](3 * size_of(array)), []

    def ask(key: str) -> None:
        cache.get("run", key, lambda: made.append(key) or np.zeros(1000, np.uint8))

    for key in ("a", "b", "c", "a", "d"):
        ask(key)
        assert cache.sharing.bytes <= 3 * size_of(array)
    ask("a")
    assert made == ["a", "b", "c", "d"]  # b, not a, made room for d
    ask("b")
    assert made[-1] == "b"


def test_a_value_larger_than_the_bound_is_returned_and_not_kept() -> None:
    cache = SharedCache[str](500)
    cache.get("run", "small", lambda: b"x")
    assert cache.get("run", "large", lambda: np.zeros(1000)).shape == (1000,)
    assert cache.sharing.kept == 1


def test_nothing_is_left_of_an_owner_that_is_gone() -> None:
    cache = SharedCache[str](10_000)
    for owner in ("deleted", "kept"):
        for key in "xyz":
            cache.get(owner, key, lambda: b"content")
    before = cache.sharing.bytes
    assert cache.forget(lambda owner: owner == "deleted") == 3
    assert (cache.sharing.kept, cache.sharing.bytes) == (3, before // 2)
    assert cache.get("deleted", "x", lambda: b"anew") == b"anew"


def test_an_array_counts_with_all_that_it_keeps_in_memory() -> None:
    whole = np.zeros((100, 1000), np.float32)
    assert size_of(whole) >= 400_000
    assert size_of(whole[0]) >= 400_000
    table: Table = {"number": [0.5] * 1000, "name": ["ab"] * 1000}
    # A number of its own takes 24 bytes, a short text 51; each has a place of 8 in its list.
    assert 1000 * (24 + 8 + 51 + 8) <= size_of(table) <= 1.1 * 1000 * (24 + 8 + 51 + 8)
