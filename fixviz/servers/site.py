"""Describe what a proxy serves, for the configurations of nginx and Caddy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    """Say where visitors come in and where they go. deploy/ has the files for two servers."""

    listen: tuple[str, ...]
    """Addresses of the proxy: a port, or HOST:PORT with an IPv6 address in brackets."""
    base: str
    """Path below which the app answers, such as /lab/fixviz; empty at the top of the host."""
    servers: tuple[str, ...]
    """Addresses of the servers, HOST:PORT."""
    body_mb: int
    """Largest upload that passes, in megabytes; what the app allows is less."""
    trusted: tuple[str, ...] = ()
    """Addresses and networks of proxies before this one, whose X-Forwarded-Proto counts; "*" is all."""
