"""What strange bytes can do, over real sockets: under the real runtime and under local.host."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socket import socket

import httpx
import pytest

from tests.e2e.servers import TOKEN
from tests.host.either_host import HOSTS, app_under
from tests.host.odd_bytes import BODIES, ODD, PAGE, PATHS, ask, head
from tests.host.processes import eventually
from tests.host.senders import SENDERS
from tests.host.wire import (
    SILENT,
    Answer,
    AzureRecorder,
    azure_recorder,
    chunk,
    connect,
    exchange,
    read_answer,
)

OTHER_TOKEN = "clé"
KEY = {"x-api-key": TOKEN}


@dataclass(frozen=True)
class Host:
    client: httpx.Client
    output: Callable[[], str]
    reads_first: bool
    """Whether it reads a body of known length before it runs the function."""

    @property
    def url(self) -> str:
        return str(self.client.base_url)


@pytest.fixture(scope="module")
def azure() -> Iterator[AzureRecorder]:
    with azure_recorder() as recorder:
        yield recorder


@pytest.fixture(scope="module", params=HOSTS)
def host(
    request: pytest.FixtureRequest, azure: AzureRecorder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    settings = {
        "AZURE_OPENAI_ENDPOINT": f"{azure.url}/openai/v1",
        "AZURE_OPENAI_API_KEY": "the-azure-key",
        "ANTHROPIC_AUTH_TOKEN": f"{TOKEN}, {OTHER_TOKEN}",
        "BIG_MODEL": "gpt-5.4",
        "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
        "CORS_ALLOWED_ORIGINS": PAGE,
    }
    folder = tmp_path_factory.mktemp("app")
    with (
        app_under(request.param, folder, **settings) as app,
        httpx.Client(base_url=app.url) as client,
    ):
        yield Host(client, app.output, reads_first=request.param == "functions")


def words(answer: Answer) -> tuple[int, str]:
    """Of an error of Anthropic's."""
    body = json.loads(answer.body)
    assert body["request_id"] == answer.headers["request-id"]
    return answer.status, body["error"]["type"]


# --- a body that is not read ------------------------------------------------

