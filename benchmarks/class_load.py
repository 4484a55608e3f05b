"""How long a class waits: many visitors of one server, who look, scrub, share and upload at once.

    fixviz app --no-browser --port 8765
    python benchmarks/class_load.py http://127.0.0.1:8765 --sessions 100 --active 30 --seconds 600

A teacher analyzes clips and shares the links. Everybody opens one at the same moment; then those who are
active go from page to page, change the frame, drag through the frames in Watch, and think a while between.
Visitors speak Streamlit's protocol and draw nothing (benchmarks/visitor.py); --browsers 2 adds real ones,
whose times are those until all is drawn. Prints p50 and p95 in seconds by what was done, errors, the wait of
a health check each second, and the memory of the server; --json writes all of it. Of several servers behind
one address (`fixviz app --servers 2`), processor time and memory are those of all together. Only a server on
this computer is asked; it shares the processors with the visitors.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
import psutil
from visitor import Tab, VisitError, require_loopback

from fixviz.media.encode import encode_mp4
from fixviz.reading.samples import samples

MOST_SESSIONS: Final = 500
MOST_SECONDS: Final = 3600.0
LONGEST_JOB_S: Final = 900.0
"""How long somebody waits for a run."""
PAGES: Final = ("concentration", "fixation", "neighborhood", "attribution", "what_if", "watch")
WITH_FRAMES: Final = ("concentration", "fixation", "neighborhood", "attribution", "what_if")
ELSEWHERE: Final = ("library", "models", "course", "glossary")
_SERVER: Final = "fixviz.servers.app_server"
SCRUBBED: Final = 8
"""Frames that one drag through the clip fetches."""


@dataclass(frozen=True)
class Plan:
    """What is simulated."""

    url: str
    sessions: int = 30
    active: int = 10
    seconds: float = 60.0
    think_s: float = 5.0
    """Mean time between an answer and the next request of an active visitor."""
    runs: int = 1
    """How many runs the class looks at; those beyond the samples are uploaded clips."""
    uploads: int = 0
    """How many visitors upload a clip of their own at the same moment."""
    browsers: int = 0
    """How many real browsers look around among them."""
    clip_s: float = 10.0
    """How long their clips are."""
    seed: int = 0


@dataclass
class Measured:
    """What was measured so far."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    bytes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Seconds from the start, and MB of the process of the server, or of all servers."""
    processor: list[float] = field(default_factory=list)
    """Processor seconds of the process of the server, or of all servers, once a second."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """What became of the uploads."""

    @contextmanager
    def guarded(self, what: str) -> Iterator[None]:
        """Note an error instead of raising it."""
        try:
            yield
        except (VisitError, OSError, TimeoutError) as error:
            self.errors.append(f"{what}: {str(error) or type(error).__name__}")

    def note(self, what: str, seconds: float, size: int = 0) -> None:
        """Note how long something took, and how much was sent for it."""
        self.seconds[what].append(seconds)
        if size:
            self.bytes[what].append(size)


def share(values: Sequence[float], part: float) -> float:
    """Return the smallest value that this part of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(100 * part) // 100) - 1)]


def summary(plan: Plan, found: Measured, load: Sequence[float]) -> dict[str, Any]:
    """Return all figures as JSON. load: of the machine before, from /proc/loadavg."""
    actions: dict[str, Any] = {}
    pages = [
        s for what, seconds in found.seconds.items() if what.startswith("page ") for s in seconds
    ]
    for what, seconds in [("all pages", pages), *sorted(found.seconds.items())]:
        if seconds:
            actions[what] = {
                "count": len(seconds),
                "p50_s": round(share(seconds, 0.5), 3),
                "p95_s": round(share(seconds, 0.95), 3),
                "most_s": round(max(seconds), 3),
            }
        if what in found.bytes:
            actions[what]["p50_kb"] = round(share(found.bytes[what], 0.5) / 1000)
    megabytes = [mb for _, mb in found.memory]
    used = found.processor[-1] - found.processor[0] if found.processor else 0.0
    looks = len(pages) + sum(len(s) for what, s in found.seconds.items() if "frame" in what)
    return {
        "plan": asdict(plan),
        "cores": os.cpu_count(),
        "load_before": list(load),
        "load_after": list(os.getloadavg()),
        "actions": actions,
        "processor_s": round(used, 1),
        "processor_s_a_look": round(used / looks, 3) if looks else None,
        "errors": len(found.errors),
        "first_errors": found.errors[:10],
        "uploads": dict(found.outcomes),
        "memory_mb": {"first": megabytes[0], "most": max(megabytes), "last": megabytes[-1]}
        if megabytes
        else {},
        "memory_over_time": found.memory,
    }


