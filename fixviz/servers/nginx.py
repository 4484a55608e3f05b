"""Write the configuration of nginx for several servers; deploy/nginx has it for two."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from fixviz.servers.site import Site

_FAILED: Final = "max_fails=1 fail_timeout=10s"


def site_text(site: Site) -> str:
    """Return the maps, upstreams and the server, for the block `http`. Ends without a new line."""
    scheme = "$fixviz_scheme" if site.trusted else "$scheme"
    lines = [
        "map $http_upgrade $connection_upgrade {",
        "    default upgrade;",
        "    ''      close;",
        "}",
        *(_scheme(site.trusted) if site.trusted else ()),
        *_sticky(site),
        *(_moving(site, scheme) if _are_numbers(site) else ()),
        *_server(site, scheme),
    ]
    return "\n".join(lines)


def main_text(site: Site, folder: str, files: int, user: str | None) -> str:
    """Return a whole configuration of an nginx that keeps all it writes in `folder`.

    files: how many it may have open. user: whose workers they are, where nginx is started by root.
    """
    paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    inner = [
        "access_log off;",
        "server_tokens off;",
        *(f'{name}_temp_path "{folder}/{name}";' for name in paths),
        *site_text(site).splitlines(),
    ]
    lines = [
        *([f"user {user};"] if user else []),
        "daemon off;",
        f'pid "{folder}/nginx.pid";',
        # Lines of lower levels hold links of runs.
        "error_log stderr crit;",
        f"worker_rlimit_nofile {files};",
        # One process: it knows which server fails, and passing bytes on is little work.
        "worker_processes 1;",
        f"events {{ worker_connections {files}; }}",
        "http {",
        *(f"    {line}" if line else "" for line in inner),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _are_numbers(site: Site) -> bool:
    """Tell whether the addresses are those that nginx reports of its upstreams: no names."""
    return all(re.fullmatch(r"[\d.]+:\d+", server) for server in site.servers)


def _scheme(trusted: Iterable[str]) -> list[str]:
    everybody = "*" in trusted
    named = () if everybody else tuple(trusted)
    return [
        "# What the visitor uses, http or https, as a trusted proxy before this one says.",
        "geo $remote_addr $fixviz_trusts {",
        f"    default {int(everybody)};",
        *(f"    {address} 1;" for address in named),
        "}",
        'map "$fixviz_trusts:$http_x_forwarded_proto" $fixviz_scheme {',
        "    default $scheme;",
        "    1:http  http;",
        "    1:https https;",
        "}",
    ]


def _sticky(site: Site) -> list[str]:
    return [
        "# Whoever has the cookie of the first page stays on one server: the pages, the uploads and their "
        "WebSocket.",
        "map $cookie_fixviz_owner $fixviz_visitor {",
        "    default $cookie_fixviz_owner;",
        "    ''      $remote_addr;",
        "}",
        "upstream fixviz {",
        "    hash $fixviz_visitor consistent;",
        *(f"    server {server} {_FAILED};" for server in site.servers),
        "}",
    ]


def _moving(site: Site, scheme: str) -> list[str]:
    """Name the server in a second cookie, so that a visitor whose server failed stays on the next one."""
    lines = [
        "# When a server fails, its visitors go to another and stay there, also when the first is back: a",
        "# second cookie has the number of the server that answered last.",
    ]
    numbered = list(enumerate(site.servers, 1))
    for number, server in numbered:
        others = [f"    server {other} backup;" for other in site.servers if other != server]
        lines += [f"upstream fixviz_{number} {{", f"    server {server} {_FAILED};", *others, "}"]
    lines += ["map $cookie_fixviz_server $fixviz_upstream {", "    default fixviz;"]
    lines += [f"    {number} fixviz_{number};" for number, _ in numbered]
    lines += ["}", "map $upstream_addr $fixviz_answered {", "    default '';"]
    lines += [rf'    "~{re.escape(server)}$" {number};' for number, server in numbered]
    path = f"{site.base}/"
    return [
        *lines,
        "}",
        f"map {scheme} $fixviz_cookie_attributes {{",
        f"    default 'Path={path}; HttpOnly; SameSite=Lax';",
        f"    https   'Path={path}; HttpOnly; SameSite=None; Secure; Partitioned';",
        "}",
        "# Empty, and so not sent, where the cookie is right or the visitor has no cookies.",
        'map "$cookie_fixviz_owner:$cookie_fixviz_server:$fixviz_answered" $fixviz_cookie {',
        "    default 'fixviz_server=$fixviz_answered; $fixviz_cookie_attributes';",
        "    ~^: '';",
        "    ~:$ '';",
        *(f"    ~:{number}:{number}$ '';" for number, _ in numbered),
        "}",
    ]


def _both(address: str) -> str:
    """Return what makes the address of all interfaces that of IPv4 too, as with one server."""
    return " ipv6only=off" if address.startswith("[::]:") else ""


def _server(site: Site, scheme: str) -> list[str]:
    named = _are_numbers(site)
    return [
        "server {",
        *(f"    listen {address}{_both(address)};" for address in site.listen),
        f"    client_max_body_size {site.body_mb}m;",
        "    absolute_redirect off;",
        "",
        f"    location = {site.base}/api/metrics {{",
        "        return 404;",
        "    }",
        f"    location {site.base}/ {{",
        f"        proxy_pass http://{'$fixviz_upstream' if named else 'fixviz'};",
        *(["        add_header Set-Cookie $fixviz_cookie always;"] if named else []),
        "        proxy_http_version 1.1;",
        "        proxy_set_header Host $http_host;",
        f"        proxy_set_header X-Forwarded-Proto {scheme};",
        "        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "        proxy_set_header Upgrade $http_upgrade;",
        "        proxy_set_header Connection $connection_upgrade;",
        "        # The headers of a page name all files that it needs, which is more than the usual 4 kB.",
        "        proxy_buffer_size 32k;",
        "        proxy_buffers 8 32k;",
        "        proxy_buffering off;",
        "        proxy_request_buffering off;",
        "        proxy_connect_timeout 3s;",
        "        proxy_read_timeout 1d;",
        "        proxy_send_timeout 1d;",
        "    }",
        "}",
    ]
