"""Access tokens of Entra ID: who issues them, for which audience, and until when.

https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference

All simulators belong to one tenant: a token of one is good for every other. Only who issued a token
can revoke it.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

AUDIENCES = ("https://cognitiveservices.azure.com", "https://ai.azure.com")
LIFETIME = 86_400
REMEMBERED = 1000
TENANT_KEY = hashlib.sha256(b"azure-simulator:tenant").digest()
HEADER = {"typ": "JWT", "alg": "HS256"}


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """What may be told of a token; its value is not part of it."""

    id: str
    audience: str
    issued_at: int
    expires_on: int
    client_id: str | None
    """The user-assigned identity that was asked for."""


@dataclass(slots=True)
class TokenIssuer:
    """Issues the tokens of one simulator; any thread may watch it."""

    lifetime: int = LIFETIME
    requests: int = 0
    """How often it was asked, refused or not."""
    issued: deque[IssuedToken] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _name: str = field(default_factory=lambda: secrets.token_hex(8))
    _number: int = 0
    _revoked: int = 0
    """The number of the last token that was revoked, and all before it with it."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self, audience: str, client_id: str | None, now: float) -> tuple[str, IssuedToken]:
        """A token's value, and what is remembered of it."""
        issued_at = int(now)
        expires_on = issued_at + self.lifetime
        with self._lock:
            self._number += 1
            id = f"{self._name}.{self._number}"
            token = IssuedToken(id, audience, issued_at, expires_on, client_id)
            self.issued.append(token)
        return _write(token), token

    def accepts(self, value: str, audiences: tuple[str, ...], now: float) -> bool:
        claims = _read(value)
        return (
            claims is not None
            and claims["aud"].rstrip("/") in {audience.rstrip("/") for audience in audiences}
            and now < claims["exp"]
            and not self._has_revoked(claims["jti"])
        )

    def revoke(self) -> None:
        """From now on the tokens issued so far are refused, although they have not expired."""
        with self._lock:
            self._revoked = self._number

    def forget(self) -> None:
        with self._lock:
            self.requests = 0
            self.issued.clear()
            self._revoked = 0

    def _has_revoked(self, id: str) -> bool:
        name, _, number = id.partition(".")
        return name == self._name and int(number) <= self._revoked


def looks_like_token(value: str) -> bool:
    return value.count(".") == 2


def _write(token: IssuedToken) -> str:
    claims = {
        "aud": token.audience,
        "iat": token.issued_at,
        "nbf": token.issued_at,
        "exp": token.expires_on,
        "jti": token.id,
        "appid": token.client_id,
    }
    signed = f"{_encode(json.dumps(HEADER).encode())}.{_encode(json.dumps(claims).encode())}"
    return f"{signed}.{_sign(signed)}"


def _read(value: str) -> dict[str, Any] | None:
    """The claims of a token that this tenant has signed."""
    signed, _, signature = value.rpartition(".")
    if not hmac.compare_digest(_sign(signed).encode(), signature.encode()):
        return None
    content = signed.partition(".")[2]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(content + "=="))
    return claims


def _sign(signed: str) -> str:
    return _encode(hmac.digest(TENANT_KEY, signed.encode(), "sha256"))


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
