"""A reverse proxy on this computer that answers below a path, and takes that path off or keeps it.

It does what nginx and jupyter-server-proxy do to the requests of the app: the path, and the headers
X-Forwarded-*. The host is the one that the browser asked. WebSockets pass through.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_END = b"Content-Length: 0\r\nConnection: close\r\n\r\n"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\n" + _END


@contextmanager
def proxy(target: str, prefix: str, *, strips: bool) -> Iterator[str]:
    """Start one in front of the server `target`. Yields the URL of what it shows, without a slash at its end.

    prefix: path below which it answers. strips: whether the server gets paths without it.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    upstream = urlsplit(target)
    assert upstream.hostname
    assert upstream.port
    pipes = _Proxy(upstream.hostname, upstream.port, prefix, strips)
    server = asyncio.run_coroutine_threadsafe(
        asyncio.start_server(pipes.serve, "127.0.0.1", 0), loop
    ).result()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{prefix}"
    finally:
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


class _Proxy:
    def __init__(self, host: str, port: int, prefix: str, strips: bool) -> None:
        self._target = host, port
        self._prefix = prefix.encode()
        self._strips = strips

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one request on, and what comes back; then the connection ends."""
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            asked = self._pass_on(head)
            if head.split(b" ", 2)[1] == self._prefix and self._strips:
                # Both do it; the server could not.
                writer.write(b"HTTP/1.1 302 Found\r\nLocation: " + self._prefix + b"/\r\n" + _END)
            elif asked is None:
                writer.write(_NOT_FOUND)
            else:
                there, back = await asyncio.open_connection(*self._target)
                back.write(asked)
                await asyncio.gather(_pipe(reader, back), _pipe(there, writer))
            await writer.drain()
        writer.close()

    def _pass_on(self, head: bytes) -> bytes | None:
        """Return the first lines of a request as the server gets them; None for what is not below the path."""
        line, *headers = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        method, path, version = line.split(b" ")
        below = path.removeprefix(self._prefix)
        if path == below or below[:1] not in (b"", b"/", b"?"):
            return None
        if self._strips:
            path = below
            headers.append(b"X-Forwarded-Prefix: " + self._prefix)
        if not any(header.lower().startswith(b"upgrade:") for header in headers):
            headers = [h for h in headers if not h.lower().startswith(b"connection:")]
            headers.append(b"Connection: close")
        headers.append(b"X-Forwarded-Proto: http")
        return b"\r\n".join([b" ".join([method, path, version]), *headers]) + b"\r\n\r\n"


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    with suppress(OSError):
        target.close()
