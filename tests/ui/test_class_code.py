"""The class code: who has not typed it sees a page that asks, and nothing of the app."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from fixviz.course.app_texts import app_texts
from fixviz.course.lesson import LANGUAGES
from fixviz.errors import OptionError
from fixviz.settings import Settings
from fixviz.ui import server
from fixviz.ui.address_bar import AddressBar
from fixviz.ui.embedding import Embedding
from fixviz.ui.owner import OwnerCookie
from fixviz.ui.security import server_key
from fixviz.ui.security.class_code import COOKIE, ClassCode
from fixviz.ui.security.door_page import FIELD
from fixviz.ui.security.tries import AT_ONCE, EVERY_S, WrongTries
from fixviz.ui.security.uploads import UploadLimit
from fixviz.ui.start.first import StartPage

CODE = "eyes wide 27"
SECRET = "content of the app"
HTTPS = "https://class.example.org"
PAGE = {"accept": "text/html,*/*"}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _no_keys_of_other_tests() -> Iterator[None]:
    server_key._known.clear()
    yield
    server_key._known.clear()


def app(
    home: Path, code: str = CODE, tries: WrongTries | None = None, *origins: str, base: str = ""
) -> Starlette:
    def page(_request: Request) -> Response:
        return HTMLResponse(f"<head></head>{SECRET}")

    def data(_request: Request) -> Response:
        return JSONResponse({"said": SECRET})

    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    every = ["GET", "HEAD", "POST", "PUT", "DELETE"]
    return Starlette(
        routes=[
            WebSocketRoute(f"{base}/_stcore/stream", stream),
            Route(f"{base}/api/{{rest:path}}", data, methods=every),
            Route(f"{base}/_stcore/{{rest:path}}", data, methods=every),
            Route(f"{base}/{{rest:path}}", page, methods=every),
        ],
        middleware=[
            Middleware(Embedding, origins=origins),
            Middleware(ClassCode, code=code, home=home, tries=tries),
            Middleware(AddressBar),
            Middleware(OwnerCookie),
        ],
    )


def client(home: Path, *args: object, url: str = HTTPS, **named: object) -> TestClient:
    return TestClient(app(home, *args, **named), base_url=url, follow_redirects=False)


def typed(browser: TestClient, code: str, path: str = "/watch") -> Any:
    return browser.post(path, data={FIELD: code}, headers=PAGE)


def streams(browser: TestClient) -> bool:
    try:
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        with browser.websocket_connect("/_stcore/stream", headers={"cookie": cookies}):
            return True
    except WebSocketDisconnect as refused:
        assert refused.code == 1008
        return False


@pytest.mark.parametrize("path", ["/", "/watch?run=abc", "/course", "/index.html", "/nothing"])
def test_a_page_asks_for_the_code_and_shows_nothing_else(tmp_path: Path, path: str) -> None:
    answer = client(tmp_path).get(path, headers=PAGE)
    if answer.status_code == 307:
        assert SECRET not in answer.text
        return
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert SECRET not in answer.text
    assert app_texts("en")["class_code.text"] in answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/runs/abc/manifest.json"),
        ("GET", "/api/course/v/texts.json"),
        ("GET", "/api/metrics"),
        ("GET", "/api/healthy"),
        ("POST", "/api/health"),
        ("PUT", "/_stcore/upload_file/session/1"),
        ("DELETE", "/_stcore/upload_file/session/1"),
        ("GET", "/_stcore/host-config"),
        ("GET", "/_stcore/health/x"),
        ("GET", "/watch"),
        ("POST", "/static/js/main.js"),
        ("GET", "/lab/static/js/main.js"),
    ],
)
def test_routes_and_uploads_answer_with_a_sentence(tmp_path: Path, method: str, path: str) -> None:
    answer = client(tmp_path).request(method, path)
    assert answer.status_code == 401
    assert "class code" in answer.json()["error"]


@pytest.mark.parametrize(
    "path",
    ["/api/health", "/_stcore/health", "/static/js/main.js", "/api/ui/v/player/main.js"],
)
def test_health_and_files_that_hold_nothing_need_no_code(tmp_path: Path, path: str) -> None:
    assert client(tmp_path).get(path).status_code == 200


def test_a_session_needs_the_code(tmp_path: Path) -> None:
    browser = client(tmp_path)
    assert not streams(browser)
    typed(browser, CODE)
    assert streams(browser)


@pytest.mark.parametrize(
    "link",
    [
        "/watch?run=Ab-9_x&frame=3&query=1-2.3-4",
        "/?lang=zh",
        "/watch?sample=a%20b%2526",
        "/javascript:alert(1)",
        "/",
    ],
)
def test_the_code_leads_on_to_where_the_link_led(tmp_path: Path, link: str) -> None:
    browser = client(tmp_path)
    answer = typed(browser, CODE, link)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("./")
    assert answer.next_request is not None
    there = str(answer.next_request.url).removeprefix(HTTPS)
    assert unquote(there) == unquote(str(browser.build_request("GET", link).url)).removeprefix(
        HTTPS
    )
    assert SECRET in browser.get(link, headers=PAGE).text
    assert browser.get("/api/runs/x/manifest.json").status_code == 200
    assert typed(browser, "again", link).status_code == 303, "in a tab that still asks"


def test_the_cookie_is_as_the_owners_and_lasts(tmp_path: Path) -> None:
    answer = typed(client(tmp_path), CODE)
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=Lax", "Secure"} <= set(attributes)
    assert CODE not in answer.headers["set-cookie"]


def test_in_a_frame_of_a_site_that_may_the_cookie_is_there(tmp_path: Path) -> None:
    answer = typed(client(tmp_path, CODE, None, "https://moodle.example.org"), CODE)
    assert answer.headers["set-cookie"].endswith("SameSite=None; Secure; Partitioned")


@pytest.mark.parametrize("base", ["/lab/fixviz"])
def test_below_a_path_the_code_leads_on_and_counts_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    option = st.get_option
    values = {"server.baseUrlPath": base}
    monkeypatch.setattr(st, "get_option", lambda name: values.get(name) or option(name))
    browser = client(tmp_path, base=base)
    assert browser.get(f"{base}/_stcore/health").status_code == 200
    assert browser.get("/_stcore/health").status_code == 401
    answer = typed(browser, CODE, f"{base}/watch?run=x")
    assert answer.next_request is not None
    assert str(answer.next_request.url) == f"{HTTPS}{base}/watch?run=x"
    assert f"Path={base}" in answer.headers["set-cookie"].split("; ")


def test_another_code_another_home_and_changed_cookies_do_not_count(tmp_path: Path) -> None:
    answer = typed(client(tmp_path), CODE)
    value = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]

    def opens(browser: TestClient, value: str) -> bool:
        status = browser.get("/api/x", headers={"cookie": f"{COOKIE}={value}".encode()}).status_code
        return status == 200

    issued, mac = value.split(".")
    assert opens(client(tmp_path), value)
    assert not opens(client(tmp_path, "another code"), value)
    assert not opens(client(tmp_path / "other"), value)
    changed = mac[:-1] + ("0" if mac[-1] != "0" else "1")
    later, old = str(int(issued) + 1), f"{int(issued) - 200 * 86400}"
    for wrong in (
        f"{later}.{mac}",
        f"{old}.{mac}",
        f"{issued}.{changed}",
        f"{issued}.",
        ".",
        f"²2.{mac}",
        f"{issued}.é",
        f"{'9' * 400}.{mac}",
    ):
        assert not opens(client(tmp_path), wrong), wrong


def test_an_old_cookie_asks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = client(tmp_path)
    typed(browser, CODE)
    assert browser.get("/api/x").status_code == 200
    import time

    then = time.time()
    monkeypatch.setattr(time, "time", lambda: then + 181 * 86400)
    assert browser.get("/api/x", headers={"cookie": _cookie(browser)}).status_code == 401


def _cookie(browser: TestClient) -> str:
    return f"{COOKIE}={browser.cookies[COOKIE]}"


@pytest.mark.parametrize("text", ["", "wrong one", CODE + "x", CODE[:-1], CODE.upper(), "é" * 3000])
def test_a_wrong_code_is_said_and_brings_no_cookie(tmp_path: Path, text: str) -> None:
    answer = typed(client(tmp_path), text)
    assert answer.status_code == 401
    assert app_texts("en")["class_code.wrong"] in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "set-cookie" not in answer.headers


def test_spaces_around_it_and_full_width_characters_make_no_difference(tmp_path: Path) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in CODE)
    assert typed(client(tmp_path), f"  {wide} ").status_code == 303


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_speaks_the_visitors_language(tmp_path: Path, lang: str) -> None:
    headers = {**PAGE, "accept-language": lang}
    answer = client(tmp_path).get('/watch?run=a&x="><b>', headers=headers)
    assert f'<html lang="{lang}">' in answer.text
    assert app_texts(lang)["class_code.label"] in answer.text
    (other,) = set(LANGUAGES) - {lang}
    assert f'href="?run=a&amp;x=%22%3E%3Cb%3E&amp;lang={other}"' in answer.text
    assert "<b>" not in answer.text and "<script" not in answer.text


def test_a_program_sends_the_code_in_a_header(tmp_path: Path) -> None:
    browser = client(tmp_path)
    assert browser.get("/api/metrics", headers={"authorization": f"Bearer {CODE}"}).is_success
    wrong = browser.get("/api/metrics", headers={"authorization": "Bearer other one"})
    assert wrong.status_code == 401


def test_wrong_tries_of_an_address_are_slowed_down(tmp_path: Path) -> None:
    clock = Clock()
    browser = client(tmp_path, CODE, WrongTries(clock))
    for number in range(AT_ONCE):
        wrong = {"authorization": f"Bearer wrong {number}"}
        assert browser.get("/api/x", headers=wrong).status_code == 401
    slow = typed(browser, CODE)
    assert slow.status_code == 429
    assert slow.headers["retry-after"] == f"{EVERY_S:.0f}"
    assert app_texts("en")["class_code.slow"].format(seconds=6) in slow.text
    assert browser.get("/api/x", headers={"authorization": f"Bearer {CODE}"}).status_code == 401
    clock.now += EVERY_S
    assert typed(browser, CODE).status_code == 303


def test_addresses_are_counted_apart_and_forgotten() -> None:
    clock = Clock()
    tries = WrongTries(clock)
    for number in range(AT_ONCE):
        tries.note(f"2001:db8::{number:x}")
        tries.note("192.0.2.7")
    assert tries.wait_s("2001:db8::ffff") == tries.wait_s("::ffff:192.0.2.7") == 6
    assert tries.wait_s("2001:db8:0:1::1") == tries.wait_s("192.0.2.8") == tries.wait_s("") == 0
    clock.now += 2.5
    assert tries.wait_s("192.0.2.7") == 4
    clock.now += AT_ONCE * EVERY_S
    assert tries.wait_s("192.0.2.7") == 0
    for number in range(20_000):
        tries.note(f"10.0.{number // 256}.{number % 256}")
    assert len(tries._left) <= 10_000


def test_several_servers_together_give_no_more_tries_than_one() -> None:
    clock = Clock()
    servers = [WrongTries(clock, servers=3) for _ in range(3)]

    def tried() -> int:
        count = 0
        for tries in servers:
            while tries.wait_s("192.0.2.7") == 0:
                tries.note("192.0.2.7")
                count += 1
        return count

    total = tried()
    assert AT_ONCE - 3 < total <= AT_ONCE
    for passed in range(1, 61):
        clock.now += EVERY_S
        total += tried()
        assert AT_ONCE + passed - 6 < total <= AT_ONCE + passed


def test_codes_are_compared_in_constant_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is typed, two hashes of one length are compared."""
    import hmac

    compare, seen = hmac.compare_digest, []
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: seen.append((a, b)) or compare(a, b))
    for text in ("x", "x" * 99, CODE):
        typed(client(tmp_path), text)
    assert len(seen) >= 3
    assert {len(a) for a, _ in seen[-3:]} == {len(b) for _, b in seen[-3:]} == {32}
    assert CODE.encode() not in [b for pair in seen for b in pair]


