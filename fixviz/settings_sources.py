"""Read the values of a settings class from environment variables and a TOML file, and check them.

Declares no setting itself. pydantic-settings does the work. It is imported when there is something to
read, since that takes a fifth of a second.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, get_origin, get_type_hints

from fixviz.errors import OptionError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from pydantic_settings import BaseSettings

_MOST_SHOWN: Final = 60
_PROBLEMS: Final = {
    "int_from_float": "is not a whole number.",
    "int_|float_|truth": "is not a number; set it to a number above 0.",
    "greater_than": "must be above {gt:g}.",
    "bool_": "is neither true nor false.",
    "literal_error": "is not one of {expected}.",
    "path_": "is not the name of a file or folder.",
}
"""By the beginning of pydantic's kind of error."""


@dataclass(frozen=True)
class Above:
    """Mark a number that must be above `least`."""

    least: float


@dataclass(frozen=True)
class Checked:
    """Mark a field whose value `function` returns as it is kept, or refuses by a ValueError."""

    function: Callable[[Any], Any]


def read_values(
    kind: type, variables: Mapping[str, str], file: Path | None, prefix: str
) -> dict[str, Any]:
    """Return the values that are set for fields of the dataclass `kind`, each of its field's type.

    A variable is named `prefix` and the field in capitals, a key of the TOML file as the field. The
    variables win. A text for a tuple holds its items between spaces or commas.

    Raises OptionError, which names the variable, or the key and the file.
    """
    from pydantic import ValidationError, create_model
    from pydantic_settings import BaseSettings, EnvSettingsSource, TomlConfigSettingsSource

    class Read(BaseSettings, extra="forbid", validate_default=False):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *_standard: Any, **_named: Any
        ) -> tuple[Any, ...]:
            from_variables = EnvSettingsSource(settings_cls, env_prefix=prefix)
            from_variables.env_vars = {name.lower(): text for name, text in variables.items()}
            if file is None:
                return (from_variables,)
            return from_variables, TomlConfigSettingsSource(settings_cls, toml_file=file)

    hints = get_type_hints(kind, include_extras=True)
    columns: Any = {f.name: (_checked(hints[f.name]), None) for f in fields(kind)}
    try:
        if file is not None and not file.is_file():
            raise OptionError(f"There is no settings file {file}.")
        read = create_model("Read", __base__=Read, **columns)()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        variable = f"{prefix}{name.upper()}"
        at = variable if variable in variables else f"{name} in {file}"
        known = [f.name for f in fields(kind)]
        raise OptionError(_sentence(first, at, known)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(f"The settings file {file} cannot be read ({error}).") from None
    except tomllib.TOMLDecodeError as error:
        raise OptionError(f"The settings file {file} is not TOML: {error}.") from None
    return {name: getattr(read, name) for name in read.model_fields_set}


def _checked(hint: Any) -> Any:
    """Return the type of a field with its checks, as pydantic knows them."""
    from annotated_types import Gt
    from pydantic import AfterValidator, BeforeValidator
    from pydantic_settings import NoDecode

    plain, marks = (
        (hint.__origin__, hint.__metadata__) if get_origin(hint) is Annotated else (hint, ())
    )
    checks: list[Any] = []
    if plain in (int, float):
        checks.append(BeforeValidator(_no_truth))
    elif plain is Path:
        checks.append(AfterValidator(Path.expanduser))
    elif get_origin(plain) is tuple:
        checks += [NoDecode, BeforeValidator(_items)]
    for mark in marks:
        checks.append(Gt(mark.least) if isinstance(mark, Above) else AfterValidator(mark.function))
    return Annotated[plain, *checks] if checks else plain


def _no_truth(value: object) -> object:
    """Return a value that is not true or false, which pydantic would take for 1 or 0."""
    from pydantic_core import PydanticCustomError

    if isinstance(value, bool):
        raise PydanticCustomError("truth", "a truth value")
    return value


def _items(value: object) -> object:
    """Return the items of a text, between spaces or commas."""
    return (
        [item for item in re.split(r"[\s,]+", value) if item] if isinstance(value, str) else value
    )


def _sentence(error: ErrorDetails, at: str, known: list[str]) -> str:
    """Return what is wrong with a value, and what would work."""
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(error["loc"][0]), known, n=1)
        return f"{at}: there is no such setting" + (f"; is it {near[0]}?" if near else ".")
    if error["type"] == "value_error":
        return f"{at}: {error['ctx']['error']}"
    given = repr(error["input"])
    given = given if len(given) <= _MOST_SHOWN else f"{given[:_MOST_SHOWN]}..."
    for kinds, problem in _PROBLEMS.items():
        if re.match(kinds, error["type"]):
            return f"{at}: {given} {problem.format(**error.get('ctx', {}))}"
    return f"{at}: {given} cannot be used ({error['msg']})."
