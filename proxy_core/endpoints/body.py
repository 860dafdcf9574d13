"""A request's body, while it arrives -> what its JSON object asks for. Check the token before.

Only what says that it is JSON is read: browsers let any web page send any other type to any
address, without asking (docs/decisions/0024). Content is never quoted.

A large body is read in a thread. JSON is parsed in one go, and no other thread runs meanwhile, so
what it may hold is bounded.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from typing import Any, TypeVar

from proxy_core.endpoints.forgetting import forget_later
from proxy_core.errors import BadRequest
from proxy_core.reply.beside_loop import work_on
from proxy_core.wire.json import NoJson, decode_json
from proxy_core.wire.json_size import has_more_items, is_deeper
from proxy_core.wire.split_body import let_go, split

T = TypeVar("T")

LARGEST = 32 * 1024 * 1024  # bytes, as on Anthropic's own API
MOST_ITEMS = 250_000  # JSON values; those of the longest context window are a fifth of it
DEEPEST = 200  # levels: what reads and writes them recurses, and Python's stack ends at 1000 frames
LONGEST_PAUSE = 60.0  # seconds without a byte

_JSON = re.compile(r"application/(?:[\w.-]+\+)?json\s*(?:;.*)?", re.ASCII)
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^\s";]*)')


async def read(
    headers: Mapping[str, str],
    chunks: AsyncIterable[bytes],
    read_request: Callable[[dict[str, Any]], T],
    work_on: Callable[[int, Callable[[], T]], Awaitable[T]] = work_on,
) -> tuple[T, int]:
    """What `read_request` makes of the object, and the body's size in bytes.

    `headers` are looked up by lower-case names. `work_on` says where it is read.
    """
    _check_type(headers)
    body = await _collect(headers, chunks)
    forget_later()
    return await work_on(len(body), lambda: read_body(body, read_request)), len(body)


def read_body(body: bytes | bytearray, read_request: Callable[[dict[str, Any]], T]) -> T:
    """In pieces, for most have come before; what is odd or wrong is read whole, and says why."""
    _check_items(body)
    parts: dict[str, Any] = {}
    try:
        parts = split(body, DEEPEST)
        return read_request(parts)
    except (ValueError, RecursionError, BadRequest):
        return read_request(parse(body))
    finally:
        let_go(parts)


def parse(body: bytes | bytearray) -> dict[str, Any]:
    _check_items(body)
    try:
        parsed: Any = decode_json(body)
    except UnicodeDecodeError as error:
        raise BadRequest("The request body is not valid UTF-8.") from error
    except json.JSONDecodeError as error:
        raise BadRequest(f"The request body is not valid JSON (character {error.pos}).") from error
    except NoJson as error:
        raise BadRequest(f"The request body is not valid JSON: it holds {error}.") from error
    except RecursionError as error:
        raise _too_deep() from error
    if not isinstance(parsed, dict):
        raise BadRequest("The request body must be a JSON object.")
    if is_deeper(parsed, DEEPEST):
        raise _too_deep()
    return parsed


def _check_items(body: bytes | bytearray) -> None:
    if has_more_items(body, MOST_ITEMS):
        raise BadRequest(f"The request body holds more than {MOST_ITEMS} JSON values.", status=413)


def _check_type(headers: Mapping[str, str]) -> None:
    type = headers.get("content-type", "").strip().lower()
    if not _JSON.fullmatch(type):
        raise BadRequest("content-type: the body must be sent as application/json", status=415)
    if {*_CHARSET.findall(type)} - {"utf-8", "utf8"}:
        raise BadRequest("content-type: the body must be sent in UTF-8", status=415)
    if headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
        raise BadRequest("content-encoding: the body must be sent uncompressed", status=415)


async def _collect(headers: Mapping[str, str], chunks: AsyncIterable[bytes]) -> bytearray:
    body, loop = bytearray(), asyncio.get_running_loop()
    _check_size(_declared_size(headers))
    try:
        async with asyncio.timeout(LONGEST_PAUSE) as patience:
            async for chunk in chunks:
                body += chunk
                _check_size(len(body))
                patience.reschedule(loop.time() + LONGEST_PAUSE)
    except TimeoutError as error:
        raise BadRequest("The rest of the request body did not arrive.", status=408) from error
    return body


def _check_size(size: int) -> None:
    if size > LARGEST:
        raise BadRequest("The request body is larger than 32 MB.", status=413)


def _declared_size(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "")
    return int(length) if re.fullmatch("[0-9]{1,20}", length) else 0


def _too_deep() -> BadRequest:
    return BadRequest(f"The request body is nested too deeply: more than {DEEPEST} levels.")