async def simulate(plan: Plan) -> dict[str, Any]:
    """Simulate the class, and return the figures."""
    load, found, dice = os.getloadavg(), Measured(), random.Random(plan.seed)
    servers = servers_of(plan.url)
    teacher = Tab(plan.url, LONGEST_JOB_S)
    tabs = [Tab(plan.url) for _ in range(plan.sessions)]
    watching: list[asyncio.Task[None]] = []
    try:
        runs = await prepare(teacher, plan)
        started = time.perf_counter()
        watching.append(asyncio.create_task(watch_servers(plan, found, servers, started)))
        await asyncio.gather(
            *(arrive(tab, runs[i % len(runs)], found) for i, tab in enumerate(tabs))
        )
        found.note("everybody is there", time.perf_counter() - started)
        ends = time.perf_counter() + plan.seconds
        active = [tab for tab in tabs if tab.query.get("run")][: plan.active]
        uploading = tabs[-plan.uploads :] if plan.uploads else []
        await asyncio.gather(
            *(look_around(tab, plan, found, random.Random(dice.random()), ends) for tab in active),
            *(hand_in(tab, number, plan, found) for number, tab in enumerate(uploading)),
            watch_browsers(plan, runs, found, random.Random(dice.random()), ends),
        )
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*(tab.close() for tab in (teacher, *tabs)), return_exceptions=True)
    return summary(plan, found, load)


async def prepare(teacher: Tab, plan: Plan) -> list[str]:
    """Analyze the clips of the class; return the runs' handles, which the links share."""
    await teacher.open("")
    runs = []
    for number in range(plan.runs):
        # A page reads the URL when somebody comes to it.
        await teacher.go("library")
        if number < len(samples()):
            await teacher.go("watch", {"sample": samples()[number].name})
        else:
            await choose_a_clip(teacher)
            await submit(teacher, number, plan.clip_s)
        runs.append(await teacher.until_named("run", LONGEST_JOB_S))
    return runs


async def choose_a_clip(tab: Tab) -> None:
    """Go to the choice of clips in Watch."""
    await tab.go("library")
    await tab.go("watch")
    if "run" in tab.query:
        await tab.change("button", "Other clip", True)


async def arrive(tab: Tab, run: str, found: Measured) -> None:
    """Open the link to a run."""
    with found.guarded("first opening"):
        answer = await tab.open("watch", {"run": run})
        found.note("first opening", answer.seconds, answer.bytes)


async def look_around(
    tab: Tab, plan: Plan, found: Measured, dice: random.Random, ends: float
) -> None:
    """Be an active visitor until the time is over."""
    # Nobody begins at the same moment as the others.
    await asyncio.sleep(dice.uniform(0, plan.think_s))
    while time.perf_counter() < ends:
        doing: Callable[..., Awaitable[None]] = dice.choices(
            (turn_to_a_page, change_the_frame, scrub), (6, 3, 1)
        )[0]
        with found.guarded(tab.page):
            await doing(tab, found, dice)
        await asyncio.sleep(dice.uniform(0.5, 1.5) * plan.think_s)


