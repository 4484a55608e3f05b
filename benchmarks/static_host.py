"""How a plain file host serves the static course to a thousand readers.

    fixviz site --out SITE
    python benchmarks/static_host.py SITE [--readers 1000] [--seconds 60]

nginx (Debian: apt-get install nginx-light) on loopback, two workers, with gzip for text. Each reader
comes at a moment of the given time, opens a lesson as a browser does, with six connections that are kept
alive, and fetches the page, its modules and styles, its texts, the run's manifest, features and frames.
Times are milliseconds from a request to the last byte of its response, and seconds until a reader has
everything. The readers share the processors with the server, which is what limits them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from fixviz.browser_files import imported_by
from fixviz.course.build import lesson_path
from fixviz.course.lesson import LANGUAGES, LESSONS
from fixviz.course.lesson_file import read_lesson

CONNECTIONS = 6
HEAD = "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n"
CONFIG = """
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 16384; }}
http {{
  types {{
    text/html html; text/css css; text/javascript js; image/svg+xml svg; application/json json;
    image/webp webp;
  }}
  default_type application/octet-stream;
  access_log off;
  sendfile on;
  gzip on;
  gzip_types text/css text/javascript image/svg+xml;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port} backlog=4096; root {root}; }}
}}
"""


def files_of(site: Path, lesson: str, language: str) -> list[str]:
    """Return the paths that a browser fetches for a lesson, the page itself first."""
    [modules] = site.glob("app-*")
    [data] = site.glob("data-*")
    steps = read_lesson(lesson_path(LANGUAGES[0], lesson)).steps
    figures = {
        f"course/figures/{step.figure.name.replace('-', '_')}.js" for step in steps if step.figure
    }
    names = imported_by("site/course.js", *sorted(figures))
    styles = ("site.css", "course/styles.css", f"course/styles/{lesson}.css", "site/early.js")
    found = [f"{language}/course.html"]
    found += [f"{modules.name}/{name}" for name in (*styles, *names)]
    found += [f"{data.name}/{language}/{name}.json" for name in ("course", lesson)]
    found.append(f"{data.name}/run/manifest.json")
    features = sorted((data / "run" / "features").glob("*.json"))
    frames = sorted((data / "run" / "artifacts").glob("*.webp"))
    # A lesson reads the features of one attention or two.
    arrays = sorted(
        (data / "run" / "artifacts").glob("*.bin"), key=lambda path: path.stat().st_size
    )
    found += [
        path.relative_to(site).as_posix() for path in (*features[:2], *frames[:2], *arrays[-6:])
    ]
    return [name for name in found if (site / name).is_file()]


class Reader:
    """Fetch a list of files over a few connections, and note how long each took."""

    def __init__(self, port: int, names: list[str]) -> None:
        self.port, self.names = port, names
        self.times_ms: list[float] = []
        self.bytes = 0

    async def read(self) -> float:
        """Return the seconds until everything is there."""
        begin = time.perf_counter()
        first, rest = self.names[:1], self.names[1:]
        await self._connection(first)
        parts = [rest[i::CONNECTIONS] for i in range(CONNECTIONS)]
        await asyncio.gather(*(self._connection(part) for part in parts))
        return time.perf_counter() - begin

    async def _connection(self, names: list[str]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for name in names:
            begin = time.perf_counter()
            writer.write(HEAD.format(path=f"/{name}").encode())
            size = await self._response(reader)
            self.bytes += size
            self.times_ms.append(1000 * (time.perf_counter() - begin))
        writer.close()

    @staticmethod
    async def _response(reader: asyncio.StreamReader) -> int:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if " 200 " not in head.partition("\r\n")[0]:
            raise RuntimeError(head)
        if "content-length:" in head:
            length = int(head.split("content-length:")[1].split("\r\n")[0])
            await reader.readexactly(length)
            return len(head) + length
        total = len(head)
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
            total += size
        await reader.readexactly(2)
        return total


async def measure(port: int, site: Path, readers: int, seconds: float) -> dict[str, float]:
    """Return the percentiles of all readers."""
    dice = random.Random(0)
    lists = [files_of(site, lesson, code) for lesson in LESSONS for code in LANGUAGES]
    everybody = [Reader(port, dice.choice(lists)) for _ in range(readers)]

    async def come(reader: Reader) -> float:
        await asyncio.sleep(dice.uniform(0, seconds))
        return await reader.read()

    whole = await asyncio.gather(*(come(reader) for reader in everybody))
    times = sorted(time_ms for reader in everybody for time_ms in reader.times_ms)
    cuts = statistics.quantiles(times, n=100)
    each = sum(reader.bytes for reader in everybody) / readers
    return {
        "readers": readers,
        "arriving over s": seconds,
        "requests": len(times),
        "p50 ms": round(cuts[49], 2),
        "p95 ms": round(cuts[94], 2),
        "p99 ms": round(cuts[98], 2),
        "lesson p95 s": round(statistics.quantiles(whole, n=100)[94], 2),
        "MB a reader": round(each / 1e6, 3),
        "readers a second at 1 Gbit/s": round(1e9 / 8 / each),
    }


def main() -> None:
    """Serve the site, measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--port", type=int, default=8752)
    options = parser.parse_args()
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        parser.error("nginx is not installed; Debian and Ubuntu: apt-get install nginx-light")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        config = folder / "nginx.conf"
        config.write_text(
            CONFIG.format(folder=folder, port=options.port, root=options.site.resolve())
        )
        server = subprocess.Popen([nginx, "-c", str(config), "-g", "daemon off;"])
        try:
            time.sleep(1)
            found = asyncio.run(
                measure(options.port, options.site, options.readers, options.seconds)
            )
        finally:
            server.terminate()
            server.wait()
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
