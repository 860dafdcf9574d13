"""An OpenAI request body -> Request: Chat Completions, Responses, or a mixture of both.

https://platform.openai.com/docs/api-reference/chat/create
https://platform.openai.com/docs/api-reference/responses/create

A body is told apart by what is in it: `messages`, or else an `input`. Rules:
* the leading system messages of `messages` are the instructions; later ones stay in place, and so
  do all where there is nothing else, for Azure needs some input;
* the items of one reply in an `input` (reasoning, text, calls) are one message;
* what is not done is refused by name (`parameters.py`), and any other field ignored.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, takewhile
from typing import Any

from proxy_core.conversation import Message, Request, Text, Verbosity
from proxy_core.errors import BadRequest
from proxy_core.openai.content_parts import read_instructions
from proxy_core.openai.history_reader import read_history
from proxy_core.openai.output_format import read_output_schema
from proxy_core.openai.request_parameters import refuse_what_is_not_done
from proxy_core.openai.tool_offer import read_offer
from proxy_core.wire import fields
from proxy_core.wire.known_messages import as_before

LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")

VERBOSITIES: dict[Any, Verbosity] = {"low": "low", "medium": "medium", "high": "high"}


def read_request(body: dict[str, Any]) -> Request:
    refuse_what_is_not_done(body)
    offer = read_offer(body)
    leading, messages = _read_messages(body, offer.custom)
    return Request(
        model=fields.optional(body, "model", str) or "",
        instructions="\n\n".join((*read_instructions(body), *leading)),
        messages=messages,
        tools=offer.tools,
        web_search=offer.web_search,
        tool_choice=offer.choice,
        parallel_tool_calls=fields.optional(body, "parallel_tool_calls", bool) is not False,
        max_output_tokens=_read_limit(body),
        temperature=fields.up_to(body, "temperature", 2),
        top_p=fields.up_to(body, "top_p", 1),
        stop=tuple(_read_stop(body)),
        verbosity=_read_verbosity(body),
        output_schema=read_output_schema(body),
        stream=fields.optional(body, "stream", bool) or False,
    )


def _read_messages(
    body: dict[str, Any], custom: frozenset[str]
) -> tuple[list[str], tuple[Message, ...]]:
    """The texts of the leading system messages, and the messages behind them."""
    if body.get("messages"):
        messages = tuple(read_history(body, "messages", custom))
        leading = [*takewhile(lambda message: message.role == "system", messages)]
        if len(leading) == len(messages):
            return [], messages
        return [*_texts(leading)], messages[len(leading) :]
    if body.get("input"):
        return [], tuple(_group(read_history(body, "input", custom)))
    raise BadRequest("messages: at least one message is required")


def _group(messages: Iterable[Message]) -> Iterator[Message]:
    for role, group in groupby(messages, key=lambda message: message.role):
        if role == "assistant":
            parts = tuple(part for message in group for part in message.parts)
            yield as_before(Message(role, parts))
        else:
            yield from group


def _texts(messages: Iterable[Message]) -> Iterator[str]:
    parts = (part for message in messages for part in message.parts)
    return (part.text for part in parts if isinstance(part, Text))


def _read_limit(body: dict[str, Any]) -> int | None:
    """0 and -1 are how some clients write that they have none."""
    limits = (fields.optional(body, name, int) or 0 for name in LIMITS)
    return next((limit for limit in limits if limit > 0), None)


def _read_stop(body: dict[str, Any]) -> Iterator[str]:
    """One sequence or several, under OpenAI's name or Anthropic's."""
    for name in ("stop", "stop_sequences"):
        value = body.get(name)
        listed = {name: [value]} if isinstance(value, str) else body
        yield from filter(None, fields.texts(listed, name, fields.LONGEST_STOPS))


def _read_verbosity(body: dict[str, Any]) -> Verbosity | None:
    match body:
        case {"text": {"verbosity": str(name)}} | {"verbosity": str(name)}:
            return VERBOSITIES.get(name)
        case _:
            return None
