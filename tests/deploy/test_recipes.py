"""The recipes in deploy/: what they name exists, and their steps work without a container engine."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from fixviz import cli
from fixviz.settings import Settings, variable
from tests.deploy.servers import DEPLOY, ROOT, Visitor, running, wait_for
from tests.ports import free_port

SETTINGS = {variable(f.name) for f in fields(Settings)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OF_OTHERS = {
    *("PATH", "HOME", "PIP_NO_CACHE_DIR", "PIP_DISABLE_PIP_VERSION_CHECK", "FORWARDED_ALLOW_IPS"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "STREAMLIT_SERVER_COOKIE_SECRET"),
    *("NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES", "RAY_USAGE_STATS_ENABLED"),
}


def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with their values; lines that go on are put together."""
    text = re.sub(r"\\\n", " ", (DEPLOY / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def values(instruction: str) -> list[str]:
    return [value for word, value in dockerfile() if word == instruction]


def stages() -> dict[str, list[tuple[str, str]]]:
    """The instructions of each stage by its name, with those of the stages that it begins from."""
    found: dict[str, list[tuple[str, str]]] = {}
    for word, value in dockerfile():
        if word == "FROM":
            base, _, name = value.partition(" AS ")
            found[name] = list(found.get(base, []))
        else:
            found[name].append((word, value))
    return found


def environment(stage: str) -> dict[str, str]:
    given = [
        pair for word, value in stages()[stage] if word == "ENV" for pair in shlex.split(value)
    ]
    return dict(pair.split("=", 1) for pair in given)


def compose(name: str) -> dict[str, Any]:
    """A compose file, with what it takes from the caller's environment left empty."""
    return yaml.safe_load(re.sub(r"\$\{\w+:[?-]\}", "", (DEPLOY / name).read_text()))


COMPOSE = ["compose.yaml", "compose.replicas.yaml", "compose.ray.yaml"]
IMAGES = ["cpu", "cuda", "ray", "ray-cuda"]


def test_the_dockerfile_has_only_instructions_that_exist() -> None:
    known = {
        "FROM",
        "ENV",
        "RUN",
        "WORKDIR",
        "COPY",
        "VOLUME",
        "EXPOSE",
        "USER",
        "HEALTHCHECK",
        "CMD",
    }
    assert {word for word, _ in dockerfile()} == known
    assert list(stages())[-1] == "cpu", "a build without --target makes the last stage"


def copied() -> list[str]:
    """What the Dockerfile takes from the project's folder."""
    found = [shlex.split(v) for v in values("COPY") if not v.startswith("--from=")]
    return [name for words in found for name in words[:-1]]


def test_what_is_copied_exists_and_is_sent_to_the_engine() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    sent = {line[1:] for line in lines if line.startswith("!")}
    assert sent == set(copied())
    assert [name for name in copied() if not (ROOT / name).exists()] == []
    for value in values("COPY"):
        if value.startswith("--from="):
            stage, source, _ = value.removeprefix("--from=").split()
            assert stage in stages()
            assert source in " ".join(v for _, v in stages()[stage])


def test_the_image_runs_as_a_user_who_may_write_to_its_data_only() -> None:
    for name in IMAGES:
        last = dict(stages()[name])
        assert last["USER"] == "1000"
        assert last["VOLUME"] == environment(name)["FIXVIZ_HOME"] == "/data"
    assert "--uid 1000" in values("RUN")[-1] and "chown fixviz /data" in values("RUN")[-1]


@pytest.mark.parametrize("stage", IMAGES)
def test_the_images_variables_are_settings(stage: str) -> None:
    assert set(environment(stage)) - OF_OTHERS <= SETTINGS
    assert Settings.from_env(environment(stage)).log == "json"


def test_torch_is_installed_as_tested() -> None:
    """From an index of its own for processors; the versions are those of constraints.txt."""
    pip = [v for v in values("RUN") if "pip install" in v]
    assert len(pip) == 5 and all("-c constraints.txt" in v for v in pip)
    assert "download.pytorch.org/whl/cpu" in pip[0] and pip[0].endswith(" torch")


@pytest.mark.parametrize("name", COMPOSE)
def test_a_compose_file_names_what_there_is(name: str) -> None:
    found = compose(name)
    for service in found["services"].values():
        if "build" in service:
            build = service["build"]
            folder = (DEPLOY / build["context"]).resolve()
            assert folder == ROOT
            assert (folder / build["dockerfile"]).is_file()
            assert build["target"] in stages()
            assert service["read_only"] and service["tmpfs"] == ["/tmp"]
            assert service["cap_drop"] == ["ALL"]
        ours = set(service.get("environment", {})) - OF_OTHERS
        assert ours <= SETTINGS
        given = service.get("environment", {})
        Settings.from_env({name: given[name] or "" for name in ours})
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            known = (DEPLOY / source).is_file() if source[0] == "." else source in found["volumes"]
            assert known, volume
        assert set(service.get("depends_on", [])) <= set(found["services"])


def test_the_replicas_are_those_of_nginx() -> None:
    replicas = compose("compose.replicas.yaml")["services"]
    text = (DEPLOY / "nginx/containers.conf").read_text()
    assert re.findall(r"server (\S+):8501 ", text) == [n for n in replicas if n != "nginx"]
    base = replicas["fixviz-1"]["command"][-1]
    assert f"location {base}/ {{" in text
    assert f"8501{base}/api/health'" in replicas["fixviz-1"]["healthcheck"]["test"][-1]


def _commands() -> list[list[str]]:
    found = [json.loads(value) for value in values("CMD")]
    for name in COMPOSE:
        found += [s["command"] for s in compose(name)["services"].values() if "command" in s]
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("command", _commands(), ids=" ".join)
def test_each_command_and_its_options_exist(command: list[str]) -> None:
    program, name, *options = command
    if program == "ray":
        from ray.scripts.scripts import cli as ray

        ray.commands[name].make_context(name, options)
        return
    assert program == "fixviz"
    found = cli._group.get_command(None, name)
    found.make_context(name, options)


def test_the_clusters_file_is_one_for_rays_launcher() -> None:
    from ray.autoscaler._private.util import prepare_config, validate_config

    text = (DEPLOY / "ray/cluster.yaml").read_text()
    config = yaml.safe_load(text)
    validate_config(prepare_config(config))
    images = set(re.findall(r"image: registry\.example\.org/fixviz:(\S+)", text))
    assert images == {"ray", "ray-cuda"} <= set(stages())
    head = config["available_node_types"][config["head_node_type"]]
    assert head["resources"] == {"CPU": 0}, "no job is computed there"
    others = [kind for name, kind in config["available_node_types"].items() if name != "head"]
    assert all(kind["min_workers"] == 0 for kind in others), "machines end when nothing is to do"
    room = Settings().cluster_workers * Settings().cluster_cpus
    assert config["max_workers"] * max(kind["resources"]["CPU"] for kind in others) >= room
    for line in (*config["head_start_ray_commands"], *config["worker_start_ray_commands"]):
        from ray.scripts.scripts import cli as ray

        program, name, *options = shlex.split(line)
        assert program == "ray"
        ray.commands[name].make_context(name, options)


def test_the_space_says_which_port_the_app_has() -> None:
    text = (DEPLOY / "spaces/README.md").read_text()
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["sdk"] == "docker"
    assert str(front["app_port"]) in values("EXPOSE")
    colors = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {front["colorFrom"], front["colorTo"]} <= colors
    assert len(front["short_description"]) <= 60
    assert front["license"] == PROJECT["license"].lower()
    table = set(re.findall(r"^\| `([A-Z_]+)` ", text, re.MULTILINE))
    assert table - OF_OTHERS <= SETTINGS
    copied_files = re.findall(r"^cp (\S+) \S+$", text, re.MULTILINE)
    assert copied_files and all((ROOT / name).is_file() for name in copied_files)


def test_community_cloud_gets_what_the_package_asks_for() -> None:
    folder = DEPLOY / "community_cloud"
    lines = (folder / "requirements.txt").read_text().splitlines()
    (constraints,) = (line.split()[1] for line in lines if line.startswith("-c "))
    assert (folder / constraints).resolve() == ROOT / "constraints.txt"
    asked = {line for line in lines if line[0] not in "-#"}
    wanted = {line for line in PROJECT["dependencies"] if not line.startswith("torch")}
    (torch,) = asked - wanted
    assert wanted < asked
    tested = re.search(r"^torch==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert tested and torch == f"torch=={tested[1]}+cpu"
    for line in asked:
        Requirement(line)


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_the_app_of_community_cloud_starts(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "streamlit", "run", "deploy/community_cloud/app.py"]
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    # As the service does: from the top of the repository.
    with running([*command, *options], log, ROOT, FIXVIZ_HOME=str(tmp_path / "home")) as process:
        wait_for(f"http://127.0.0.1:{port}/api/health", process, log)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment in which the image's last step of pip has run, from what the image copies.

    The dependencies are those of the tests' own environment: they need not be fetched.
    """
    folder = tmp_path_factory.mktemp("image")
    source, environment_folder = folder / "src", folder / "fixviz"
    for name in copied():
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)
    venv = next(v for v in values("RUN") if "-m venv" in v)
    assert venv == "python -m venv /opt/fixviz"
    subprocess.run([sys.executable, "-m", "venv", str(environment_folder)], check=True)
    (packages,) = environment_folder.glob("lib/python*/site-packages")
    own = next(p for p in map(Path, sys.path) if p.name == "site-packages")
    # A path file of the own environment may lead to the clone: what is installed comes first.
    (packages / "dependencies.pth").write_text(f"{own}\n")
    step = next(v for v in values("RUN") if v.endswith("constraints.txt .[login]"))
    command = [str(environment_folder / "bin" / "python"), "-m", *step.split()]
    more = ["--no-deps", "--force-reinstall", "--quiet"]
    subprocess.run([*command, *more], cwd=source, check=True, capture_output=True)
    return environment_folder


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_images_command_starts_and_its_health_check_passes(
    installed: Path, tmp_path: Path
) -> None:
    """On a system that is read-only but for /tmp and the data, where namespaces allow that."""
    data, log, port = tmp_path / "data", tmp_path / "log", free_port()
    data.mkdir()
    (command,) = (json.loads(value) for value in values("CMD"))
    (check,) = (json.loads(v.partition("CMD ")[2]) for v in values("HEALTHCHECK"))
    assert f":{values('EXPOSE')[0]}/" in check[-1]
    own = {**environment("cpu"), "FIXVIZ_HOME": str(data)}
    path = f"{installed}/bin:{os.environ['PATH']}"
    env = {**os.environ, **own, "PATH": path, "HOME": "/nowhere"}
    start = [*command, "--port", str(port)]
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind / && shift && exec "$@"'
    closed = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(tmp_path)]
    tried = (
        subprocess.run([*closed, "true"], capture_output=True) if shutil.which("unshare") else None
    )
    if tried is not None and tried.returncode == 0:
        start = [*closed, *start]
    with running(start, log, data, **env) as process:
        wait_for(f"http://127.0.0.1:{port}/api/health", process, log)
        check[-1] = check[-1].replace(":8501/", f":{port}/")
        checked = subprocess.run(check, env=env, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        visitor = Visitor(f"http://127.0.0.1:{port}")
        visitor.open()
        visitor.close()
        where = subprocess.run(
            ["python", "-c", "import fixviz; print(fixviz.__file__)"],
            env=env,
            cwd=data,
            capture_output=True,
            text=True,
        )
        assert where.stdout.startswith(str(installed)), "it was the clone that ran"
        assert process.poll() is None
    lines = log.read_text().splitlines()
    assert lines
    assert all(json.loads(line)["level"] != "error" for line in lines)