def test_the_key_is_for_the_system_user_alone_and_one_for_all_servers(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    found: list[bytes] = []

    def ask() -> None:
        server_key._known.clear()
        found.append(server_key.keyed_hash(home, "a", "b"))

    threads = [Thread(target=ask) for _ in range(11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 11 and len(set(found)) == 1
    (key,) = home.iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert server_key.keyed_hash(home, "ab", "") != server_key.keyed_hash(home, "a", "b")


def test_without_the_setting_nobody_is_asked(tmp_path: Path) -> None:
    browser = client(tmp_path / "home", "")
    assert SECRET in browser.get("/watch", headers=PAGE).text
    assert streams(browser)
    assert not (tmp_path / "home").exists()


def test_the_server_asks_before_uploads_and_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIXVIZ_CLASS_CODE", CODE)
    order = [entry.cls for entry in server.middleware()]
    asks = order.index(ClassCode)
    assert order.index(Embedding) < asks, "its cookie gets the attributes for frames"
    assert asks < min(map(order.index, (UploadLimit, AddressBar, StartPage, OwnerCookie)))
    (entry,) = [entry for entry in server.middleware() if entry.cls is ClassCode]
    assert entry.kwargs["code"] == CODE


def test_a_code_that_is_soon_guessed_is_refused_without_being_quoted() -> None:
    with pytest.raises(OptionError, match=r"FIXVIZ_CLASS_CODE: .* 6 to 100") as refused:
        Settings.from_env({"FIXVIZ_CLASS_CODE": "q7z"})
    assert "q7z" not in str(refused.value)
    assert Settings.from_env({"FIXVIZ_CLASS_CODE": f" {CODE} "}).class_code == CODE
    assert CODE not in repr(Settings(class_code=CODE))
