"""The app's decorated routes -> which handler answers a request.

https://learn.microsoft.com/aspnet/core/fundamentals/routing#route-templates

Rules, those of the real host:
- literal segments go before parameters, parameters before a catch-all; literals in any case;
- a route that is unknown, or not for this method, is nobody's;
- a path is decoded but for its encoded slashes, as Kestrel does it: `a%2Fb` stays `a%2Fb`
  (https://github.com/dotnet/aspnetcore/issues/11544). On Azure they may arrive decoded: App
  Service's front end does that (https://github.com/Azure/azure-functions-host/issues/9290). So an
  app has to take `a%2Fb` and `a/b` for the same.
"""

import inspect
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from urllib.parse import unquote

import azure.functions as func

from local.failure import Failure
from web_extension import ASGIApp

Handler = Callable[..., Awaitable[ASGIApp]]

SEGMENT = re.compile(r"(?P<literal>[^{}]+)|\{(?P<stars>\*{0,2})(?P<name>\w+)\}")


class Kind(IntEnum):
    LITERAL = 0
    PARAMETER = 1
    CATCH_ALL = 2


@dataclass(frozen=True)
class Segment:
    kind: Kind
    text: str


@dataclass(frozen=True)
class Route:
    segments: tuple[Segment, ...]
    methods: frozenset[str]
    handler: Handler
    argument: str
    """What the handler calls its request."""

    def precedence(self) -> tuple[int, ...]:
        return tuple(segment.kind for segment in self.segments)

    def serves(self, method: str) -> bool:
        return not self.methods or method in self.methods

    def match(self, parts: list[str]) -> dict[str, str] | None:
        """The values of the route's parameters, or None when this is another path."""
        values: dict[str, str] = {}
        for index, segment in enumerate(self.segments):
            if segment.kind is Kind.CATCH_ALL:
                rest = "/".join(parts[index:])
                return {**values, segment.text: rest} if rest else values
            if index >= len(parts) or not parts[index]:
                return None
            if segment.kind is Kind.PARAMETER:
                values[segment.text] = parts[index]
            elif segment.text.lower() != parts[index].lower():
                return None
        return values if len(parts) == len(self.segments) else None


class Routes:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(routes, key=Route.precedence)

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
        parts = [] if raw_path == "/" else list(_split(raw_path))
        for route in self._routes:
            values = route.match(parts) if route.serves(method) else None
            if values is not None:
                return route, values
        return None


def read_routes(app: func.FunctionApp, prefix: str) -> Routes:
    return Routes(
        _read_route(function, json.loads(binding), prefix)
        for function in app.get_functions()
        for binding in function.get_raw_bindings()
        if json.loads(binding)["type"] == "httpTrigger"
    )


def _read_route(function: func.Function, trigger: dict[str, object], prefix: str) -> Route:
    name, argument = function.get_function_name(), str(trigger["name"])
    handler = function.get_user_function()
    if argument not in inspect.signature(handler).parameters:
        # The worker refuses this too, and then loads nothing of the app.
        raise Failure(f'{name}() has no parameter "{argument}"; name it in trigger_arg_name.')
    route = str(trigger.get("route") or name)
    template = "/".join(part for part in (prefix, route.strip("/")) if part)
    methods = trigger.get("methods") or []
    assert isinstance(methods, list)
    segments = tuple(_read_segment(text, template) for text in template.split("/") if text)
    return Route(segments, frozenset(methods), handler, argument)


def _read_segment(text: str, template: str) -> Segment:
    match = SEGMENT.fullmatch(text)
    if not match:
        raise Failure(f'The local host cannot read "{text}" in the route {template}.')
    if match["literal"]:
        return Segment(Kind.LITERAL, text)
    return Segment(Kind.CATCH_ALL if match["stars"] else Kind.PARAMETER, match["name"])


def _split(raw_path: str) -> Iterator[str]:
    for part in raw_path.removeprefix("/").removesuffix("/").split("/"):
        yield unquote(re.sub("%(?=2f)", "%25", part, flags=re.IGNORECASE))
