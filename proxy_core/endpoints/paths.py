"""The segments of a path, and what is answered to a path or a method that is nobody's."""

import re

from proxy_core.errors import BadRequest, NotFound

_DOUBLED = re.compile(r"^(?:v1/+)+")
LONGEST_PATH = 200  # characters of a path that are said back


class WrongMethod(BadRequest):
    """The path is one of ours, the method is not."""

    status = 405

    def __init__(self, method: str, path: str, allowed: str) -> None:
        super().__init__(f"{_shown(path)} takes {allowed}, not {method}.")
        self.allowed = allowed


def below_v1(path: str) -> str:
    """What a client asks for whose base URL ends in /v1, and that puts one before it as well."""
    return _DOUBLED.sub("", path.removeprefix("/"))


def split(path: str) -> list[str]:
    """A host has decoded all but the slashes that divide nothing: those of a model's name, say."""
    segments = path.removesuffix("/").split("/")
    return [segment.replace("%2F", "/").replace("%2f", "/") for segment in segments]


def not_found(method: str, path: str) -> NotFound:
    return NotFound(f"{method} {_shown(path)} is not an endpoint of this proxy.")


def _shown(path: str) -> str:
    return path if len(path) <= LONGEST_PATH else f"{path[:LONGEST_PATH]}…"
