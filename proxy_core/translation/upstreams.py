"""The two upstream APIs, told apart by nothing but this table.

A request of the vocabulary becomes a body for Azure here, and here the reader of Azure's reply to
it is chosen.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Protocol

from proxy_core import openai_chat, openai_responses
from proxy_core.conversation import (
    Image,
    Message,
    Origin,
    Reasoning,
    ReplyEvent,
    Request,
    ToolResult,
)
from proxy_core.deployments.models import Deployment, UpstreamApi
from proxy_core.errors import BadRequest, Unreadable
from proxy_core.openai.errors import read_no_reply
from proxy_core.openai.limits import original_names
from proxy_core.openai.tools import custom_names
from proxy_core.translation import history
from proxy_core.translation.search_policy import allowed_search
from proxy_core.wire.json import parse_json
from proxy_core.wire.sse import ServerSentEvent


class ReplyReader(Protocol):
    @property
    def has_all(self) -> bool: ...
    def read_on(self, event: ServerSentEvent) -> ReplyEvent | None: ...
    def read(self, event: ServerSentEvent) -> Iterable[ReplyEvent]: ...
    def close(self) -> Iterator[ReplyEvent]: ...


@dataclass(frozen=True, slots=True)
class Upstream:
    write_request: Callable[[Request, Deployment], dict[str, Any]]
    reply_reader: Callable[[Mapping[str, str], Origin | None], ReplyReader]
    write_events: Callable[[dict[str, Any]], bytes]  # of a reply in one piece
    name_limit: int  # characters of a tool's name
    least_output: int  # tokens that can be asked for
    # what reads the calls of tools that take free text, where they were offered as functions
    custom_calls: Callable[[ReplyReader, Set[str]], ReplyReader] = lambda reader, _: reader


UPSTREAMS: dict[UpstreamApi, Upstream] = {
    "responses": Upstream(
        openai_responses.write_request,
        openai_responses.ReplyReader,
        openai_responses.write_events,
        openai_responses.NAME_LIMIT,
        openai_responses.LEAST_OUTPUT,
    ),
    "chat": Upstream(
        openai_chat.write_request,
        openai_chat.ReplyReader,
        openai_chat.write_chunks,
        openai_chat.NAME_LIMIT,
        openai_chat.LEAST_OUTPUT,
        openai_chat.CustomCalls,
    ),
}


def write_request(request: Request, deployment: Deployment) -> dict[str, Any]:
    """The body for Azure. Raises BadRequest for what the deployment's API cannot express."""
    allowed = allowed_search(request, deployment)
    repaired = replace(allowed, messages=history.repaired(allowed.messages))
    if not any(map(_says_something, repaired.messages)):
        raise BadRequest("messages: at least one message with content is required")
    if not deployment.family.images and any(map(_shows_something, repaired.messages)):
        raise BadRequest(
            f"An image cannot be sent: the deployment {deployment.name!r} runs a model that takes "
            "text alone.",
            about="image",
        )
    try:
        return UPSTREAMS[deployment.api].write_request(repaired, deployment)
    except RecursionError as error:
        raise BadRequest("tools: a schema is nested too deeply") from error


def write_events(api: UpstreamApi, whole: bytes | bytearray) -> bytes:
    """A reply in one piece as the stream that says the same. Raises UpstreamError."""
    try:
        body = parse_json(whole)
    except (ValueError, RecursionError) as error:
        raise Unreadable("Azure sent a reply that cannot be read.") from error
    if not isinstance(body, dict):
        raise read_no_reply(body)
    return UPSTREAMS[api].write_events(body)


def _says_something(message: Message) -> bool:
    return not all(isinstance(part, Reasoning) for part in message.parts)


def _shows_something(message: Message) -> bool:
    """Whether there is an image in it, or in the result of a tool."""
    nested = (part.parts if isinstance(part, ToolResult) else (part,) for part in message.parts)
    return any(isinstance(part, Image) for part in chain.from_iterable(nested))


def without_reasoning(request: Request) -> Request:
    """The same request with nothing replayed: always legal, and never wrong."""
    return replace(request, messages=history.without_reasoning(request.messages))


def without_history(request: Request) -> Request:
    """What is still to be known of a request when it need not be sent any more."""
    return replace(request, messages=(), instructions="", tools=(), safeguard_context=None)


def make_reader(request: Request, deployment: Deployment) -> ReplyReader:
    """What reads the reply to this request."""
    upstream = UPSTREAMS[deployment.api]
    names = original_names(request.tools, upstream.name_limit)
    reader = upstream.reply_reader(names, deployment.origin)
    wrapped = () if deployment.family.custom_tools else custom_names(request.tools)
    return upstream.custom_calls(reader, wrapped) if wrapped else reader


def find_own_limit(request: Request, deployment: Deployment) -> int | None:
    """Tokens the client takes, where Azure is asked for more than those."""
    wanted = request.max_output_tokens
    effort = deployment.choose_effort(request.effort, request.thinking)
    asked = deployment.choose_limit(wanted, effort, request.thinking)
    if wanted is None or asked is None:
        return None
    return wanted if max(asked, UPSTREAMS[deployment.api].least_output) > wanted else None
