import os
import subprocess
import sys
import time

import httpx
import pytest

from local.azure_simulator import RunningSimulator, running_simulator
from local.azure_simulator.tokens import AUDIENCES, TokenIssuer
from tests.unit.azure_simulator.caller import CHAT, RESPONSES, Caller
from tests.unit.azure_simulator.test_server import BODY, DATED, ROOT

COGNITIVE, AI = AUDIENCES
SECRET = {"X-IDENTITY-HEADER": "simulated-identity"}
QUERY = {"api-version": "2019-08-01", "resource": COGNITIVE}


def ask_for_token(url: str, **query: str) -> httpx.Response:
    return httpx.get(f"{url}/msi/token", params={**QUERY, **query}, headers=SECRET)


def token_of(url: str, resource: str = COGNITIVE) -> str:
    token: str = ask_for_token(url, resource=resource).json()["access_token"]
    return token


def ask_with(url: str, token: str, path: str = RESPONSES) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(url + path, json=BODY, headers=headers)


def test_what_the_endpoint_answers(simulator: RunningSimulator) -> None:
    answer = ask_for_token(simulator.url).json()
    assert (answer["resource"], answer["token_type"]) == (COGNITIVE, "Bearer")
    assert abs(int(answer["expires_on"]) - time.time() - 86_400) < 60
    assert isinstance(answer["expires_on"], str)
    environment = simulator.identity_environment
    assert environment["IDENTITY_ENDPOINT"] == f"{simulator.url}/msi/token"
    assert environment["IDENTITY_HEADER"] == SECRET["X-IDENTITY-HEADER"]


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, QUERY, 403),
        ({"X-IDENTITY-HEADER": "wrong"}, QUERY, 403),
        (SECRET, {"resource": COGNITIVE}, 400),
        (SECRET, {**QUERY, "api-version": "2017-09-01"}, 400),
        (SECRET, {"api-version": "2019-08-01"}, 400),
        (SECRET, {**QUERY, "resource": f"{COGNITIVE}/.default"}, 500),
    ],
)
def test_requests_that_get_no_token(
    simulator: RunningSimulator, headers: dict[str, str], query: dict[str, str], status: int
) -> None:
    answer = httpx.get(f"{simulator.url}/msi/token", params=query, headers=headers)
    assert answer.status_code == status
    assert answer.json()["statusCode"] == status
    assert simulator.tokens_issued == []
    assert simulator.simulator.tokens.requests == 1


@pytest.mark.parametrize("audience", [*AUDIENCES, f"{COGNITIVE}/"])
def test_tokens_let_in(simulator: RunningSimulator, audience: str) -> None:
    token = token_of(simulator.url, audience)
    assert ask_with(simulator.url, token).status_code == 200
    assert ask_with(simulator.url, token, DATED).status_code == 200
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{simulator.url}/openai/v1/models", headers=headers).status_code == 200


@pytest.mark.parametrize("path", [RESPONSES, CHAT, DATED])
def test_tokens_for_others_do_not(simulator: RunningSimulator, path: str) -> None:
    answer = ask_with(simulator.url, token_of(simulator.url, "https://vault.azure.net"), path)
    assert answer.status_code == 401
    assert answer.json() == {
        "statusCode": 401,
        "message": "Unauthorized. Access token is missing, invalid, audience is incorrect "
        "(https://cognitiveservices.azure.com), or have expired.",
    }


def test_a_refusal_names_the_audience_that_is_accepted() -> None:
    with running_simulator(audiences=[f"{AI}/"]) as simulator:
        answer = ask_with(simulator.url, token_of(simulator.url, COGNITIVE))
        assert f"audience is incorrect ({AI}/)" in answer.json()["message"]
        assert ask_with(simulator.url, token_of(simulator.url, AI)).status_code == 200


def test_tokens_that_were_tampered_with(simulator: RunningSimulator) -> None:
    header, claims, signature = token_of(simulator.url).split(".")
    other_claims = token_of(simulator.url).split(".")[1]
    for token in (f"{header}.{other_claims}.{signature}", f"{header}.{claims}.", "a.b.c", ".."):
        assert ask_with(simulator.url, token).status_code == 401


def test_tokens_expire() -> None:
    issuer = TokenIssuer(lifetime=60)
    value, token = issuer.issue(COGNITIVE, None, now=1000.9)
    assert (token.issued_at, token.expires_on) == (1000, 1060)
    assert issuer.accepts(value, AUDIENCES, now=1059.9)
    assert not issuer.accepts(value, AUDIENCES, now=1060)


