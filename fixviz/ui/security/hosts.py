"""The names by which the server may be asked for, against DNS rebinding.

A page of any site can let its own name lead to this computer or to one in this network, once it is loaded. To
the browser the app is then that site, and its scripts may read all the app answers. But the browser sends the
name: what was not asked for by a name of this server gets no answer.

Without a setting the server answers to IP addresses, to localhost, to names without a dot, which nobody can
register, and to this computer's name in its network (mDNS). By any other name, as behind a proxy, it answers
once FIXVIZ_ALLOWED_HOSTS says so.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

_POLICY_VIOLATION: Final = 1008
_MISDIRECTED: Final = 421


class AllowedHosts:
    """ASGI middleware: refuses requests and WebSockets by a name that is not the server's."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str] = ()) -> None:
        """Make the middleware. hosts: as in `Settings.allowed_hosts`."""
        self.app = app
        self.hosts = tuple(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or say by which setting the name would be allowed."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        name = host_name(Headers(scope=scope).get("host", ""))
        if name is not None and is_allowed(name, self.hosts):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(_POLICY_VIOLATION)(scope, receive, send)
        else:
            said = f"the name {name}" if name else "this name"
            sentence = (
                f"This server does not answer to {said}. Whoever runs it can allow a name by the setting "
                "FIXVIZ_ALLOWED_HOSTS.\n"
            )
            answer = PlainTextResponse(
                sentence, _MISDIRECTED, headers={"Cache-Control": "no-store"}
            )
            await answer(scope, receive, send)


def host_name(header: str) -> str | None:
    """Return the name in a Host header in lower case, without its port; None for what is no host."""
    if (
        not header
        or len(header) > 255
        or any(c in header for c in "/?#@\\ \t")
        or not header.isascii()
    ):
        return None
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port
    except ValueError:
        return None
    return (parts.hostname or "").rstrip(".") or None


def is_allowed(name: str, hosts: Sequence[str]) -> bool:
    """Tell whether the server answers to a name. hosts: as in `Settings.allowed_hosts`."""
    if "*" in hosts or name in (host.strip("[]") for host in hosts):
        return True
    if any(host.startswith("*.") and name.endswith(host[1:]) for host in hosts):
        return True
    return "." not in name or name.endswith(".localhost") or _is_address(name) or name == _own()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@cache
def _own() -> str:
    return f"{socket.gethostname().partition('.')[0].lower()}.local"
