"""Both hosts find the same function for a path, and give it the same parameters."""

from types import SimpleNamespace

import azure.functions as func
import pytest

from local.routes import Routes, read_routes
from proxy_core.reply.client import Reply
from proxy_response import Body, ProxyResponse
from tests.host.stand_in.routes import Route, RouteTable
from web_extension import Request

GET, HEAD, POST = func.HttpMethod.GET, func.HttpMethod.HEAD, func.HttpMethod.POST
TEMPLATES = {
    "v1/messages": [POST],
    "v1/messages/count_tokens": [POST],
    "v1/{*path}": list(func.HttpMethod),
    "cursor/{*path}": list(func.HttpMethod),
    "cursor/health": [GET, HEAD],
    "items/{id}": [GET],
    "/": [GET, HEAD],
    "setup/{*path}": [GET],
}
PATHS = {
    "/v1/models": ("v1/{*path}", "models"),
    "/v1/models/a%2Fb": ("v1/{*path}", "models/a%2Fb"),
    "/v1/models/a%2fb%2Fc": ("v1/{*path}", "models/a%2fb%2Fc"),
    "/v1/models/a/b": ("v1/{*path}", "models/a/b"),
    "/v1/models/a%252Fb": ("v1/{*path}", "models/a%2Fb"),
    "/v1/models/a%20b%3A%5b%25": ("v1/{*path}", "models/a b:[%"),
    "/v1/models/%C3%A9": ("v1/{*path}", "models/é"),
    "/v1/models/a+b;c=d": ("v1/{*path}", "models/a+b;c=d"),
    "/V1/Models": ("v1/{*path}", "Models"),
    "/v1/%6dodels": ("v1/{*path}", "models"),
    "/v1/messages%2Fcount_tokens": ("v1/{*path}", "messages%2Fcount_tokens"),
    "/v1%2Fmessages": None,
    "/v1": ("v1/{*path}", None),
    "/items/a%2Fb": ("items/{id}", "a%2Fb"),
    "/items/a/b": None,
    "/cursor/health": ("cursor/health", None),
    "/cursor/health/": ("cursor/health", None),
    "/cursor/chat/completions": ("cursor/{*path}", "chat/completions"),
    "/cursor%2Fhealth": None,
    "/nothing": None,
    "/": ("/", None),
    "//": None,
    "/%2F": None,
    "/setup": ("setup/{*path}", None),
    "/setup/": ("setup/{*path}", None),
    "/setup/page.js": ("setup/{*path}", "page.js"),
}


def make_app() -> func.FunctionApp:
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
    for number, (template, methods) in enumerate(TEMPLATES.items()):
        route = app.route(template, trigger_arg_name="request", methods=methods)
        app.function_name(f"f{number}")(route(make_handler()))
    return app


def make_handler() -> object:
    async def handler(request: Request) -> ProxyResponse:
        return ProxyResponse(answer)

    async def answer(body: Body) -> Reply:
        return Reply(200, b"")

    return handler


@pytest.fixture(scope="module")
def local() -> Routes:
    return read_routes(make_app(), "")


@pytest.fixture(scope="module")
def functions() -> RouteTable:
    indexed = [
        SimpleNamespace(
            name=function.get_function_name(),
            function_id=function.get_function_name(),
            raw_bindings=function.get_raw_bindings(),
        )
        for function in make_app().get_functions()
    ]
    return RouteTable(Route.of(function, "/") for function in indexed)


@pytest.mark.parametrize("path", PATHS)
def test_a_path(local: Routes, functions: RouteTable, path: str) -> None:
    ours, theirs = local.find("GET", path), functions.match("GET", path)
    if PATHS[path] is None:
        assert (ours, theirs) == (None, None)
    else:
        assert ours
        assert theirs
        assert ours[0].handler.__name__ == "handler"
        template, parameter = PATHS[path] or ("", None)
        number = list(TEMPLATES).index(template)
        assert theirs.route.function_name == f"f{number}"
        assert (
            list(ours[1].values())
            == list(theirs.values.values())
            == [value for value in [parameter] if value]
        )


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_a_method(local: Routes, functions: RouteTable, method: str) -> None:
    """HEAD is a method of its own: a route that lists it answers it."""
    ours, theirs = local.find(method, "/cursor/health"), functions.match(method, "/cursor/health")
    assert ours
    assert theirs
    is_health = method in ("GET", "HEAD")
    assert [segment.text for segment in ours[0].segments] == (
        ["cursor", "health"] if is_health else ["cursor", "path"]
    )
    assert theirs.route.function_name == ("f4" if is_health else "f3")
    assert not local.find("HEAD", "/items/a")
    assert not functions.match("HEAD", "/items/a")