async def turn_to_a_page(tab: Tab, found: Measured, dice: random.Random) -> None:
    """Go to another page by the navigation."""
    pages = PAGES if dice.random() < 0.9 else ELSEWHERE
    page = dice.choice([page for page in pages if page != tab.page])
    answer = await tab.go(page)
    found.note(f"page {page}", answer.seconds, answer.bytes)


async def change_the_frame(tab: Tab, found: Measured, dice: random.Random) -> None:
    """Move the slider of the frames, where the page has one."""
    if tab.page not in WITH_FRAMES:
        return await turn_to_a_page(tab, found, dice)
    slider = tab.widget("slider", "Frame")
    answer = await tab.change("slider", "Frame", dice.randint(int(slider.min), int(slider.max)))
    found.note(f"frame on {tab.page}", answer.seconds, answer.bytes)
    return None


async def scrub(tab: Tab, found: Measured, dice: random.Random) -> None:
    """Drag through the clip in Watch, which fetches pictures."""
    if tab.page != "watch":
        answer = await tab.go("watch")
        found.note("page watch", answer.seconds, answer.bytes)
    base = f"/api/runs/{tab.query['run']}"
    seconds, content = await tab.get(f"{base}/manifest.json")
    found.note("manifest", seconds, len(content))
    files = [entry for name, entry in json.loads(content)["files"].items() if "frame/" in name]
    first = dice.randrange(max(1, len(files) - SCRUBBED))
    for entry in files[first : first + SCRUBBED]:
        seconds, content = await tab.get(f"{base}/artifacts/{entry['sha']}")
        found.note("picture", seconds, len(content))


async def watch_browsers(
    plan: Plan, runs: Sequence[str], found: Measured, dice: random.Random, ends: float
) -> None:
    """Have real browsers look around, and note when what they asked for is drawn."""
    if not plan.browsers:
        return
    # Without them, no Playwright is needed.
    import real_visitor

    async with real_visitor.chromium() as browser:

        async def one(number: int) -> None:
            with found.guarded("browser"):
                own, run = random.Random(dice.random()), runs[number % len(runs)]
                await real_visitor.look_around(
                    browser, plan.url, run, found.note, own, ends, plan.think_s
                )

        await asyncio.gather(*map(one, range(plan.browsers)))


async def hand_in(tab: Tab, number: int, plan: Plan, found: Measured) -> None:
    """Upload a clip of one's own, and wait for its run."""
    with found.guarded("upload"):
        try:
            await choose_a_clip(tab)
            found.note("upload", await submit(tab, plan.runs + number, plan.clip_s))
            started = time.perf_counter()
            await tab.until_named("run", LONGEST_JOB_S)
            found.note("from upload to run", time.perf_counter() - started)
        except VisitError:
            found.outcomes["refused or lost"] += 1
            raise
        found.outcomes["finished"] += 1


async def submit(tab: Tab, number: int, seconds: float) -> float:
    """Upload a clip that nobody else has, and press Analyze; return the seconds of the upload."""
    content = await asyncio.to_thread(clip_of, number, seconds)
    answer = await tab.upload("Video file", f"clip-{number}.mp4", content)
    await tab.change("button", "Analyze", True)
    return answer.seconds


