"""Each mistake that is made with a resource: what is found, and what to do about it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local.azure_simulator import RunningSimulator, running_simulator
from proxy_core.azure.credentials import Identity, Proof
from proxy_core.doctor import Doctor, Finding, refused_settings
from proxy_core.errors import SettingsError, Unreachable, UpstreamError
from tests.streams import ended, responses_stream
from tests.unit.doctor.examining import (
    KEY,
    examine,
    examine_answers,
    one,
    settings_for,
    states,
)

FOREVER = 10**9
AZURE = {
    "AZURE_OPENAI_ENDPOINT": "https://my.openai.azure.com",
    "AZURE_OPENAI_API_KEY": KEY,
    "BIG_MODEL": "gpt-5.4",
    "SMALL_MODEL": "gpt-5.4",
}


@dataclass(frozen=True)
class Mistake:
    fault: str  # of the simulator's
    says: str
    remedy: str
    at: str = "models"  # the first check that sees it
    state: str = "failed"


MISTAKES = (
    Mistake(
        "key_invalid",
        "401: Access denied due to invalid subscription key",
        "Check AZURE_OPENAI_API_KEY: it must be a key of the resource that is called.",
    ),
    Mistake(
        "key_auth_disabled",
        "403 AuthenticationTypeDisabled: Key based authentication is disabled",
        "Leave AZURE_OPENAI_API_KEY out: the proxy then uses Entra ID.",
    ),
    Mistake(
        "permission_denied",
        "401 PermissionDenied: The principal lacks the required data action",
        "the role 'Cognitive Services OpenAI User' on the resource. It takes 5 minutes",
    ),
    Mistake(
        "token_invalid",
        "401: Unauthorized. Access token is missing, invalid, audience is incorrect",
        "AZURE_OPENAI_ENTRA_SCOPE must fit the resource.",
    ),
    Mistake(
        "network_denied",
        "403: Access denied due to Virtual Network/Firewall rules.",
        "in the network settings of the resource.",
    ),
    Mistake(
        "deployment_not_found",
        "404 DeploymentNotFound: The API deployment for this resource does not exist",
        "The resource has no deployment 'gpt-5.4': the setting BIG_MODEL names it.",
        at="first",
    ),
    Mistake(
        "api_version_unsupported",
        "400 BadRequest: API version not supported",
        "Check AZURE_API_VERSION and the api-version in AZURE_OPENAI_ENDPOINT.",
    ),
    Mistake(
        "no_quota",
        "Please retry after 86400 seconds.",
        "This does not pass by itself: the quota is too small or used up.",
        at="first",
    ),
    Mistake(
        "insufficient_quota",
        "429 insufficient_quota: You exceeded your current quota",
        "Raise it in the Azure portal, or use another deployment.",
        at="first",
    ),
    Mistake(
        "rate_limit",
        "Please retry after 45 seconds.",
        "and passes: try again in 45 seconds.",
        at="first",
        state="warning",
    ),
    Mistake(
        "web_page",
        "502: Azure answered 200 with an HTML page: Welcome.",
        "Check AZURE_OPENAI_ENDPOINT: something else seems to answer there.",
    ),
    Mistake("unavailable", "503 Service", "a failure of Azure's own", at="first"),
    Mistake("closed_before_headers", "The connection to Azure failed", "Try again.", at="first"),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.fault)
def test_each_mistake_has_its_sentence(simulator: RunningSimulator, mistake: Mistake) -> None:
    simulator.fail_next(mistake.fault, FOREVER)
    depth = "first" if mistake.at == "first" else "quick"
    found = one(examine(settings_for(simulator), depth)[0], mistake.at)
    assert found.state == mistake.state
    assert mistake.says in found.detail
    assert mistake.remedy in found.remedy
    assert KEY not in repr(found)


def test_a_wrong_key(simulator: RunningSimulator) -> None:
    findings, _ = examine(settings_for(simulator, AZURE_OPENAI_API_KEY="a-key-of-another-one"))
    assert states(findings)["tls"] == "skipped"
    assert one(findings, "models").state == "failed"
    assert "Check AZURE_OPENAI_API_KEY" in one(findings, "models").remedy
    assert "a-key-of-another-one" not in repr(findings)


def test_a_model_in_place_of_a_deployment(simulator: RunningSimulator) -> None:
    findings, _ = examine(settings_for(simulator, SMALL_MODEL="missing-one"), "full")
    missing = [finding for finding in findings if "missing-one" in finding.group]
    assert [finding.state for finding in missing] == ["failed"]
    assert "the setting SMALL_MODEL names it" in missing[0].remedy
    assert "failed" not in {f.state for f in findings if f.group.startswith("gpt-5.4")}


def test_a_dated_version(simulator: RunningSimulator) -> None:
    old = settings_for(simulator, AZURE_API_VERSION="2023-99")
    old["AZURE_OPENAI_ENDPOINT"] = f"{simulator.url}/openai"
    findings, _ = examine(old)
    assert "AZURE_API_VERSION" in one(findings, "models").remedy
    good = {**old, "AZURE_API_VERSION": "2025-04-01-preview"}
    assert {finding.state for finding in examine(good)[0]} == {"ok", "skipped"}


def test_another_site_that_knows_no_such_path(simulator: RunningSimulator) -> None:
    elsewhere = settings_for(simulator, AZURE_OPENAI_ENDPOINT=f"{simulator.url}/other/v1")
    findings, _ = examine(elsewhere)
    assert one(findings, "models").state == "skipped"  # many a gateway has none
    assert one(findings, "first").state == "failed"
    assert "Check AZURE_OPENAI_ENDPOINT" in one(findings, "first").remedy


def test_not_an_endpoint_of_azure_openai() -> None:
    gone = lambda _: httpx.Response(404, json={"error": {"message": "Resource not found"}})  # noqa: E731
    findings, _ = examine_answers(AZURE, gone, look_up=found_at("20.0.0.1"))
    assert one(findings, "models").state == "failed"
    assert "Check AZURE_OPENAI_ENDPOINT and AZURE_API_VERSION" in one(findings, "models").remedy


def test_a_silent_endpoint(simulator: RunningSimulator) -> None:
    simulator.fail_next("hang_before_headers")
    findings, _ = examine(settings_for(simulator), "first", patience=0.2)
    found = one(findings, "first")
    assert found.detail == "Azure did not answer within 0 seconds."
    assert "firewall" in found.remedy


def test_an_endpoint_that_is_silent_from_the_beginning() -> None:
    async def hang(_: str) -> tuple[str, ...]:
        raise TimeoutError

    findings, _ = examine_answers(AZURE, lambda _: httpx.Response(200), look_up=hang)
    assert one(findings, "dns").detail == "my.openai.azure.com did not answer within 20 seconds."
    assert one(findings, "first").state == "skipped"


def test_a_limit_that_passes_is_waited_for_once() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        headers = {"retry-after": "30"}
        return httpx.Response(429, headers=headers, json={"error": {"message": "Slow down."}})

    findings, doctor = examine_answers(AZURE, answer, "full", look_up=found_at("20.0.0.1"))
    assert one(findings, "first").state == "warning"
    assert "try again in 30 seconds" in one(findings, "first").remedy
    assert doctor.spent.calls == 2


def test_a_limit_in_the_middle_ends_the_rest(simulator: RunningSimulator) -> None:
    from local.azure_simulator.faults import faults

    calls = 0
    limit = faults()["no_quota"]

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += request.method == "POST"
        if calls > 1:
            return httpx.Response(429, headers=limit.headers, json=limit.body)  # type: ignore[union-attr]
        return httpx.Response(200, content=SMALL_REPLY)

    findings, doctor = examine_answers(AZURE, answer, "full", look_up=found_at("20.0.0.1"))
    assert one(findings, "first").state == "ok"
    assert one(findings, "stream").state == "failed"
    rest = findings[[finding.id for finding in findings].index("stream") + 1 :]
    assert {finding.detail for finding in rest} == {"The deployment's limit is reached."}
    assert doctor.spent.calls == 2


SMALL_REPLY = responses_stream(
    ended("incomplete", model="gpt-5.4", incomplete_details={"reason": "max_output_tokens"})
)


# --- The way there ---


def found_at(*addresses: str):  # type: ignore[no-untyped-def]
    async def look_up(host: str) -> tuple[str, ...]:
        return addresses

    return look_up


def test_a_host_that_does_not_exist() -> None:
    async def unknown(host: str) -> tuple[str, ...]:
        raise Unreachable(f"There is no host of the name {host}.", code="unknown_host")

    findings, _ = examine_answers(AZURE, lambda _: httpx.Response(200), look_up=unknown)
    name = one(findings, "dns")
    assert (name.state, name.detail) == (
        "failed",
        "There is no host of the name my.openai.azure.com.",
    )
    assert "Check AZURE_OPENAI_ENDPOINT" in name.remedy
    assert "tls" not in states(findings)
    assert one(findings, "first").detail == "my.openai.azure.com cannot be called, see there."


@pytest.mark.parametrize(
    ("address", "said"),
    [("20.0.0.1", "20.0.0.1"), ("10.1.2.3", "10.1.2.3 (private: a")],
)
def test_where_the_name_leads(address: str, said: str) -> None:
    findings, _ = examine_answers(AZURE, lambda _: httpx.Response(401), look_up=found_at(address))
    assert one(findings, "dns").detail.startswith(said)
    assert ("called from its own network" in one(findings, "models").remedy) is ("10." in address)


def test_what_is_not_encrypted() -> None:
    plain = {**AZURE, "AZURE_OPENAI_ENDPOINT": "http://gateway.example/v1"}
    findings, _ = examine_answers(
        plain, lambda _: httpx.Response(200, json={}), look_up=found_at("20.0.0.1")
    )
    assert one(findings, "tls").state == "warning"
    assert one(findings, "tls").remedy == "Begin AZURE_OPENAI_ENDPOINT with https://."


def test_through_a_proxy_the_name_is_the_proxys_to_look_up(
    simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", simulator.url)  # which is none, and refuses
    findings, _ = examine(AZURE)
    assert one(findings, "dns").detail == "A proxy of this network looks it up."
    assert one(findings, "tls").state == "failed"


@contextmanager
def untrusted(folder: Path) -> Iterator[RunningSimulator]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "certificate.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    with running_simulator(certificate=file) as simulator:
        yield simulator


def test_a_certificate_that_is_not_trusted(tmp_path: Path) -> None:
    with untrusted(tmp_path) as simulator:
        url = simulator.url.replace("127.0.0.1", "localhost")
        findings, _ = examine(settings_for(simulator, AZURE_OPENAI_ENDPOINT=f"{url}/openai/v1"))
    tls = one(findings, "tls")
    assert tls.detail == "The certificate of localhost is not trusted."
    assert "SSL_CERT_FILE" in tls.remedy
    assert simulator.requests == []


def test_a_certificate_that_is_named_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with untrusted(tmp_path) as simulator:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        url = simulator.url.replace("127.0.0.1", "localhost")
        findings, _ = examine(settings_for(simulator, AZURE_OPENAI_ENDPOINT=f"{url}/openai/v1"))
    assert one(findings, "tls").detail == "encrypted, with a certificate that is trusted"


# --- Entra ID ---


class Tokens:
    def __init__(self, token: str = "", error: UpstreamError | None = None) -> None:
        self._token, self._error = token, error
        self.secrets = (token,) if token else ()

    async def prove(self) -> Proof:
        if self._error:
            raise self._error
        return Proof({"authorization": f"Bearer {self._token}"}, self._token, "scope")

    def learn(self, refused: Proof, error: UpstreamError) -> bool:
        return False


WITHOUT_KEY = {**AZURE, "AZURE_OPENAI_API_KEY": ""}
WHO = {"upn": "ada@example.com", "appid": "an-app", "oid": "a-principal"}


def token_of(claims: object) -> str:
    from base64 import urlsafe_b64encode

    content = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{content}.signature-of-it"


def test_whose_the_token_is(simulator: RunningSimulator) -> None:
    token = token_of(WHO)
    refusal = {"error": {"code": "PermissionDenied", "message": "No."}}
    denied = lambda _: httpx.Response(401, json=refusal)  # noqa: E731
    findings, _ = examine_answers(
        WITHOUT_KEY, denied, entra=Tokens(token), look_up=found_at("20.0.0.1")
    )
    told = "The token is of ada@example.com, the application an-app, the principal a-principal."
    assert one(findings, "token").detail == told
    refused = one(findings, "models")
    assert told in refused.remedy
    assert "az role assignment create --assignee a-principal" in refused.remedy
    assert token not in repr(findings)


def test_a_token_that_says_nothing() -> None:
    forbidden = lambda _: httpx.Response(403, json={"error": {"message": "No."}})  # noqa: E731
    findings, _ = examine_answers(
        WITHOUT_KEY, forbidden, entra=Tokens("opaque"), look_up=found_at("20.0.0.1")
    )
    assert one(findings, "token").detail == "The token does not say whose it is."
    assert "az role" not in one(findings, "models").remedy


def test_without_a_key_and_without_a_token() -> None:
    error = UpstreamError(
        "There is no key for Azure, and Entra ID gives no token.",
        status=401,
        code="no_entra_token",
        advice="Set AZURE_OPENAI_API_KEY, or sign in (az login).",
    )
    findings, doctor = examine_answers(
        WITHOUT_KEY,
        lambda _: httpx.Response(401),
        entra=Tokens(error=error),
        look_up=found_at("2.2.2.2"),
    )
    token = one(findings, "token")
    assert token.detail == "There is no key for Azure, and Entra ID gives no token."
    assert "az login" in token.remedy
    assert "models" not in states(findings)
    assert doctor.spent.calls == 0


def test_a_managed_identity(simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in simulator.identity_environment.items():
        monkeypatch.setenv(name, value)
    findings, _ = examine(settings_for(simulator, AZURE_OPENAI_API_KEY=""))
    assert one(findings, "token").state == one(findings, "models").state == "ok"
    assert one(findings, "first").state == "ok"


@pytest.mark.parametrize("odd", ["", "a", "a.b.c", "a.W10.c", "e30.bnVsbA.c"])
def test_a_token_that_cannot_be_read(odd: str) -> None:
    from proxy_core.azure.credentials import read_identity

    assert read_identity(odd) == Identity()


# --- Settings ---


def test_settings_that_cannot_be_used() -> None:
    error = SettingsError("These cannot be used.")
    [finding] = refused_settings(error)
    assert (finding.state, finding.detail) == ("failed", "These cannot be used.")
    error.problems = ("One.", "Two.")
    assert [finding.detail for finding in refused_settings(error)] == ["One.", "Two."]


def test_settings_that_are_doubtful(simulator: RunningSimulator) -> None:
    findings, _ = examine(settings_for(simulator, ANTHROPIC_AUTH_TOKEN=""))
    settings: list[Finding] = [f for f in findings if f.group == "Settings"]
    assert [finding.state for finding in settings] == ["warning"]
    assert "anyone who reaches" in settings[0].detail


def test_an_examination_that_is_left_ends_its_calls(simulator: RunningSimulator) -> None:
    import asyncio

    from proxy_core.azure.calls import Azure
    from proxy_core.settings import Settings

    simulator.fail_next("hang_before_headers", FOREVER)

    async def leave() -> None:
        settings = Settings.from_environ(settings_for(simulator, SMALL_MODEL="gpt-5.4-mini"))
        azure = Azure(settings)
        examination = Doctor(settings, azure).examine("quick")
        assert (await anext(examination)).id == "settings"
        waiting = asyncio.create_task(anext(examination))
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await examination.aclose()
        await azure.close()

    asyncio.run(leave())
    assert simulator.wait_until_idle()
