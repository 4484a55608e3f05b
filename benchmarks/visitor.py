"""A browser tab without a browser: it speaks Streamlit's protocol over a WebSocket, and HTTP beside it.

It loads the page for its cookies, opens the WebSocket, asks for pages and changes widgets as the browser
does, keeps the messages that the browser would keep, and reruns fragments that ask for it. It draws
nothing. Streamlit's protocol has no stable description: the messages are those of the installed package.
"""

from __future__ import annotations

import asyncio
import http.client
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_KEPT_RUNS: Final = 2
"""Reruns for which the browser keeps a large message (Streamlit: global.maxCachedMessageAge)."""
_MOST_PAUSED: Final = 64
"""Messages that may wait unread in the client; all of a page's, so that nobody slows the server down."""


class VisitError(Exception):
    """What a visitor saw instead of the page: an error, a refusal, or nothing in time."""


def require_loopback(url: str) -> None:
    """Raise ValueError for the URL of another computer: this is no tool to load other people's servers."""
    if urlsplit(url).hostname not in _LOOPBACK:
        raise ValueError(f"{url} is not on this computer; a class is only simulated on loopback.")


@dataclass(frozen=True)
class Answer:
    """What came of one request of the tab."""

    seconds: float
    """From the request to the end of the script."""
    bytes: int
    """Size of all messages."""