def clip_of(number: int, seconds: float) -> bytes:
    """Return a video of a drifting texture, as a phone might have filmed it; others by number."""
    dice = np.random.default_rng(number)
    texture = dice.integers(0, 256, (60, 80, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
    frames = np.stack([np.roll(texture, (i, 2 * i), (0, 1)) for i in range(round(15 * seconds))])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        encode_mp4(path, frames, 15)
        return path.read_bytes()


def servers_of(url: str) -> list[psutil.Process]:
    """Return the processes of the app at a URL: the one that listens, or those behind a proxy that does.

    Those of `fixviz app --servers` are children of the command, as the proxy is. Empty where nothing is seen.
    """
    port = urlsplit(url).port
    with suppress(psutil.Error):
        for one in psutil.net_connections("tcp"):
            here = getattr(one.laddr, "port", None) == port
            if here and one.status == psutil.CONN_LISTEN and one.pid:
                listening = psutil.Process(one.pid)
                own = _SERVER in listening.cmdline()
                for above in () if own else listening.parents():
                    behind = [c for c in above.children() if _SERVER in c.cmdline()]
                    if behind:
                        return behind
                return [listening]
    return []


async def watch_servers(
    plan: Plan, found: Measured, servers: Sequence[psutil.Process], started: float
) -> None:
    """Each second ask whether a server is well, and note the memory of all."""
    asking = Tab(plan.url)
    while True:
        with found.guarded("health"):
            seconds, _ = await asking.get("/_stcore/health")
            found.note("health", seconds)
        if servers:
            used = [server.cpu_times() for server in servers]
            found.processor.append(sum(one.user + one.system for one in used))
            megabytes = sum(server.memory_info().rss for server in servers) / 1e6
            found.memory.append((round(time.perf_counter() - started, 1), round(megabytes)))
        await asyncio.sleep(1)


def report(figures: dict[str, Any]) -> str:
    """Return the figures as lines to read."""
    plan = figures["plan"]
    lines = [
        f"{plan['sessions']} sessions, {plan['active']} active, {plan['runs']} runs, "
        f"{plan['seconds']:.0f} s; load {figures['load_before'][0]:.1f} before, "
        f"{figures['load_after'][0]:.1f} after, on {figures['cores']} cores"
    ]
    for what, row in figures["actions"].items():
        size = f" {row['p50_kb']:5d} kB" if "p50_kb" in row else ""
        lines.append(
            f"{what:24} {row['count']:6d} x  p50 {row['p50_s']:7.3f}  p95 {row['p95_s']:7.3f}  "
            f"most {row['most_s']:7.3f} s{size}"
        )
    lines.append(
        f"server: {figures['processor_s']} processor seconds, {figures['processor_s_a_look']} for each "
        "page or frame, with all else that it did"
    )
    lines += [f"memory {figures['memory_mb']}", f"uploads {figures['uploads']}"]
    return "\n".join([*lines, f"errors {figures['errors']}", *figures["first_errors"]])


def plan_from(arguments: Sequence[str] | None) -> tuple[Plan, Path | None]:
    """Read the command line; SystemExit for a server elsewhere, or more than the tool does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="address of the app, on this computer")
    for name, kind, about in (
        ("sessions", int, f"open tabs, at most {MOST_SESSIONS}"),
        ("active", int, "how many of them do something"),
        ("seconds", float, f"how long they do, at most {MOST_SECONDS:.0f}"),
        ("think-s", float, "mean time between an answer and the next request"),
        ("runs", int, "how many runs the class looks at"),
        ("uploads", int, "how many upload a clip at the same moment"),
        ("browsers", int, "how many real browsers look around among them"),
        ("clip-s", float, "how long their clips are, in seconds"),
        ("seed", int, "for the dice"),
    ):
        default = getattr(Plan, name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=kind, default=default, help=f"{about} [{default}]")
    parser.add_argument("--json", type=Path, help="file for all figures")
    options = vars(parser.parse_args(arguments))
    target = options.pop("json")
    plan = Plan(**options)
    try:
        require_loopback(plan.url)
    except ValueError as error:
        parser.error(str(error))
    if not (0 < plan.sessions <= MOST_SESSIONS and 0 < plan.seconds <= MOST_SECONDS):
        parser.error(f"at most {MOST_SESSIONS} sessions and {MOST_SECONDS:.0f} seconds")
    if not (plan.runs > 0 and max(plan.active, plan.uploads) <= plan.sessions):
        parser.error("there must be a run, and no more active visitors or uploads than sessions")
    return plan, target


def main() -> None:
    """Simulate a class, and print the figures."""
    plan, target = plan_from(None)
    figures = asyncio.run(simulate(plan))
    print(report(figures))
    if target is not None:
        target.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
