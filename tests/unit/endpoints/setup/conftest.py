"""What the checks would ask outside of this machine: names of hosts, and who is signed in."""

from collections.abc import Iterator

import pytest

from proxy_core.azure import calls, name_lookup
from proxy_core.azure.credentials import Credential, Proof
from proxy_core.errors import UpstreamError


class NoResolver:
    async def resolve(self, host: str) -> list[dict[str, str]]:
        return [{"host": "20.0.0.1"}]


class NobodySignedIn(Credential):
    secrets = ()

    def __init__(self, scope: str) -> None: ...

    async def prove(self) -> Proof:
        raise UpstreamError("Entra ID gives no token.")

    def learn(self, refused: Proof, error: UpstreamError) -> bool:
        return False


@pytest.fixture(scope="module", autouse=True)
def _offline() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(name_lookup, "Resolver", NoResolver)
        patch.setattr(calls, "EntraCredential", NobodySignedIn)
        yield