@dataclass
class Tab:
    """One tab. `url`: of the app, such as http://127.0.0.1:8501, on this computer."""

    url: str
    timeout_s: float = 60.0
    query: dict[str, str] = field(default_factory=dict)
    """Query parameters that the server has put into the URL."""
    pages: dict[str, str] = field(default_factory=dict)
    """Hashes of the pages' scripts, by the last part of their URL."""
    elements: dict[tuple[int, ...], Any] = field(default_factory=dict)
    """Elements of the page, by their place."""
    errors: list[str] = field(default_factory=list)
    """Exceptions and red boxes that the page shows."""
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_loopback(self.url)
        self.page, self.session = "", ""
        self._hash = ""
        self._states: dict[str, WidgetState] = {}
        self._kept: dict[str, tuple[int, Any]] = {}
        self._runs = 0
        self._bytes = 0
        self._finished = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._files: asyncio.Queue[Any] = asyncio.Queue()
        self._fragment = False

    async def open(self, page: str, query: Mapping[str, str] | None = None) -> Answer:
        """Load a page by its URL, as a new tab does."""
        started = time.perf_counter()
        self.page, self.query = page, dict(query or {})
        await self.get(f"/{page}")
        # The browser's first requests, which also hand out the token for uploads.
        await self.get("/_stcore/health")
        address = urlsplit(self.url)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self._socket = await connect(
            f"ws://{address.netloc}{address.path}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            origin=Origin(f"http://{address.netloc}"),
            additional_headers={"Cookie": cookie},
            max_size=None,
            max_queue=_MOST_PAUSED,
            open_timeout=self.timeout_s,
            proxy=None,
        )
        self._reader = asyncio.create_task(self._read())
        answer = await self._rerun()
        return Answer(time.perf_counter() - started, answer.bytes)

    async def go(self, page: str, query: Mapping[str, str] | None = None) -> Answer:
        """Go to another page by the navigation, or by a link of the page with query parameters."""
        if page not in self.pages:
            raise VisitError(f"the app has no page {page!r}, only {', '.join(self.pages)}")
        self.page, self.query = page, dict(query or {})
        self._hash = self.pages[page]
        self._states.clear()
        return await self._rerun()

    async def change(self, kind: str, label: str, value: Any) -> Answer:
        """Change a widget, which reruns the page. kind: slider, selectbox or button."""
        # A result that has arrived may just rerun the page by itself.
        await asyncio.wait_for(self._finished.wait(), self.timeout_s)
        widget = self.widget(kind, label)
        state = WidgetState(id=widget.id)
        match kind:
            case "slider":
                state.double_array_value.data.append(value)
            case "selectbox":
                state.string_value = value
            case "button":
                state.trigger_value = True
            case _:
                raise ValueError(kind)
        self._states[widget.id] = state
        try:
            return await self._rerun()
        finally:
            if kind == "button":
                self._states.pop(widget.id, None)

    def widget(self, kind: str, label: str) -> Any:
        """Return the page's element of a kind whose label begins so. VisitError if there is none."""
        for element in self.elements.values():
            if element.WhichOneof("type") == kind:
                found = getattr(element, kind)
                if found.label.startswith(label):
                    return found
        raise VisitError(f"{self.page or 'start'} shows no {kind} called {label!r}")

    async def upload(self, label: str, name: str, content: bytes) -> Answer:
        """Hand a file to the page's uploader with this label, which reruns the page."""
        started = time.perf_counter()
        widget = self.widget("file_uploader", label)
        asked = BackMsg()
        asked.file_urls_request.request_id = uuid.uuid4().hex
        asked.file_urls_request.file_names.append(name)
        asked.file_urls_request.session_id = self.session
        await self._send(asked)
        [urls] = (await asyncio.wait_for(self._files.get(), self.timeout_s)).file_urls
        mark = uuid.uuid4().hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{mark}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "X-Xsrftoken": self.cookies.get("_streamlit_xsrf", ""),
        }
        status, _ = await self._http("PUT", urls.upload_url, body, headers)
        if status >= 300:
            raise VisitError(f"the upload was answered {status}")
        state = WidgetState(id=widget.id)
        state.file_uploader_state_value.uploaded_file_info.add(
            name=name, size=len(content), file_id=urls.file_id, file_urls=urls
        )
        self._states[widget.id] = state
        answer = await self._rerun()
        return Answer(time.perf_counter() - started, answer.bytes)

    async def until_named(self, parameter: str, seconds: float) -> str:
        """Wait until the URL has a query parameter, and return its value. VisitError if it does not."""
        ends = time.perf_counter() + seconds
        while parameter not in self.query:
            if self.errors:
                raise VisitError(self.errors[0])
            if time.perf_counter() > ends:
                raise VisitError(f"no {parameter} in the URL after {seconds:.0f} s: {self.query}")
            await asyncio.sleep(0.05)
        return self.query[parameter]

    async def get(self, path: str) -> tuple[float, bytes]:
        """Fetch a path of the app with the tab's cookies; return the seconds and the content."""
        started = time.perf_counter()
        status, content = await self._http("GET", path)
        if status >= 400:
            raise VisitError(f"{path} was answered {status}")
        return time.perf_counter() - started, content

    async def close(self) -> None:
        """Close the tab."""
        for task in (*self._timers.values(), self._reader):
            if task is not None:
                task.cancel()
        if self._socket is not None:
            await self._socket.close()

    async def _rerun(self, fragment: str = "") -> Answer:
        """Ask for the page, or a fragment of it, and wait for the end of its script."""
        started, before = time.perf_counter(), self._bytes
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string = urlencode(self.query)
        asked.page_script_hash, asked.fragment_id = self._hash, fragment
        # On arrival the server knows a page by its name only.
        asked.page_name = "" if self._hash else self.page
        asked.is_auto_rerun = bool(fragment)
        asked.widget_states.widgets.extend(self._states.values())
        asked.cached_message_hashes.extend(self._kept)
        asked.context_info.url = f"{self.url}/{self.page}"
        asked.context_info.timezone, asked.context_info.locale = "UTC", "en-US"
        asked.context_info.color_scheme = "light"
        if fragment:
            await self._send(message)
            return Answer(0.0, 0)
        self._finished.clear()
        self.errors.clear()
        await self._send(message)
        try:
            await asyncio.wait_for(self._finished.wait(), self.timeout_s)
        except TimeoutError:
            raise VisitError(f"{self.page or 'start'}: not drawn in {self.timeout_s} s") from None
        if self.errors:
            raise VisitError(f"{self.page or 'start'}: {self.errors[0]}")
        return Answer(time.perf_counter() - started, self._bytes - before)

    async def _send(self, message: BackMsg) -> None:
        if self._socket is None:
            raise VisitError("the tab is not open")
        try:
            await self._socket.send(message.SerializeToString())
        except ConnectionClosed as closed:
            raise VisitError(f"the server closed the connection: {closed}") from None

    async def _read(self) -> None:
        assert self._socket is not None
        try:
            async for data in self._socket:
                assert isinstance(data, bytes)
                self._bytes += len(data)
                message = ForwardMsg()
                message.ParseFromString(data)
                self._take(message)
        except ConnectionClosed as closed:
            self.errors.append(f"the server closed the connection: {closed}")
            self._finished.set()

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            self._kept[message.ref_hash] = self._runs, self._kept[message.ref_hash][1]
            self._place(message, self._kept[message.ref_hash][1])
        elif kind == "delta":
            if message.delta.WhichOneof("type") == "new_element":
                if message.metadata.cacheable:
                    self._kept[message.hash] = self._runs, message.delta.new_element
                self._place(message, message.delta.new_element)
        elif kind == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
            self._fragment = bool(message.metadata.run.fragment_ids)
            if not self._fragment:
                self._finished.clear()
                self.elements.clear()
                self._hash = message.new_session.page_script_hash or self._hash
                self._stop_timers()
        elif kind == "navigation":
            self.pages = {p.url_pathname: p.page_script_hash for p in message.navigation.app_pages}
            self._hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            named = parse_qs(message.page_info_changed.query_string, keep_blank_values=True)
            self.query = {name: values[-1] for name, values in named.items()}
        elif kind == "auto_rerun":
            repeat = self._repeat(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            self._timers[message.auto_rerun.fragment_id] = asyncio.create_task(repeat)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                if fragment in self._timers:
                    self._timers.pop(fragment).cancel()
        elif kind == "page_not_found":
            self.errors.append("page not found")
        elif kind == "file_urls_response":
            self._files.put_nowait(message.file_urls_response)
        elif kind == "script_finished":
            self._finish(message.script_finished)

    def _place(self, message: ForwardMsg, element: Any) -> None:
        self.elements[tuple(message.metadata.delta_path)] = element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.errors.append(f"{element.exception.type}: {element.exception.message}")
        elif kind == "alert" and element.alert.format == Alert.ERROR:
            self.errors.append(element.alert.body)

    def _finish(self, status: Any) -> None:
        if status == ForwardMsg.FINISHED_SUCCESSFULLY:
            self._runs += 1
            oldest = self._runs - _KEPT_RUNS
            self._kept = {sha: kept for sha, kept in self._kept.items() if kept[0] >= oldest}
            self._finished.set()
        elif status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.errors.append("compile error")
            self._finished.set()

    def _stop_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    async def _repeat(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await self._rerun(fragment)

    async def _http(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Accept": "text/html", "Accept-Encoding": "gzip", "Cookie": cookie}
        status, set_cookies, content = await asyncio.to_thread(
            _fetch, self.url, method, path, body, {**sent, **(headers or {})}, self.timeout_s
        )
        self.cookies |= dict(set_cookies)
        return status, content


def _fetch(
    url: str, method: str, path: str, body: bytes, headers: Mapping[str, str], timeout_s: float
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return the status, the new cookies and the content."""
    address = urlsplit(url)
    server = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout_s)
    try:
        server.request(method, f"{address.path}/{path.lstrip('/')}", body or None, dict(headers))
        answer = server.getresponse()
        return answer.status, list(_cookies(answer)), answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise VisitError(f"{path}: {error or type(error).__name__}") from None
    finally:
        server.close()


def _cookies(answer: http.client.HTTPResponse) -> Iterator[tuple[str, str]]:
    for header in answer.headers.get_all("Set-Cookie", ()):
        for name, cookie in SimpleCookie(header).items():
            yield name, cookie.value
