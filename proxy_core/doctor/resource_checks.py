"""What can be found out about a resource for nothing: its name, the way there, and the key.

https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle

The list of models names what could be deployed, not what is: nothing is concluded from it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from proxy_core.azure.calls import Azure, AzureCall
from proxy_core.azure.credentials import Identity
from proxy_core.azure.name_lookup import is_private, look_up
from proxy_core.azure.proxies import is_loopback
from proxy_core.configuration.resources import Resource
from proxy_core.deployments.address import read_ip
from proxy_core.doctor.finding import Finding, Verdict, make_finding
from proxy_core.doctor.refusal import describe, judge
from proxy_core.doctor.targets import stand_in
from proxy_core.errors import (
    Disconnected,
    ProxyError,
    Unreachable,
    UpstreamError,
    UpstreamSilent,
)

LONGEST = 20.0  # seconds for a name, a connection or a list
LONGEST_TOKEN = 45.0  # each of the ways to a token is tried in turn

LookUp = Callable[[str], Awaitable[tuple[str, ...]]]


class ResourceChecks:
    """`obstacle`: why calling is of no use; `identity`: whose token it is called with."""

    def __init__(self, resource: Resource, azure: Azure, look_up: LookUp = look_up) -> None:
        self._resource = resource
        self._azure = azure
        self._look_up = look_up
        self._id = resource.address.resource
        self._host = resource.address.host
        self._is_private = False
        self.identity: Identity | None = None
        self.obstacle = ""

    @property
    def group(self) -> str:
        return f"{self._host} ({self._resource.settings}_ENDPOINT)"

    async def examine(self) -> AsyncGenerator[Finding]:
        yield await self._check("dns", "Name", self._check_name, LONGEST)
        if not self.obstacle:
            yield await self._check("tls", "Connection", self._check_connection, LONGEST)
        if not self.obstacle and not self._resource.api_key:
            yield await self._check("token", "Entra ID token", self._check_token, LONGEST_TOKEN)
        if not self.obstacle:
            title = "Key" if self._resource.api_key else "Token is accepted"
            yield await self._check("models", title, self._check_models, LONGEST)

    async def _check(
        self, id: str, title: str, run: Callable[[], Awaitable[Verdict]], longest: float
    ) -> Finding:
        try:
            async with asyncio.timeout(longest):
                verdict = await run()
        except TimeoutError:
            error = UpstreamSilent(f"{self._host} did not answer within {longest:.0f} seconds.")
            verdict = self._fail(id, error)
        except ProxyError as error:
            verdict = self._fail(id, error)
        return make_finding(id, self.group, title, verdict)

    def _fail(self, id: str, error: ProxyError) -> Verdict:
        verdict = judge(error, stand_in(self._resource), self.identity)
        if id != "models":
            self.obstacle = f"{self._host} cannot be called, see there."
        if self._is_private:
            remedy = f"{verdict.remedy} Its address is private: it is called from its own network."
            return Verdict(verdict.state, verdict.detail, remedy)
        return verdict

    async def _check_name(self) -> Verdict:
        if is_loopback(self._host) or read_ip(self._host):
            return Verdict("skipped", "It is an address already.")
        if self._azure.is_called_through_a_proxy(self._id):
            return Verdict("skipped", "A proxy of this network looks it up.")
        addresses = await self._look_up(self._host)
        self._is_private = any(map(is_private, addresses))
        kind = " (private: a private endpoint)" if self._is_private else ""
        return Verdict(detail=f"{', '.join(addresses[:3])}{kind}")

    async def _check_connection(self) -> Verdict:
        try:
            await _read(self._azure.knock(self._id))
        except (Unreachable, Disconnected):
            raise
        except UpstreamError:
            pass  # whatever was refused, somebody is there
        if self._resource.address.base.startswith("https:"):
            return Verdict(detail="encrypted, with a certificate that is trusted")
        if is_loopback(self._host):
            return Verdict("skipped", "It is on this machine, and not encrypted.")
        return Verdict(
            "warning",
            "It is not encrypted: the key and every prompt can be read on the way.",
            f"Begin {self._resource.settings}_ENDPOINT with https://.",
        )

    async def _check_token(self) -> Verdict:
        self.identity = await self._azure.identify(self._id)
        return Verdict(detail=describe(self.identity or Identity()))

    async def _check_models(self) -> Verdict:
        try:
            await _read(self._azure.list_models(self._id))
        except UpstreamError as error:
            if error.status == 404 and self._resource.address.is_gateway:
                return Verdict("skipped", "This gateway has no list of models.")
            raise
        return Verdict(detail="accepted")


async def _read(call: AzureCall) -> None:
    async with aclosing(call.chunks()) as chunks:
        async for _ in chunks:
            pass
