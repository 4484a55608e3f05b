"""The configurations of nginx and Caddy: those in deploy/ are written by the same functions."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
from pathlib import Path

import pytest

from fixviz.errors import OptionError
from fixviz.servers import caddy, nginx, proxy
from fixviz.servers.addresses import free_ports, listening
from fixviz.servers.site import Site
from fixviz.servers.supervise import _trusted

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SITE = Site(("80",), "/lab/fixviz", ("127.0.0.1:8501", "127.0.0.1:8502"), 600)
IN_CONTAINERS = dataclasses.replace(SITE, servers=("fixviz-1:8501", "fixviz-2:8501"))
SITES = [
    dataclasses.replace(SITE, listen=("127.0.0.1:8080", "[::1]:8080"), trusted=("127.0.0.1",)),
    dataclasses.replace(SITE, listen=("0.0.0.0:8080",), base="", trusted=("*",)),
    dataclasses.replace(SITE, listen=("[::]:8080",), trusted=("10.0.0.0/8", "fd00::1")),
    dataclasses.replace(SITE, listen=("127.0.0.1:8080",), servers=SITE.servers * 2, base="/a.b~c"),
]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("nginx/fixviz.conf", nginx.site_text(SITE)),
        ("nginx/containers.conf", nginx.site_text(IN_CONTAINERS)),
        ("caddy/Caddyfile", caddy.site_text(SITE)),
    ],
)
def test_the_recipes_are_what_the_command_writes(file: str, text: str) -> None:
    lines = (DEPLOY / file).read_text("utf-8").splitlines()
    while lines[0].startswith("#") or not lines[0]:
        del lines[0]
    assert lines == text.splitlines()


@pytest.mark.parametrize("site", SITES, ids=str)
@pytest.mark.parametrize("name", proxy.NAMES)
def test_the_proxy_takes_its_configuration(name: proxy.Name, site: Site, tmp_path: Path) -> None:
    try:
        _, program = proxy.find(name)
    except OptionError as error:
        pytest.skip(str(error))
    found = proxy.write(name, program, site, tmp_path)
    validate = [program, "validate", *found.command[2:]]
    command = [*found.command, "-t"] if name == "nginx" else validate
    done = subprocess.run(command, env=dict(found.environment), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_whose_forwarded_headers_count_is_what_one_server_would_take() -> None:
    assert _trusted({}) == ("127.0.0.1",)
    named = {"FORWARDED_ALLOW_IPS": "10.0.0.5, 127.0.0.1,"}
    assert _trusted(named) == ("127.0.0.1", "10.0.0.5")
    assert "*" in _trusted({"FORWARDED_ALLOW_IPS": "*"})


def test_a_port_that_is_taken_is_told_and_skipped() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OptionError, match=f"Port {port} of 127.0.0.1 cannot be used"):
            listening("127.0.0.1", port)
        found = free_ports(port - 1, 3)
        assert len(set(found)) == 3
        assert port not in found
        with pytest.raises(OptionError, match="no address of this computer"):
            listening("no such host.invalid", port)
    assert listening("127.0.0.1", port) == (f"127.0.0.1:{port}",)
    assert f"127.0.0.1:{port}" in listening("localhost", port)