def test_expired_tokens_are_refused() -> None:
    with running_simulator(token_lifetime=0) as simulator:
        assert ask_with(simulator.url, token_of(simulator.url)).status_code == 401
        assert ask_with(simulator.url, "simulated-token").status_code == 200


def test_revoked_tokens_are_refused(simulator: RunningSimulator, azure: Caller) -> None:
    first = token_of(simulator.url)
    simulator.revoke_tokens()
    second = token_of(simulator.url)
    assert ask_with(simulator.url, first).status_code == 401
    assert ask_with(simulator.url, second).status_code == 200
    assert azure.delete("/simulator/tokens").status_code == 204
    assert ask_with(simulator.url, second).status_code == 401


def test_a_tenant_has_many_resources(simulator: RunningSimulator) -> None:
    with running_simulator() as other:
        assert ask_with(other.url, token_of(simulator.url)).status_code == 200


def test_what_was_issued_can_be_seen(simulator: RunningSimulator, azure: Caller) -> None:
    token = token_of(simulator.url, AI)
    ask_for_token(simulator.url, client_id="1-2-3")
    seen = azure.get("/simulator/tokens")
    assert seen.json()["requests"] == 2
    first, second = seen.json()["issued"]
    assert (first["audience"], first["client_id"]) == (AI, None)
    assert (second["audience"], second["client_id"]) == (COGNITIVE, "1-2-3")
    assert token not in seen.text
    assert [issued.audience for issued in simulator.tokens_issued] == [AI, COGNITIVE]
    assert simulator.requests == []
    simulator.reset()
    assert azure.get("/simulator/tokens").json() == {"requests": 0, "issued": []}


@pytest.mark.parametrize(("fault", "status"), [("issuer_down", 500), ("identity_missing", 400)])
def test_faults_of_the_issuer(simulator: RunningSimulator, fault: str, status: int) -> None:
    simulator.fail_next(fault, times=2)
    simulator.fail_next("unavailable")
    assert ask_with(simulator.url, "simulated-token").status_code == 503
    answers = [ask_for_token(simulator.url) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].json()["statusCode"] == status


def test_a_silent_issuer(simulator: RunningSimulator) -> None:
    simulator.fail_next("issuer_hang")
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{simulator.url}/msi/token", params=QUERY, headers=SECRET, timeout=0.05)
    assert ask_for_token(simulator.url).status_code == 200


def test_no_prompt_can_ask_for_the_issuers_faults(azure: Caller) -> None:
    assert "No fault is called 'issuer_down'" in azure.ask("[[error issuer_down]]").text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"api-key": "simulated-key"}, 403),
        ({"api-key": "wrong"}, 403),
        ({"Authorization": "Bearer simulated-key"}, 403),
        ({"Authorization": "Bearer simulated-token"}, 200),
        ({}, 401),
    ],
)
def test_resources_without_keys(headers: dict[str, str], status: int) -> None:
    with running_simulator(takes_keys=False) as simulator:
        answer = httpx.post(simulator.url + RESPONSES, json=BODY, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["code"] == "AuthenticationTypeDisabled"


def test_the_command_line() -> None:
    options = ["--no-key", "--audience", AI, "--token-lifetime", "60"]
    command = [sys.executable, "-m", "local.azure_simulator", "--port", "0", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().rpartition(" ")[2].strip()
        statuses = [ask_with(url, token_of(url, audience)).status_code for audience in AUDIENCES]
        by_key = httpx.post(url + RESPONSES, json=BODY, headers={"api-key": "simulated-key"})
        expires_on = int(ask_for_token(url).json()["expires_on"])
        process.terminate()
    assert statuses == [401, 200]
    assert by_key.status_code == 403
    assert expires_on - time.time() <= 60


SCRIPT = """
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential
for credential in (ManagedIdentityCredential(), DefaultAzureCredential()):
    print(credential.get_token("https://cognitiveservices.azure.com/.default").token)
"""


def test_the_official_client(simulator: RunningSimulator) -> None:
    pytest.importorskip("azure.identity")
    here = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**here, **simulator.identity_environment},
        capture_output=True,
        text=True,
        check=True,
    )
    tokens = done.stdout.split()
    assert [ask_with(simulator.url, token).status_code for token in tokens] == [200, 200]
    assert [issued.audience for issued in simulator.tokens_issued] == [COGNITIVE, COGNITIVE]
