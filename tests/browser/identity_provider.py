"""A small OpenID Connect provider on loopback: authorization code flow with PKCE, RS256."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.ports import free_port

CLIENT, CLIENT_SECRET = "fixviz", "hush"


@dataclass
class Provider:
    """The provider, and who would log in now."""

    url: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def metadata(self, _request: Request) -> Response:
        """Say where everything is."""
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "end_session_endpoint": f"{self.url}/end",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def keys(self, _request: Request) -> Response:
        """Give the public key."""
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    def authorize(self, request: Request) -> Response:
        """Ask who somebody is, and lead back with a code."""
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT and asked["code_challenge_method"] == "S256"
        who = asked.pop("who", "")
        if not who:
            links = [
                f'<a href="?{urlencode({**asked, "who": name})}">{name}</a>'
                for name in ("ada", "bob")
            ]
            return HTMLResponse(f"<!doctype html><title>Who?</title>{' '.join(links)}")
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**asked, "sub": who}
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 302)

    async def token(self, request: Request) -> Response:
        """Give the tokens for a code, once, to whom it was made for."""
        form = dict(await request.form())
        asked = self.codes.pop(str(form["code"]))
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        expected = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        basic = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        if asked["code_challenge"] != expected or (
            request.headers["authorization"] != f"Basic {basic}"
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            **{"iss": self.url, "sub": asked["sub"], "aud": CLIENT, "nonce": asked["nonce"]},
            **{"iat": now, "exp": now + 300, "name": asked["sub"].title()},
        }
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return JSONResponse(
            {
                **{"access_token": "x", "token_type": "Bearer", "expires_in": 300},
                "id_token": signed,
            }
        )

    def end(self, request: Request) -> Response:
        """Log out, and lead back."""
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)


@contextmanager
def provider() -> Iterator[Provider]:
    """Serve a provider in a thread."""
    port = free_port()
    found = Provider(f"http://127.0.0.1:{port}")
    routes = [
        Route("/.well-known/openid-configuration", found.metadata),
        Route("/keys", found.keys),
        Route("/authorize", found.authorize),
        Route("/token", found.token, methods=["POST"]),
        Route("/end", found.end),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes), host="127.0.0.1", port=port, log_level="warning"
    )
    serving = uvicorn.Server(config)
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    while not serving.started:
        time.sleep(0.01)
    yield found
    serving.should_exit = True
    thread.join(10)
