"""Write the configuration of Caddy for several servers; deploy/caddy has it for two."""

from __future__ import annotations

from typing import Final

from fixviz.servers.site import Site

SECRET_VARIABLE: Final = "STICKY_SECRET"
"""Environment variable with a random text, under which Caddy signs its cookie."""
_EVERYBODY: Final = ("0.0.0.0/0", "::/0")


def site_text(site: Site) -> str:
    """Return the block of the site. Ends without a new line.

    All addresses that `site.listen` names must have one port.
    """
    hosts, ports = zip(*(_split(address) for address in site.listen), strict=True)
    (port,) = set(ports)
    named = [host for host in hosts if host]
    trusted = _EVERYBODY if "*" in site.trusted else site.trusted
    below = f"{site.base}/*" if site.base else ""
    lines = [
        f"http://:{port} {{" if named else f":{port} {{",
        *([f"\tbind {' '.join(named)}"] if named else []),
        *([f"\tredir {site.base} {site.base}/", ""] if site.base else []),
        f"\thandle {site.base}/api/metrics {{",
        "\t\trespond 404",
        "\t}",
        f"\thandle {below} {{".replace("  ", " "),
        "\t\trequest_body {",
        f"\t\t\tmax_size {site.body_mb}MB",
        "\t\t}",
        f"\t\treverse_proxy {' '.join(site.servers)} {{",
        "\t\t\t# Whoever has this cookie stays on one server: the pages, the uploads and their WebSocket.",
        f"\t\t\tlb_policy cookie fixviz_server {{${SECRET_VARIABLE}}}",
        "\t\t\tlb_try_duration 5s",
        "\t\t\tfail_duration 10s",
        f"\t\t\thealth_uri {site.base}/_stcore/health",
        "\t\t\thealth_interval 5s",
        "\t\t\tflush_interval -1",
        *([f"\t\t\ttrusted_proxies {' '.join(trusted)}"] if trusted else []),
        "\t\t}",
        "\t}",
        "}",
    ]
    return "\n".join(lines)


def main_text(site: Site) -> str:
    """Return a whole Caddyfile of a Caddy that nobody can change while it runs."""
    # What is left out of the log would hold links of runs.
    options = [
        "{",
        "\tadmin off",
        "\tlog {",
        "\t\tlevel ERROR",
        "\t\texclude http.log.error http.handlers.reverse_proxy",
        "\t}",
        "}",
    ]
    return "\n".join([*options, site_text(site), ""])


def _split(address: str) -> tuple[str, str]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), port
