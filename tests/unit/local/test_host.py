"""The local host against a small app of its own, over real loopback connections."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import azure.functions as func
import httpx
import pytest

from local.failure import Failure
from local.host import Host, make_server, read_prefix
from local.loopback import open_listener
from local.routes import Routes, read_routes
from proxy_core.reply.client import Reply, json_reply
from proxy_response import Body, ProxyResponse
from web_extension import Request

GET, HEAD, POST = func.HttpMethod.GET, func.HttpMethod.HEAD, func.HttpMethod.POST


def make_app() -> func.FunctionApp:
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
    add(app, "{*rest}", echo("catch-all"))
    add(app, "v1/models/{model}", echo("parameter"))
    add(app, "v1/models/default", echo("literal"))
    add(app, "v1/models", echo("list"))
    add(app, "v1/{kind}/default", echo("parameter first"))
    add(app, "v1/messages", echo("messages"), POST)
    return app


Answer = Callable[[Request], Awaitable[ProxyResponse]]


def add(app: func.FunctionApp, route: str, answer: Answer, *methods: func.HttpMethod) -> None:
    async def handler(req: Request) -> ProxyResponse:
        return await answer(req)

    routed = app.route(route, methods=methods or [GET])(handler)
    app.function_name(f"f{abs(hash((route, methods)))}")(routed)


def echo(name: str) -> Answer:
    async def answer(request: Request) -> ProxyResponse:
        return replying(json_reply([name, request.path_params]))

    return answer


def replying(reply: Reply) -> ProxyResponse:
    async def answer(body: Body) -> Reply:
        async for _ in body:
            pass
        return reply

    return ProxyResponse(answer)


@pytest.fixture(scope="module")
def routes() -> Routes:
    return read_routes(make_app(), "")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/v1/models/default", ["literal", {}]),
        ("/V1/Models/DEFAULT", ["literal", {}]),
        ("/v1/models/default/", ["literal", {}]),
        ("/v1/models/GPT-5.4", ["parameter", {"model": "GPT-5.4"}]),
        ("/v1/models/a%20b?c=d", ["parameter", {"model": "a b"}]),
        ("/v1/models/a%2Fb", ["parameter", {"model": "a%2Fb"}]),
        ("/v1/models", ["list", {}]),
        ("/v1/other/default", ["parameter first", {"kind": "other"}]),
        ("/v1/models/a/b", ["catch-all", {"rest": "v1/models/a/b"}]),
        ("/v1//default", ["catch-all", {"rest": "v1//default"}]),
        ("/v1/messages", ["catch-all", {"rest": "v1/messages"}]),
        ("/", ["catch-all", {}]),
    ],
)
def test_the_most_literal_route_answers(routes: Routes, path: str, answer: object) -> None:
    assert ask(routes, "GET", path).json() == answer


def test_a_method_belongs_to_its_route(routes: Routes) -> None:
    assert ask(routes, "POST", "/v1/messages").json() == ["messages", {}]


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/models"), ("HEAD", "/v1/models")])
def test_a_wrong_method_is_an_empty_404(routes: Routes, method: str, path: str) -> None:
    response = ask(routes, method, path)
    assert (response.status_code, response.content) == (404, b"")
    assert "server" not in response.headers


def test_the_prefix_is_part_of_every_route() -> None:
    app = func.FunctionApp()
    add(app, "health", echo("health"))
    routes = read_routes(app, "api")
    assert ask(routes, "GET", "/api/health").status_code == 200
    assert ask(routes, "GET", "/health").status_code == 404


@pytest.mark.parametrize(
    ("host_json", "prefix"),
    [
        ("{}", "api"),
        ('{"extensions":{"http":{"routePrefix":""}}}', ""),
        ('{"extensions":{"http":{"routePrefix":"/a/b"}}}', "a/b"),
    ],
)
def test_host_json_says_the_prefix(tmp_path: Path, host_json: str, prefix: str) -> None:
    (tmp_path / "host.json").write_text(host_json)
    assert read_prefix(tmp_path / "host.json") == prefix


def test_a_parameter_of_another_name_is_refused_as_by_the_worker() -> None:
    app = func.FunctionApp()

    @app.route("health", methods=[GET])
    async def health(request: Request) -> ProxyResponse:
        return replying(Reply(200, b""))

    with pytest.raises(Failure, match='no parameter "req"'):
        read_routes(app, "")


def test_a_template_it_cannot_read_is_refused() -> None:
    app = func.FunctionApp()
    add(app, "v1/{id:int}", echo("constrained"))
    with pytest.raises(Failure, match="cannot read"):
        read_routes(app, "")


def test_a_reply_arrives_piece_by_piece() -> None:
    async def scenario() -> None:
        first_piece_arrived = asyncio.Event()

        async def pieces() -> AsyncGenerator[bytes]:
            yield b"one"
            await first_piece_arrived.wait()
            yield b"two"

        async def answer(request: Request) -> ProxyResponse:
            return replying(Reply(200, pieces()))

        received = []
        async with serving(answer) as client, client.stream("GET", "/x") as response:
            async for piece in response.aiter_raw():
                received.append(piece)
                first_piece_arrived.set()
        assert received == [b"one", b"two"]

    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_head_is_answered_where_a_route_lists_it_and_has_no_body() -> None:
    async def scenario() -> list[tuple[int, str, bytes]]:
        async def answer(request: Request) -> ProxyResponse:
            return replying(json_reply({"status": "ok"}))

        async with serving(answer, [GET, HEAD]) as client:
            answers = [await client.request(method, "/x") for method in ("GET", "HEAD", "HEAD")]
        return [(one.status_code, one.headers["content-length"], one.content) for one in answers]

    ok = b'{"status":"ok"}'
    answers = asyncio.run(asyncio.wait_for(scenario(), 20))
    assert answers == [(200, "15", ok), (200, "15", b""), (200, "15", b"")]


def test_a_client_that_hangs_up_ends_the_reply() -> None:
    async def scenario() -> None:
        ended = asyncio.Event()

        async def pieces() -> AsyncGenerator[bytes]:
            try:
                yield b"one"
                await asyncio.Event().wait()
            finally:
                ended.set()

        async def answer(request: Request) -> ProxyResponse:
            return replying(Reply(200, pieces()))

        async with serving(answer) as client:
            async with client.stream("GET", "/x") as response:
                await anext(response.aiter_raw())
            await ended.wait()

    asyncio.run(asyncio.wait_for(scenario(), 20))


def ask(routes: Routes, method: str, path: str) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(Host(routes))
        async with httpx.AsyncClient(transport=transport, base_url="http://local") as client:
            return await client.request(method, path)

    return asyncio.run(send())


@asynccontextmanager
async def serving(
    answer: Answer, methods: Iterable[func.HttpMethod] = (GET,)
) -> AsyncIterator[httpx.AsyncClient]:
    app = func.FunctionApp()
    add(app, "x", answer, *methods)
    with open_listener("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = make_server(Host(read_routes(app, "")))
        running = asyncio.create_task(server.serve([listener]))
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            yield client
        server.should_exit = True
        await running
