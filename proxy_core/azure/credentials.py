"""What shows Azure that the proxy may call: a resource's key, or a token of Entra ID.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/managed-identity

Microsoft's pages name two audiences for the same resources, so where Azure refuses the one the
other is tried. Tokens are cached and renewed by azure-identity, five minutes before their end.
"""

import asyncio
import base64
import json
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Protocol

from proxy_core.errors import UpstreamError
from proxy_core.settings import ENTRA_SCOPE

AUDIENCES = (
    ENTRA_SCOPE,
    "https://ai.azure.com/.default",
)

MOST_TOKENS = 4  # whose replies may be under way: tokens live for an hour or more
SLOWEST_TOKEN = 30.0  # seconds; the Azure CLI alone may take ten


@dataclass(frozen=True, slots=True)
class Proof:
    """What one call carries. `secret` must not be seen in any text."""

    headers: dict[str, str] = field(repr=False)
    secret: str = field(repr=False)
    scope: str = ""


class Credential(Protocol):
    @property
    def secrets(self) -> Collection[str]:
        """What was sent to Azure lately, and must not be seen in any text."""
        ...

    async def prove(self) -> Proof:
        """Raises UpstreamError when there is nothing to prove it with."""
        ...

    def learn(self, refused: Proof, error: UpstreamError) -> bool:
        """Whether a new proof may succeed where this one was refused."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose a token is, by what it says of itself. Nobody has verified it."""

    name: str = ""  # of a person
    application: str = ""  # client id, of a managed identity or another application
    object: str = ""  # id of the principal, which roles are given to


def read_identity(token: str) -> Identity:
    """https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference"""
    try:
        content = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
        texts = {name: value for name, value in claims.items() if isinstance(value, str)}
    except (ValueError, IndexError, AttributeError, RecursionError):
        return Identity()  # it is not for us to read
    name = texts.get("upn") or texts.get("unique_name") or texts.get("preferred_username", "")
    return Identity(name, texts.get("appid") or texts.get("azp", ""), texts.get("oid", ""))


class KeyCredential:
    def __init__(self, key: str) -> None:
        self._proof = Proof({"api-key": key}, key)
        self.secrets = (key,)

    async def prove(self) -> Proof:
        return self._proof

    def learn(self, refused: Proof, error: UpstreamError) -> bool:
        return False


class NoCredential:
    """For what is asked without showing anything."""

    secrets = ()

    async def prove(self) -> Proof:
        return Proof({}, "")

    def learn(self, refused: Proof, error: UpstreamError) -> bool:
        return False


NO_CREDENTIAL = NoCredential()


def default_credential() -> Any:
    """The app's managed identity on Azure; on a development machine whoever is signed in."""
    from azure.identity.aio import DefaultAzureCredential  # 0.2 s, and most apps have a key

    return DefaultAzureCredential()


class EntraCredential:
    """Tokens for one audience at a time. One per process."""

    def __init__(self, scope: str, make: Callable[[], Any] = default_credential) -> None:
        others = [other for other in AUDIENCES if other != scope] if scope in AUDIENCES else []
        self._scopes = (scope, *others)
        self._scope = scope
        self._refused: set[str] = set()
        self._make = make
        self._credential: Any = None
        self._asking: dict[str, asyncio.Task[str]] = {}
        self._given: OrderedDict[str, None] = OrderedDict()

    @property
    def secrets(self) -> Collection[str]:
        return self._given.keys()

    async def prove(self) -> Proof:
        scope = self._scope
        token = await self._token(scope)
        self._given[token] = None
        self._given.move_to_end(token)
        while len(self._given) > MOST_TOKENS:
            self._given.popitem(last=False)
        return Proof({"authorization": f"Bearer {token}"}, token, scope)

    def learn(self, refused: Proof, error: UpstreamError) -> bool:
        if error.status != 401 or "audience" not in error.message.lower():
            return False
        self._refused.add(refused.scope)
        left = [scope for scope in self._scopes if scope not in self._refused]
        if not left:
            self._refused.clear()  # it was not the audience
        self._scope = (left or self._scopes)[0]
        return bool(left)

    async def close(self) -> None:
        """Of the connections behind it. Asked again, it opens others."""
        credential, self._credential = self._credential, None
        if credential is not None:
            await credential.close()

    async def _token(self, scope: str) -> str:
        """One question serves all who ask it meanwhile; none of them can cancel it."""
        if scope not in self._asking:
            self._asking[scope] = asyncio.create_task(self._ask(scope))
            self._asking[scope].add_done_callback(lambda _: self._asking.pop(scope))
        return await asyncio.shield(self._asking[scope])

    async def _ask(self, scope: str) -> str:
        if self._credential is None:
            self._credential = await asyncio.to_thread(self._make)
        from azure.core.exceptions import AzureError, ClientAuthenticationError

        try:
            asking = self._credential.get_token(scope)
            return str((await asyncio.wait_for(asking, SLOWEST_TOKEN)).token)
        except ClientAuthenticationError as error:
            raise UpstreamError(
                "There is no key for Azure, and Entra ID gives no token.",
                status=401,
                code="no_entra_token",
                advice="Set AZURE_OPENAI_API_KEY, give the function app a managed identity, or "
                "sign in (az login).",
            ) from error
        except (AzureError, TimeoutError) as error:
            reason = type(error).__name__
            raise UpstreamError(f"Entra ID could not be asked ({reason}).") from error
