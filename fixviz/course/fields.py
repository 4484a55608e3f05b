"""Read mappings of a text file strictly: what is missing, unknown or of another type is an error.

Each error names the file, the step and the key, for whoever writes the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import yaml

from fixviz.errors import LessonError

T = TypeVar("T")
_BOOL: Final = "tag:yaml.org,2002:bool"


@dataclass(frozen=True)
class Place:
    """Where in the course's texts something stands: a file, a step of it, and a key of the step."""

    file: str
    step: str = ""
    key: str = ""

    def at(self, key: object) -> Place:
        """Return the place of a key (or of the number of an item) below this one."""
        below = f"{self.key}[{key}]" if isinstance(key, int) else f"{self.key}.{key}".lstrip(".")
        return Place(self.file, self.step, below)

    def error(self, fault: str) -> LessonError:
        """Return the error with one sentence on what is wrong here."""
        parts = [self.file, f"step {self.step}" if self.step else "", self.key]
        return LessonError(f"{', '.join(part for part in parts if part)}: {fault}")


if TYPE_CHECKING:
    _SafeLoader = yaml.SafeLoader
else:
    # The same in C, where PyYAML has it: it reads all lessons in a tenth of the time.
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):
    """The safe loader, with two equal keys as an error, and true and false as the only truth values.

    By itself it lets the last of two equal keys win, and takes the answers yes, no, on and off for truth
    values, as YAML 1.1 does.
    """


def _unique(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    twice = {str(key) for key in keys if keys.count(key) > 1}
    if twice:
        raise yaml.constructor.ConstructorError(
            None, None, f"the key {sorted(twice)[0]!r} stands twice", node.start_mark
        )
    return loader.construct_mapping(node, deep=True)


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, form) for tag, form in known if tag != _BOOL]
    for letter, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"(?:true|false)\Z"), ["t", "f"])
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique)


def read_yaml(text: str, place: Place) -> Any:
    """Return what a YAML text says. Raises LessonError, also for a key that stands twice."""
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise place.error(f"this is not valid YAML: {' '.join(str(error).split())}") from error


@dataclass
class Fields:
    """A mapping whose keys are taken out one by one; `done` complains about those left over."""

    place: Place
    values: Mapping[str, Any]
    taken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, place: Place, value: Any) -> Fields:
        """Return the fields of a mapping with text keys. Raises LessonError for anything else."""
        if not isinstance(value, Mapping):
            raise place.error("this must be keys with values.")
        for key in value:
            if not isinstance(key, str):
                raise place.error(f"the key {key!r} must be text; write it in quotes.")
        return cls(place, value)

    def text(self, key: str) -> str:
        """Return a text that must be there and not be empty."""
        return self.need(key, as_text)

    def need(self, key: str, read: Callable[[Place, Any], T]) -> T:
        """Return a value that must be there, as `read` gives it."""
        self.taken.add(key)
        if self.values.get(key) is None:
            raise self.place.at(key).error("this is missing.")
        return read(self.place.at(key), self.values[key])

    def maybe(self, key: str, read: Callable[[Place, Any], T], default: T) -> T:
        """Return a value as `read` gives it, or the default where the key is missing."""
        self.taken.add(key)
        return self.need(key, read) if key in self.values else default

    def done(self) -> None:
        """Raise LessonError for a key that nobody has asked for."""
        unknown = [key for key in self.values if key not in self.taken]
        if unknown:
            known = ", ".join(sorted(self.taken))
            raise self.place.at(unknown[0]).error(f"there is no such key here; known are {known}.")


def as_text(place: Place, value: Any) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str):
        raise place.error(f"{value!r} must be text; write it in quotes.")
    if not value.strip():
        raise place.error("this is empty.")
    return value.strip()


def as_number(place: Place, value: Any) -> float:
    """Return a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise place.error(f"{value!r} must be a number.")
    return float(value)


def as_flag(place: Place, value: Any) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise place.error(f"{value!r} must be true or false.")
    return value


def one_of(*names: str) -> Callable[[Place, Any], str]:
    """Return a reader of a text that must be one of these."""

    def read(place: Place, value: Any) -> str:
        if value not in names:
            raise place.error(f"{value!r} must be one of {', '.join(names)}.")
        return str(value)

    return read


def list_of(read: Callable[[Place, Any], T]) -> Callable[[Place, Any], tuple[T, ...]]:
    """Return a reader of a list with at least one item."""

    def read_all(place: Place, value: Any) -> tuple[T, ...]:
        if not isinstance(value, list) or not value:
            raise place.error("this must be a list with at least one item.")
        return tuple(read(place.at(number), item) for number, item in enumerate(value))

    return read_all


def texts(place: Place, value: Any) -> dict[str, str]:
    """Return texts by key."""
    fields = Fields.of(place, value)
    return {key: fields.text(key) for key in fields.values}
