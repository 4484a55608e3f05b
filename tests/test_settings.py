from pathlib import Path

import pytest

from fixviz.errors import OptionError
from fixviz.settings import Settings


def test_an_environment_variable_changes_its_field_only() -> None:
    changed = Settings.from_env({"FIXVIZ_MAX_SECONDS": "12.5", "FIXVIZ_HOME": "/somewhere"})
    assert changed.max_seconds == 12.5
    assert changed.home == Path("/somewhere")
    assert changed.max_frames == Settings().max_frames


@pytest.mark.parametrize("value", ["many", "", "0", "-3", "nan"])
def test_a_value_that_makes_no_sense_is_named(value: str) -> None:
    with pytest.raises(OptionError, match="FIXVIZ_MAX_FRAMES"):
        Settings.from_env({"FIXVIZ_MAX_FRAMES": value})
