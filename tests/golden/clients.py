"""What the runner needs to know of each kind of client, by the name of its folder."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from proxy_core import anthropic_messages, cursor, openai_chat
from proxy_core.conversation import Request
from proxy_core.deployments.models import Deployment
from proxy_core.errors import ProxyError, UpstreamError
from proxy_core.openai.tools import custom_names
from proxy_core.reply.translator import ReplyWriter
from tests import chat_grammar, grammar

Asked = tuple[Request, Callable[[], ReplyWriter]]


@dataclass(frozen=True)
class Client:
    read: Callable[[dict[str, Any], dict[str, Any]], Asked]  # from a body, and the case's options
    write_error: Callable[[ProxyError], dict[str, Any]]
    explain: Callable[[ProxyError, Request, Deployment], ProxyError]  # before the first word
    check_stream: Callable[[bytes], object]  # a grammar of this client's streams


def _read_anthropic(body: dict[str, Any], options: dict[str, Any]) -> Asked:
    request = anthropic_messages.read_request(body)
    head = anthropic_messages.ReplyHead(
        "msg_golden",
        request.model,
        request.thinking,
        "req_golden",
        lambda: 1000,
        lambda: options.get("safeguard_status"),
    )
    return request, lambda: anthropic_messages.ReplyWriter(head, stream=request.stream)


def _read_cursor(body: dict[str, Any], options: dict[str, Any]) -> Asked:
    display = options.get("display", "details")
    asked = cursor.read_request(
        body,
        path_model=options.get("path_model", ""),
        default_effort="medium",
        display=display,
    )
    request = asked.request
    head = openai_chat.ReplyHead(
        "chatcmpl_golden",
        request.model,
        1700000000,
        asked.include_usage,
        asked.display,
        custom_names(request.tools),
    )
    return request, lambda: openai_chat.ReplyWriter(head, stream=request.stream)


def _explain_to_claude(error: ProxyError, request: Request, deployment: Deployment) -> ProxyError:
    if isinstance(error, UpstreamError) and error.about == "overflow":
        return anthropic_messages.explain_overflow(error, request, deployment)
    return error


CLIENTS = {
    "anthropic": Client(
        _read_anthropic,
        lambda error: anthropic_messages.write_error(error, "req_golden"),
        _explain_to_claude,
        grammar.read_stream,
    ),
    "cursor": Client(
        _read_cursor,
        openai_chat.write_error,
        lambda error, request, deployment: error,
        chat_grammar.read_stream,
    ),
}
