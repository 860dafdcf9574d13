import asyncio
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from proxy_core.azure.credentials import (
    AUDIENCES,
    MOST_TOKENS,
    SLOWEST_TOKEN,
    Credential,
    EntraCredential,
    KeyCredential,
    default_credential,
)
from proxy_core.errors import UpstreamError
from tests.virtual_time import run

OLD, NEW = AUDIENCES
WRONG_AUDIENCE = UpstreamError("Access token is missing, invalid, Audience is …", status=401)


class Issuer:
    """Stands for azure-identity: each token tells its scope and its number."""

    def __init__(self, *answers: Exception, seconds: float = 0.0) -> None:
        self.made = 0
        self.asked: list[str] = []
        self._answers = list(answers)
        self._seconds = seconds

    def make(self) -> "Issuer":
        self.made += 1
        return self

    async def get_token(self, scope: str) -> Any:
        self.asked.append(scope)
        await asyncio.sleep(self._seconds)
        if self._answers:
            raise self._answers.pop(0)
        return SimpleNamespace(token=f"{scope} {len(self.asked)}")


async def headers(credential: Credential) -> dict[str, str]:
    return (await credential.prove()).headers


def test_a_key_is_sent_as_such_and_cannot_be_bettered() -> None:
    async def use() -> None:
        credential = KeyCredential("k")
        proof = await credential.prove()
        assert (proof.headers, proof.secret) == ({"api-key": "k"}, "k")
        assert not credential.learn(proof, WRONG_AUDIENCE)
        assert "k" not in repr(proof).removeprefix("Proof")

    run(use())


def test_the_issuer_is_made_at_the_first_call_and_asked_each_time() -> None:
    issuer = Issuer()

    async def use() -> list[dict[str, str]]:
        credential = EntraCredential(OLD, issuer.make)
        assert issuer.made == 0
        return [await headers(credential), await headers(credential)]

    assert run(use()) == [{"authorization": f"Bearer {OLD} {n}"} for n in (1, 2)]
    assert issuer.made == 1


def test_the_tokens_that_were_given_lately_are_its_secrets() -> None:
    async def use() -> None:
        credential = EntraCredential(OLD, Issuer().make)
        given = [(await credential.prove()).secret for _ in range(MOST_TOKENS + 1)]
        assert list(credential.secrets) == given[1:]
        assert KeyCredential("k").secrets == ("k",)

    run(use())


def test_one_question_serves_all_who_ask_meanwhile_and_none_can_cancel_it() -> None:
    issuer = Issuer(seconds=5.0)

    async def use() -> list[dict[str, str]]:
        credential = EntraCredential(OLD, issuer.make)
        asking = [asyncio.create_task(headers(credential)) for _ in range(3)]
        await asyncio.sleep(1.0)
        asking[0].cancel()
        return [await task for task in asking[1:]]

    assert run(use()) == [{"authorization": f"Bearer {OLD} 1"}] * 2


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (ClientAuthenticationError("the secret details"), 401, "no_entra_token"),
        (ServiceRequestError("the secret details"), 502, ""),
    ],
)
def test_no_token_is_an_error_that_says_what_to_do(
    failure: Exception, status: int, code: str
) -> None:
    async def use() -> None:
        credential = EntraCredential(OLD, Issuer(failure).make)
        with pytest.raises(UpstreamError) as caught:
            await credential.prove()
        assert (caught.value.status, caught.value.code) == (status, code)
        assert "secret" not in caught.value.message
        assert (await credential.prove()).scope == OLD  # a failure is not kept

    run(use())


def test_an_issuer_that_says_nothing_is_not_waited_for_without_end() -> None:
    async def use() -> float:
        with pytest.raises(UpstreamError) as caught:
            await EntraCredential(OLD, Issuer(seconds=3_600).make).prove()
        assert caught.value.status == 502
        return asyncio.get_running_loop().time()

    assert run(use()) == SLOWEST_TOKEN


def test_a_refused_audience_leads_to_the_other_one_and_stays_there() -> None:
    async def use() -> None:
        credential = EntraCredential(OLD, Issuer().make)
        first, late = await credential.prove(), await credential.prove()
        assert credential.learn(first, WRONG_AUDIENCE)
        assert credential.learn(late, WRONG_AUDIENCE)  # asked before the first was refused
        assert (await credential.prove()).scope == NEW

    run(use())


def test_a_token_that_is_being_fetched_serves_its_own_audience_only() -> None:
    async def use() -> tuple[str, str]:
        credential = EntraCredential(OLD, Issuer(seconds=5.0).make)
        refused = await credential.prove()
        late = asyncio.create_task(credential.prove())
        await asyncio.sleep(1.0)
        assert credential.learn(refused, WRONG_AUDIENCE)
        other = await credential.prove()
        assert (await late).scope == OLD
        return other.scope, other.secret

    scope, token = run(use())
    assert scope == NEW
    assert token.startswith(NEW)


def test_where_both_are_refused_it_was_not_the_audience() -> None:
    async def use() -> None:
        credential = EntraCredential(NEW, Issuer().make)
        assert credential.learn(await credential.prove(), WRONG_AUDIENCE)
        second = await credential.prove()
        assert second.scope == OLD
        assert not credential.learn(second, WRONG_AUDIENCE)
        assert (await credential.prove()).scope == NEW

    run(use())


@pytest.mark.parametrize(
    ("scope", "error"),
    [
        (OLD, UpstreamError("The principal lacks the required data action", status=401)),
        (OLD, UpstreamError("audience", status=403)),
        ("api://my-gateway/.default", WRONG_AUDIENCE),
    ],
)
def test_any_other_refusal_stands(scope: str, error: UpstreamError) -> None:
    async def use() -> None:
        credential = EntraCredential(scope, Issuer().make)
        proof = await credential.prove()
        assert not credential.learn(proof, error)
        assert (await credential.prove()).scope == scope

    run(use())


def test_azure_identity_is_what_asks() -> None:
    async def make() -> str:
        credential = default_credential()
        await credential.close()
        return type(credential).__module__

    assert asyncio.run(make()).startswith("azure.identity.aio")


def test_it_is_loaded_only_when_it_is_needed() -> None:
    """It is a quarter of a second, and most apps have a key."""
    heavy = "{'azure.identity', 'azure.core', 'msal'}"
    check = f"import sys, proxy_core.proxy; sys.exit(bool({heavy} & {{*sys.modules}}))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
