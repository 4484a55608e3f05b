"""JSON and YAML that come with a checkpoint, read within limits: a small file must not cost much.

A text of a few bytes can describe much: aliases in YAML multiply (a "billion laughs"), and deep nesting
exhausts Python's stack. Needs no torch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml

from fixviz.errors import CheckpointError

MOST_BYTES = 2_000_000
"""Largest JSON file that is read."""
_MOST_YAML = 256_000
"""Longest YAML text, in characters; the authors' configurations have 10,000."""
_MOST_VALUES = 100_000
"""Most values of one text or tree, each counted as often as an alias repeats it."""
_DEEPEST = 50

if TYPE_CHECKING:
    _SafeLoader = yaml.SafeLoader
else:
    # Ten times as fast, where PyYAML comes with it.
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_json(content: bytes, name: str) -> Any:
    """Return the value in a JSON file (UTF-8, -16 or -32, with or without a byte order mark).

    name: of the file, for the sentence. Raises CheckpointError when it is no JSON, too large or too deep.
    """
    if len(content) > MOST_BYTES:
        raise CheckpointError(f"{name} is larger than {MOST_BYTES // 10**6} MB.")
    try:
        value = json.loads(content)
    except UnicodeError:
        raise CheckpointError(
            f"{name} cannot be read as JSON: it is not text in UTF-8; save it again."
        ) from None
    except json.JSONDecodeError as error:
        raise CheckpointError(
            f"{name} cannot be read as JSON; see line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise _too_deep(name) from None
    except ValueError:  # A whole number of more digits than Python reads.
        raise CheckpointError(
            f"{name} cannot be read as JSON: it holds a number with too many digits."
        ) from None
    check_tree(value, name)
    return value


def read_yaml(text: str, name: str) -> Any:
    """Return the value in a YAML text: plain values alone.

    name: of the text, for the sentence. Raises CheckpointError when it is no YAML, or describes too much.
    """
    if len(text) > _MOST_YAML:
        raise CheckpointError(
            f"{name} has {len(text):,} characters; a configuration has at most {_MOST_YAML:,}."
        )
    try:
        _check_events(text, name)
        value = yaml.load(text, Loader=_SafeLoader)
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, AttributeError, KeyError):
        # Tags such as !!timestamp and !!int raise Python's own errors on what does not fit them.
        raise CheckpointError(f"{name} is not readable as YAML.") from None
    except RecursionError:
        raise _too_deep(name) from None
    check_tree(value, name)
    return value


def check_tree(value: Any, name: str) -> None:
    """Raise CheckpointError when nested lists and mappings are too deep, too many, or hold themselves."""
    counted = 0
    waiting = [(value, 0)]
    while waiting:
        node, depth = waiting.pop()
        counted += 1
        if depth > _DEEPEST:
            raise _too_deep(name)
        children: list[Any] = []
        if isinstance(node, Mapping):
            children = [*node.keys(), *node.values()]
        elif isinstance(node, list | tuple | set | frozenset):
            children = list(node)
        if counted + len(waiting) + len(children) > _MOST_VALUES:
            raise _too_much(name)
        waiting += [(child, depth + 1) for child in children]


def _check_events(text: str, name: str) -> None:
    """Raise CheckpointError for a YAML text that is too deep or, its aliases written out, too long.

    Nothing is built: a parser's events tell what would be.
    """
    sizes: dict[str, int] = {}
    opened: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in opened):
                raise CheckpointError(f"{name} refers to itself, which no configuration does.")
            total += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor is not None:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, total))
            total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            if anchor is not None:
                sizes[anchor] = total - before
        if len(opened) > _DEEPEST:
            raise _too_deep(name)
        if total > _MOST_VALUES:
            raise _too_much(name)


def _too_deep(name: str) -> CheckpointError:
    return CheckpointError(f"{name} nests more than {_DEEPEST} levels deep; no configuration does.")


def _too_much(name: str) -> CheckpointError:
    return CheckpointError(
        f"{name} describes more than {_MOST_VALUES:,} values, each counted as often as it is repeated; no "
        "configuration does."
    )
