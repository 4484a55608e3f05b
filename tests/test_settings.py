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


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", ()),
        ("  ", ()),
        ("https://moodle.example.org", ("https://moodle.example.org",)),
        (
            "https://a.example, http://localhost:8080/\nHTTPS://B.example:8443,https://a.example",
            ("https://a.example", "http://localhost:8080", "https://b.example:8443"),
        ),
        ("http://[::1]:8080", ("http://[::1]:8080",)),
    ],
)
def test_sites_that_may_embed_the_app_are_a_list_of_origins(
    text: str, origins: tuple[str, ...]
) -> None:
    assert Settings.from_env({"FIXVIZ_EMBED_ORIGINS": text}).embed_origins == origins
    assert Settings().embed_origins == ()


@pytest.mark.parametrize(
    "text",
    [
        "moodle.example.org",
        "https://",
        "https://moodle.example.org/course",
        "https://ada@moodle.example.org",
        "https://moodle.example.org:0",
        "https://moodle.example.org:65536",
        "https://moodle.example.org;script-src",
        "ftp://moodle.example.org",
        "'self'",
        "null",
        "https://good.example https:bad",
        "https://-a.example",
    ],
)
def test_what_is_no_origin_is_named_with_what_one_is(text: str) -> None:
    with pytest.raises(
        OptionError, match=r"^FIXVIZ_EMBED_ORIGINS: .* is not an origin\..*https://"
    ):
        Settings.from_env({"FIXVIZ_EMBED_ORIGINS": text})


@pytest.mark.parametrize("text", ["*", "https://*.example.org", "https://*"])
def test_not_everybody_may_embed_the_app(text: str) -> None:
    with pytest.raises(OptionError, match="wildcard"):
        Settings.from_env({"FIXVIZ_EMBED_ORIGINS": text})