REFUSED = {
    "wrong token": ({"x_api_key": "wrong"}, 401),
    "no token": ({"x_api_key": ""}, 401),
    "no type": ({"content_type": ""}, 415),
    "a form": ({"content_type": "application/x-www-form-urlencoded"}, 415),
    "compressed": ({"content_encoding": "gzip"}, 415),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_refusal_does_not_wait_for_the_body(host: Host, why: str) -> None:
    headers, status = REFUSED[why]
    headers, a_chunk = headers | {"transfer_encoding": "chunked"}, b"1\r\n{\r\n"
    assert exchange(host.url, head(**headers), a_chunk).status == status
    cursor = exchange(host.url, head("/cursor/chat/completions", **headers), a_chunk)
    assert cursor.status == (401 if status == 401 else 400)


def test_nor_does_one_for_its_declared_size(host: Host) -> None:
    if host.reads_first:
        pytest.skip("the Functions host reads it first")
    answer = exchange(host.url, head(content_length=str(32 * 1024 * 1024 + 1)))
    assert words(answer) == (413, "request_too_large")


def test_a_client_that_asks_before_it_sends(host: Host) -> None:
    if host.reads_first:
        pytest.skip("the Functions host invites by itself")
    asks = {"expect": "100-continue", "content_length": "2"}
    assert exchange(host.url, head(x_api_key="wrong", **asks)).status == 401
    with connect(host.url) as connection:
        connection.sendall(head(**asks))
        assert read_answer(connection).status == 100
        connection.sendall(b"{}")
        assert words(read_answer(connection)) == (400, "invalid_request_error")


@pytest.mark.parametrize("post", SENDERS)
def test_a_client_that_sends_40_mb_reads_why_they_are_refused(
    host: Host, post: Callable[[str, dict[str, str]], int]
) -> None:
    json_type = {"content-type": "application/json"}
    assert post(f"{host.url}/v1/messages", json_type) == 401
    assert post(f"{host.url}/v1/messages", KEY | json_type) == 413


@contextmanager
def half_sent(host: Host, body: bytes) -> Iterator[socket]:
    """A connection on which half a body has arrived."""
    middle = len(body) // 2
    with connect(host.url) as connection:
        connection.sendall(head(transfer_encoding="chunked") + chunk(body[:middle]))
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(SILENT)
        yield connection


def test_a_body_in_pieces_is_read_to_its_end(host: Host) -> None:
    body = json.dumps(ask()).encode()
    with half_sent(host, body) as connection:
        connection.sendall(chunk(body[len(body) // 2 :]) + chunk(b""))
        assert read_answer(connection).status == 200


def test_a_client_that_leaves_while_it_sends_is_one_line(host: Host) -> None:
    before = host.output().count("ClientLeft")
    with half_sent(host, b'{"a": 1}'):
        pass
    assert eventually(lambda: host.output().count("ClientLeft") == before + 1, seconds=2)
    assert "Traceback" not in host.output()


# --- bytes ------------------------------------------------------------------


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_a_400_in_either_dialect(host: Host, name: str) -> None:
    body, headers = BODIES[name], KEY | {"content-type": "application/json"}
    for path in ("messages", "messages/count_tokens"):
        reply = host.client.post(f"/v1/{path}", content=body, headers=headers)
        assert (reply.status_code, reply.json()["type"]) == (400, "error")
    reply = host.client.post("/cursor/chat/completions", content=body, headers=headers)
    assert (reply.status_code, reply.json()["error"]["type"]) == (400, "invalid_request_error")


def test_half_a_character_reaches_azure_as_a_whole_one(host: Host, azure: AzureRecorder) -> None:
    azure.take()
    body = json.dumps(ask(system="cut \ud83d", messages=[{"role": "user", "content": "\udc00"}]))
    headers = KEY | {"content-type": "application/json"}
    assert host.client.post("/v1/messages", content=body, headers=headers).status_code == 200
    assert azure.sent()["instructions"] == "cut \ufffd"


@pytest.mark.parametrize("name", ODD)
def test_odd_bytes_are_a_4xx_and_no_later_request_suffers(host: Host, name: str) -> None:
    try:
        answer = exchange(host.url, ODD[name])
    except ConnectionError:  # cut off in the middle of far too much
        assert len(ODD[name]) > 65_536
    else:
        assert 400 <= answer.status < 500
        assert "x" not in answer.headers
    assert exchange(host.url, head("/v1/", method="GET")).status == 200


# --- paths and methods ------------------------------------------------------


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
def test_a_path_trick_leads_nowhere(host: Host, path: str) -> None:
    post = exchange(host.url, head(path, content_length="2") + b"{}")
    get = exchange(host.url, head(path, method="GET"))
    assert post.status == 404
    assert get.status in (404, 405)
    for answer in (get, post):
        assert not answer.body or words(answer)[1] in ("not_found_error", "invalid_request_error")
    assert exchange(host.url, head(path, x_api_key="", content_length="0")).status in (401, 404)
    assert exchange(host.url, head(path, method="GET", x_api_key="")).status in (401, 404)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_a_405(host: Host, method: str) -> None:
    reply = host.client.request(method, "/v1/messages", headers=KEY)
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
    assert method == "HEAD" or reply.json()["error"]["type"] == "invalid_request_error"


# --- tokens -----------------------------------------------------------------


def test_a_token_in_the_address_is_none(host: Host) -> None:
    for name in ("x-api-key", "api-key", "authorization", "code", "token"):
        reply = host.client.get("/v1/models", params={name: TOKEN})
        assert reply.status_code == 401


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_token_beyond_ascii(host: Host, encoding: str) -> None:
    if host.reads_first:
        pytest.skip("the Functions host passes on ASCII only")
    for value in (OTHER_TOKEN, f"{OTHER_TOKEN}é"):
        key = [(b"x-api-key", value.encode(encoding))]
        status = host.client.get("/v1/models", headers=key).status_code
        assert status == (200 if value == OTHER_TOKEN else 401)


# --- web pages --------------------------------------------------------------


def seen_by_a_page(reply: httpx.Response) -> list[str]:
    return [name for name in reply.headers if name.startswith("access-control-")]


def test_a_page_that_is_named_may_ask_and_read(host: Host) -> None:
    url, page = "/v1/messages", {"origin": PAGE}
    asked = {"access-control-request-method": "POST"}
    preflight = host.client.options(url, headers=page | asked)
    assert (preflight.status_code, preflight.headers.get("content-length")) == (204, None)
    for key, body in ((KEY, ask()), (KEY, ask(stream=True)), (KEY, {}), ({}, {})):
        reply = host.client.post(url, json=body, headers=page | key)
        assert reply.headers["access-control-allow-origin"] == PAGE
        assert reply.headers["vary"] == "origin"


@pytest.mark.parametrize("origin", ["https://other.example", f"{PAGE}:8443", "null"])
def test_any_other_may_not(host: Host, origin: str) -> None:
    url, page = "/v1/messages", {"origin": origin}
    asked = {"access-control-request-method": "POST"}
    preflight = host.client.options(url, headers=page | asked)
    assert (preflight.status_code, seen_by_a_page(preflight)) == (405, [])
    for key, body in ((KEY, ask()), (KEY, ask(stream=True)), (KEY, {}), ({}, {})):
        assert not seen_by_a_page(host.client.post(url, json=body, headers=page | key))


# --- what reaches Azure -----------------------------------------------------


def test_nothing_of_a_clients_headers_reaches_azure(host: Host, azure: AzureRecorder) -> None:
    azure.take()
    theirs = {
        "authorization": "Bearer theirs",
        "cookie": "theirs=1",
        "x-forwarded-for": "theirs",
        "api-key": "theirs",
        "anthropic-beta": "theirs",
        "x-ms-client-request-id": "theirs",
        "user-agent": "theirs",
        "accept-language": "theirs",
    }
    assert host.client.post("/v1/messages", json=ask(), headers=theirs | KEY).is_success
    [received] = azure.take()
    assert "theirs" not in str(received.headers)
    assert TOKEN not in str(received.headers)
    assert received.headers["api-key"] == "the-azure-key"


def test_a_redirect_is_not_followed(host: Host, azure: AzureRecorder) -> None:
    azure.take()
    azure.redirects = True
    try:
        reply = host.client.post("/v1/messages", json=ask(), headers=KEY)
    finally:
        azure.redirects = False
    assert reply.status_code >= 400
    assert {received.path for received in azure.take()} == {"/openai/v1/responses"}


def test_addresses_in_a_request_are_passed_on_and_never_fetched(
    host: Host, azure: AzureRecorder
) -> None:
    azure.take()
    image = {"type": "image", "source": {"type": "url", "url": f"{azure.url}/a.png"}}
    document = {"type": "document", "source": {"type": "url", "url": f"{azure.url}/b.pdf"}}
    body = ask(messages=[{"role": "user", "content": [image, document]}])
    assert host.client.post("/v1/messages", json=body, headers=KEY).is_success
    picture = {"type": "image_url", "image_url": {"url": f"{azure.url}/c.png"}}
    body = {"model": "gpt-high", "messages": [{"role": "user", "content": [picture]}]}
    assert host.client.post("/cursor/chat/completions", json=body, headers=KEY).is_success
    anthropic, cursor = azure.take()
    assert {anthropic.path, cursor.path} == {"/openai/v1/responses"}
    for url in ("a.png", "b.pdf"):
        assert f"{azure.url}/{url}".encode() in anthropic.body
    assert f"{azure.url}/c.png".encode() in cursor.body
