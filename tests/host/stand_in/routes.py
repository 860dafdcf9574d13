"""ASP.NET route templates: https://learn.microsoft.com/aspnet/core/fundamentals/routing

The more literal a template is, segment by segment, the earlier it is tried. A route whose methods
do not fit is passed over, so a broader one may still answer.

A path is decoded once, before it is matched, all but its encoded slashes; what a parameter is given
is not decoded again. https://github.com/dotnet/aspnetcore/issues/4718
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

PARAMETER = re.compile(
    r"\{(?P<star>\*{0,2})(?P<name>\w+)(:(?P<constraint>\w+))?(?P<optional>\??)\}"
)
ENCODED_SLASH = re.compile("%(?=2f)", re.IGNORECASE)
CONSTRAINTS = {
    None: "[^/]+",
    "alpha": "[A-Za-z]+",
    "guid": "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    "int": r"-?\d+",
}

LITERAL, CONSTRAINED, ANY, CATCH_ALL = range(4)


@dataclass(frozen=True)
class Route:
    function_id: str
    function_name: str
    request_name: str
    methods: frozenset[str]
    pattern: re.Pattern[str]
    precedence: tuple[int, ...]

    @classmethod
    def of(cls, function: Any, prefix: str) -> "Route":
        bindings = [json.loads(binding) for binding in function.raw_bindings]
        trigger = next(binding for binding in bindings if binding["type"] == "httpTrigger")
        template = f"{prefix}/{trigger.get('route') or function.name}"
        segments = [segment for segment in template.split("/") if segment]
        methods = trigger.get("methods") or ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
        return cls(
            function_id=function.function_id,
            function_name=function.name,
            request_name=trigger["name"],
            methods=frozenset(method.upper() for method in methods),
            pattern=re.compile("".join(map(_pattern, segments)) + "/?", re.IGNORECASE | re.DOTALL),
            precedence=tuple(map(_precedence, segments)),
        )


@dataclass(frozen=True)
class Match:
    route: Route
    values: dict[str, str]


class RouteTable:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(routes, key=lambda route: route.precedence)

    def match(self, method: str, raw_path: str) -> Match | None:
        path = unquote(ENCODED_SLASH.sub("%25", raw_path))
        for route in self._routes:
            found = route.pattern.fullmatch(path)
            if found and method in route.methods:
                given = found.groupdict(default="").items()
                return Match(route, {name: value for name, value in given if value})
        return None


def _pattern(segment: str) -> str:
    parameter = PARAMETER.fullmatch(segment)
    if not parameter:
        return "/" + re.escape(segment)
    content = ".*" if parameter["star"] else CONSTRAINTS[parameter["constraint"]]
    pattern = f"/(?P<{parameter['name']}>{content})"
    return f"(?:{pattern})?" if parameter["star"] or parameter["optional"] else pattern


def _precedence(segment: str) -> int:
    parameter = PARAMETER.fullmatch(segment)
    if not parameter:
        return LITERAL
    if parameter["star"]:
        return CATCH_ALL
    return CONSTRAINED if parameter["constraint"] else ANY
