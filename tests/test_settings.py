import os
import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from fixviz.errors import OptionError
from fixviz.settings import Settings, unknown_variables, variable


@pytest.fixture(autouse=True)
def _no_file_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("FIXVIZ_")]:
        monkeypatch.delenv(name)


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


def test_a_file_changes_the_defaults_and_a_variable_wins(tmp_path: Path) -> None:
    (tmp_path / "fixviz.toml").write_text(
        'home = "~/runs"\nmax_seconds = 12\nmax_frames = 9\n'
        'embed_origins = ["https://A.example/", "https://b.example"]\n'
    )
    read = Settings.from_env({"FIXVIZ_MAX_FRAMES": "11"})
    assert read.home == Path.home() / "runs"
    assert (read.max_seconds, read.max_frames) == (12.0, 11)
    assert isinstance(read.max_seconds, float)
    assert read.embed_origins == ("https://a.example", "https://b.example")
    assert read.run_days == Settings().run_days


def test_a_variable_names_another_file(tmp_path: Path) -> None:
    (tmp_path / "fixviz.toml").write_text("max_frames = 9\n")
    other = tmp_path / "class.toml"
    other.write_text("max_models = 3\n")
    read = Settings.from_env({"FIXVIZ_SETTINGS": str(other)})
    assert (read.max_models, read.max_frames) == (3, Settings().max_frames)
    with pytest.raises(OptionError, match=r"no settings file .*absent\.toml"):
        Settings.from_env({"FIXVIZ_SETTINGS": str(tmp_path / "absent.toml")})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "max_frame = 3",
            r"^max_frame in .*fixviz\.toml: there is no such setting; is it max_frames\?",
        ),
        ("[server]\nport = 3", r"^server in .*fixviz\.toml: there is no such setting\.$"),
        ("max_frames = true", r"^max_frames in .*: True is not a number"),
        ("max_frames = 'many'", r"^max_frames in .*: 'many' is not a number"),
        ("max_frames = 2.5", r"^max_frames in .*: 2.5 is not a whole number\."),
        ("max_frames = 0", r"^max_frames in .*: 0 must be above 0\."),
        ("max_seconds = nan", r"^max_seconds in .*: nan must be above 0\."),
        ("home = 3", r"^home in .*: 3 is not the name of a file or folder\."),
        ("embed_origins = ['x']", r"^embed_origins in .*: 'x' is not an origin\."),
        ("embed_origins = [3]", r"^embed_origins in .*: 3 "),
        ("max_frames = 3 4", r"settings file .*fixviz\.toml is not TOML: .*line 1"),
        (f"max_frames = '{'many' * 10_000}'", r"^max_frames in .{,300}$"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_key(
    tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "fixviz.toml").write_text(text)
    with pytest.raises(OptionError, match=sentence):
        Settings.from_env({})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "fixviz.toml").write_bytes(b"home = '\xff'")
    with pytest.raises(OptionError, match=r"fixviz\.toml cannot be read"):
        Settings.from_env({})


def test_a_file_is_read_once_in_a_process(tmp_path: Path) -> None:
    file = tmp_path / "fixviz.toml"
    file.write_text("max_frames = 9\n")
    assert Settings.from_env({}).max_frames == 9
    file.write_text("max_frames = 10\n")
    assert Settings.from_env({}).max_frames == 9


@pytest.mark.parametrize("engine", ["local", "ray", "ray://head.example.org:10001", " ray "])
def test_jobs_are_computed_here_or_by_a_cluster(engine: str) -> None:
    assert Settings.from_env({"FIXVIZ_ENGINE": engine}).engine == engine.strip()
    assert Settings().engine == "local"


@pytest.mark.parametrize("engine", ["", "dask", "ray://", "ray://head", "http://head:10001"])
def test_what_is_no_engine_is_told_with_those_that_there_are(engine: str) -> None:
    with pytest.raises(OptionError, match=r"^FIXVIZ_ENGINE: .* is no engine.*ray://HOST:10001"):
        Settings.from_env({"FIXVIZ_ENGINE": engine})


def test_a_cluster_without_ray_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fixviz.settings.find_spec", lambda name: None)
    with pytest.raises(OptionError, match=r'pip install "fixviz\[cluster\]"'):
        Settings.from_env({"FIXVIZ_ENGINE": "ray://without.example.org:10001"})


@pytest.mark.parametrize("value", ["-1", "nan"])
def test_a_job_takes_no_negative_part_of_a_gpu(value: str) -> None:
    assert Settings.from_env({"FIXVIZ_CLUSTER_GPUS": "0.5"}).cluster_gpus == 0.5
    with pytest.raises(OptionError, match=r"FIXVIZ_CLUSTER_GPUS: .* 0 or more"):
        Settings.from_env({"FIXVIZ_CLUSTER_GPUS": value})


def test_variables_that_are_no_settings_are_found() -> None:
    env = {"FIXVIZ_MAX_FRAME": "3", "FIXVIZ_HOME": "x", "FIXVIZ_SETTINGS": "", "HOME": "/"}
    assert unknown_variables(env) == ["FIXVIZ_MAX_FRAME"]
    assert Settings.from_env({"FIXVIZ_MAX_FRAME": "3"}) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("FIXVIZ_LOG", "xml", r"^FIXVIZ_LOG: 'xml' is not one of 'text' or 'json'\.$"),
        ("FIXVIZ_METRICS", "perhaps", r"^FIXVIZ_METRICS: 'perhaps' is neither true nor false\.$"),
    ],
)
def test_what_a_choice_offers_is_told(name: str, text: str, sentence: str) -> None:
    with pytest.raises(OptionError, match=sentence):
        Settings.from_env({name: text})


def test_every_field_is_read_from_its_variable() -> None:
    """With its default written as a text, which also shows that every type is known."""
    default = Settings()
    for f in fields(Settings):
        value = getattr(default, f.name)
        text = " ".join(value) if isinstance(value, tuple) else str(value)
        if value is None:
            continue
        read = Settings.from_env({variable(f.name): text})
        assert getattr(read, f.name) == value
        assert type(getattr(read, f.name)) is type(value)


def test_settings_cannot_be_changed_and_travel_to_other_processes() -> None:
    read = Settings.from_env({"FIXVIZ_MAX_FRAMES": "9"})
    with pytest.raises(FrozenInstanceError):
        read.max_frames = 10  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(read)) == read
    assert hash(read) == hash(Settings.from_env({"FIXVIZ_MAX_FRAMES": "9"}))


def test_who_sets_nothing_does_not_wait_for_pydantic() -> None:
    code = (
        "import sys; from fixviz.settings import Settings; Settings.from_env({});"
        "sys.exit('pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_folder_of_data_sets_is_a_folder(tmp_path: Path) -> None:
    assert Settings().data_sets is None
    assert Settings.from_env({"FIXVIZ_DATA_SETS": ""}).data_sets is None
    (tmp_path / "sets").mkdir()
    assert Settings.from_env({"FIXVIZ_DATA_SETS": "sets"}).data_sets == tmp_path / "sets"
    with pytest.raises(OptionError, match=r"FIXVIZ_DATA_SETS: .*nowhere' is not a folder"):
        Settings.from_env({"FIXVIZ_DATA_SETS": str(tmp_path / "nowhere")})
