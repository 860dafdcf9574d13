"""Anthropic's own Python SDK, which checks every reply against its types.

https://platform.claude.com/docs/en/api/client-sdks
"""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import pytest
from anthropic.lib.tools import beta_tool
from anthropic.types import Message, MessageParam, ThinkingConfigParam, ToolParam
from pydantic import BaseModel

from tests.e2e.files import make_pdf, make_png
from tests.e2e.servers import TOKEN, App, Azure
from tests.host.processes import eventually

MODEL = "claude-opus-5-5"
MAX_TOKENS = 4096

ADAPTIVE: ThinkingConfigParam = {"type": "adaptive"}
BUDGET: ThinkingConfigParam = {"type": "enabled", "budget_tokens": 2048}
OFF: ThinkingConfigParam = {"type": "disabled"}

WEATHER: ToolParam = {
    "name": "weather",
    "description": "Tells the weather in a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "day": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
TWO_ROUNDS = (
    '[[call weather {"city": "Bern"}]] [[call weather {"city": "Oslo"}]] [[next]] '
    '[[say Now Rome.]] [[call weather {"city": "Rome"}]] [[next]] [[say Sunny everywhere.]]'
)


def encoded(media_type: str, content: bytes) -> dict[str, str]:
    data = base64.b64encode(content).decode()
    return {"type": "base64", "media_type": media_type, "data": data}


IMAGE = {"type": "image", "source": encoded("image/png", make_png())}
PDF = {"type": "document", "source": encoded("application/pdf", make_pdf())}

Answer = Callable[[anthropic.Anthropic, dict[str, Any]], Message]


def options(app: App) -> dict[str, Any]:
    return {
        "base_url": app.url,
        "api_key": TOKEN,
        "max_retries": 0,
        "_strict_response_validation": True,
    }


def connect(app: App, **others: Any) -> anthropic.Anthropic:
    return anthropic.Anthropic(**(options(app) | others))


@pytest.fixture(scope="module")
def client(app: App) -> Iterator[anthropic.Anthropic]:
    with connect(app) as client:
        yield client


@pytest.fixture(scope="module")
def chat_client(chat_app: App) -> Iterator[anthropic.Anthropic]:
    with connect(chat_app) as client:
        yield client


@pytest.fixture(params=["client", "chat_client"], ids=["responses", "chat"])
def any_client(request: pytest.FixtureRequest) -> anthropic.Anthropic:
    """Each test that asks for this runs over both of Azure's APIs."""
    client: anthropic.Anthropic = request.getfixturevalue(request.param)
    return client


def ask(prompt: Any, **options: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": prompt}]
    return {"model": MODEL, "max_tokens": MAX_TOKENS, "messages": messages, **options}


def create(client: anthropic.Anthropic, request: dict[str, Any]) -> Message:
    reply: Message = client.messages.create(**request)
    return reply


def stream(client: anthropic.Anthropic, request: dict[str, Any]) -> Message:
    with client.messages.stream(**request) as events:
        return events.get_final_message()


both_ways = pytest.mark.parametrize("answer", [create, stream])


def text_of(reply: Message) -> str:
    return "".join(block.text for block in reply.content if block.type == "text")


def converse(
    client: anthropic.Anthropic, answer: Answer, request: dict[str, Any]
) -> tuple[list[Message], list[MessageParam]]:
    """Answers every tool call, until there are none. The replies, and the whole conversation."""
    messages, replies = list(request["messages"]), []
    while True:
        reply = answer(client, {**request, "messages": messages})
        replies.append(reply)
        messages.append({"role": "assistant", "content": reply.content})
        calls = [block for block in reply.content if block.type == "tool_use"]
        assert bool(calls) == (reply.stop_reason == "tool_use")
        if not calls:
            return replies, messages
        messages.append({"role": "user", "content": [answer_call(call) for call in calls]})


def answer_call(call: Any) -> dict[str, Any]:
    content = f"It is sunny in {call.input['city']}."
    return {"type": "tool_result", "tool_use_id": call.id, "content": content}


@both_ways
def test_a_reply(any_client: anthropic.Anthropic, answer: Answer, azure: Azure) -> None:
    reply = answer(any_client, ask("[[say Grüezi, 世界 🌍!]]", system="Be brief."))

    assert text_of(reply) == "Grüezi, 世界 🌍!"
    assert (reply.model, reply.stop_reason) == (MODEL, "end_turn")
    assert reply.usage.input_tokens > 0
    assert reply.usage.output_tokens > 0
    assert len(azure.requests()) == 1


def test_the_stream_helper_hears_every_word(any_client: anthropic.Anthropic) -> None:
    with any_client.messages.stream(**ask("[[say one two three]]")) as events:
        assert list(events.text_stream) == ["one", " two", " three"]


def test_async(app: App, azure: Azure) -> None:
    async def answer_all() -> tuple[Message, Message]:
        async with anthropic.AsyncAnthropic(**options(app)) as client:
            return await asyncio.gather(
                client.messages.create(**ask("[[say in one piece]]")),
                _stream_async(client, ask("[[say streamed]]")),
            )

    whole, streamed = asyncio.run(answer_all())

    assert (text_of(whole), text_of(streamed)) == ("in one piece", "streamed")
    assert len(azure.requests()) == 2


async def _stream_async(client: anthropic.AsyncAnthropic, request: dict[str, Any]) -> Message:
    async with client.messages.stream(**request) as events:
        return await events.get_final_message()


@both_ways
@pytest.mark.parametrize("thinking", [ADAPTIVE, BUDGET], ids=["adaptive", "budget"])
def test_a_tool_loop_with_thinking(
    client: anthropic.Anthropic, answer: Answer, thinking: ThinkingConfigParam, azure: Azure
) -> None:
    request = ask(f"[[think First.||Then.]] {TWO_ROUNDS}", tools=[WEATHER], thinking=thinking)
    replies, messages = converse(client, answer, request)
    messages.append({"role": "user", "content": "[[say Goodbye.]]"})
    farewell = answer(client, {**request, "messages": messages})

    kinds = [[block.type for block in reply.content] for reply in (*replies, farewell)]
    assert kinds == [
        ["thinking", "tool_use", "tool_use"],
        ["thinking", "text", "tool_use"],
        ["thinking", "text"],
        ["thinking", "text"],
    ]
    first = replies[0].content[0]
    assert first.type == "thinking"
    assert (first.thinking, bool(first.signature)) == ("First.\n\nThen.", True)
    assert text_of(replies[-1]) == "Sunny everywhere."
    assert count_reasoning(azure) == [0, 1, 2, 3]


def count_reasoning(azure: Azure) -> list[int]:
    inputs = (body["input"] for body in azure.bodies())
    return [sum(item.get("type") == "reasoning" for item in items) for items in inputs]


@both_ways
def test_hidden_thinking_is_replayed_too(
    client: anthropic.Anthropic, answer: Answer, azure: Azure
) -> None:
    hidden: ThinkingConfigParam = {"type": "adaptive", "display": "omitted"}
    replies, _ = converse(client, answer, ask(TWO_ROUNDS, tools=[WEATHER], thinking=hidden))

    first = replies[0].content[0]
    assert first.type == "thinking"
    assert (first.thinking, bool(first.signature)) == ("", True)
    assert count_reasoning(azure) == [0, 1, 2]


@both_ways
def test_a_tool_loop_without_thinking(
    client: anthropic.Anthropic, answer: Answer, azure: Azure
) -> None:
    replies, _ = converse(client, answer, ask(TWO_ROUNDS, tools=[WEATHER], thinking=OFF))

    assert_unthinking(replies)
    assert count_reasoning(azure) == [0, 0, 0]


@both_ways
def test_a_tool_loop_over_chat_completions(
    chat_client: anthropic.Anthropic, answer: Answer, azure: Azure
) -> None:
    """The model reasons, and that API keeps it to itself."""
    replies, _ = converse(chat_client, answer, ask(TWO_ROUNDS, tools=[WEATHER], thinking=ADAPTIVE))

    assert_unthinking(replies)
    assert [body["reasoning_effort"] for body in azure.bodies()] == ["medium"] * 3


def assert_unthinking(replies: list[Message]) -> None:
    kinds = [[block.type for block in reply.content] for reply in replies]
    assert kinds == [["tool_use", "tool_use"], ["text", "tool_use"], ["text"]]


def test_one_call_at_a_time_when_asked(any_client: anthropic.Anthropic, azure: Azure) -> None:
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    replies, _ = converse(any_client, create, ask(TWO_ROUNDS, tools=[WEATHER], tool_choice=choice))

    calls = [sum(block.type == "tool_use" for block in reply.content) for reply in replies]
    assert calls == [1, 1, 1, 0]
    assert [body["parallel_tool_calls"] for body in azure.bodies()] == [False] * 4


def test_a_forced_tool(any_client: anthropic.Anthropic) -> None:
    choice = {"type": "tool", "name": "weather"}
    reply = create(any_client, ask("Hello", tools=[WEATHER], tool_choice=choice))

    assert [block.name for block in reply.content if block.type == "tool_use"] == ["weather"]


def test_the_tool_runner_gives_up_its_threads(app: App, azure: Azure) -> None:
    asked: list[dict[str, Any]] = []

    @beta_tool
    def weather(city: str) -> str:
        """Tells the weather in a city."""
        return f"It is sunny in {city}."

    hooks = {"request": [lambda request: asked.append(json.loads(request.content))]}
    http_client = anthropic.DefaultHttpxClient(event_hooks=hooks)
    with connect(app, http_client=http_client) as client:
        request = ask(TWO_ROUNDS, tools=[weather], thinking=ADAPTIVE)
        final = client.beta.messages.tool_runner(**request).until_done()

    assert text_of(final) == "Sunny everywhere."
    assert ["thread" in body for body in asked] == [True, False, False, False]
    assert count_reasoning(azure) == [0, 1, 2]


def test_images(any_client: anthropic.Anthropic, azure: Azure) -> None:
    reply = show(any_client, IMAGE)

    assert text_of(reply) == "I see."
    assert json.dumps(azure.bodies()[-1]).count(IMAGE["source"]["data"]) == 2


def test_documents(client: anthropic.Anthropic, azure: Azure) -> None:
    reply = show(client, PDF)

    assert text_of(reply) == "I see."
    assert json.dumps(azure.bodies()[-1]).count(PDF["source"]["data"]) == 2


def show(client: anthropic.Anthropic, block: dict[str, Any]) -> Message:
    """In the user's own message, and again in a tool's result."""
    script = '[[call weather {"city": "Bern"}]] [[next]] [[say I see.]]'
    request = ask([block, {"type": "text", "text": script}], tools=[WEATHER])
    called = create(client, request)
    (call,) = (part for part in called.content if part.type == "tool_use")
    content = [{"type": "text", "text": "This is what I found:"}, block]
    result = {"type": "tool_result", "tool_use_id": call.id, "content": content}
    request["messages"] += [
        {"role": "assistant", "content": called.content},
        {"role": "user", "content": [result]},
    ]
    return create(client, request)


def test_system_messages_keep_their_place(any_client: anthropic.Anthropic, azure: Azure) -> None:
    request = ask("Hello", system="At the front.")
    request["messages"] += [
        {"role": "assistant", "content": "Hello!"},
        {"role": "system", "content": "In the middle."},
        {"role": "user", "content": "[[say Yes.]]"},
    ]

    assert text_of(create(any_client, request)) == "Yes."
    sent = json.dumps(azure.bodies())
    assert sent.index("Hello!") < sent.index("In the middle.") < sent.index("Yes.")


class City(BaseModel):
    name: str
    inhabitants: int
    languages: list[str]


def test_structured_output(any_client: anthropic.Anthropic, azure: Azure) -> None:
    """Without a script the simulator answers with a sample of the schema it was sent."""
    reply = any_client.messages.parse(output_format=City, **ask("Name a city."))

    assert isinstance(reply.parsed_output, City)
    assert len(azure.requests()) == 1


@pytest.mark.parametrize(
    ("prompt", "stop_reason"),
    [
        ("[[long 2000]]", "max_tokens"),
        ("[[say This is filtered]] [[stop filter]]", "refusal"),
        ("[[refuse I cannot help with that.]]", "refusal"),
    ],
)
@both_ways
def test_other_ends(
    any_client: anthropic.Anthropic, answer: Answer, prompt: str, stop_reason: str
) -> None:
    reply = answer(any_client, ask(prompt, max_tokens=200))

    assert reply.stop_reason == stop_reason
    assert text_of(reply)


def test_counting_tokens_stays_at_home(app: App, client: anthropic.Anthropic, azure: Azure) -> None:
    request = {"model": MODEL, "messages": [{"role": "user", "content": "Hello, world"}]}
    short = client.messages.count_tokens(**request)
    longer = client.messages.count_tokens(**request, tools=[WEATHER])

    assert 2 <= short.input_tokens < longer.input_tokens
    assert azure.requests() == []
    logged = json.loads(app.log.read_text().splitlines()[-1])
    assert (logged["route"], logged["input_tokens"]) == ("count_tokens", longer.input_tokens)


def test_a_wrong_token(app: App, azure: Azure) -> None:
    with (
        connect(app, api_key="wrong", max_retries=2) as client,
        pytest.raises(anthropic.AuthenticationError, match="ANTHROPIC_AUTH_TOKEN") as caught,
    ):
        create(client, ask("Hello"))

    assert caught.value.type == "authentication_error"
    assert caught.value.response.headers["request-id"]
    assert azure.requests() == []


# The texts by which Claude Code knows that it has to compact the conversation.
OVERFLOW = "prompt is too long|maximum context length|exceeds the context window"


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        ("deployment_not_found", anthropic.InternalServerError, "BIG_MODEL"),
        ("key_invalid", anthropic.AuthenticationError, "subscription key"),
        ("key_auth_disabled", anthropic.PermissionDeniedError, "Key based authentication"),
        ("context_length_exceeded", anthropic.BadRequestError, OVERFLOW),
        ("overflow_in_stream", anthropic.BadRequestError, OVERFLOW),
        ("prompt_filtered", anthropic.BadRequestError, "content management policy"),
    ],
)
@both_ways
def test_errors_that_stay(
    any_client: anthropic.Anthropic,
    answer: Answer,
    fault: str,
    error: type[anthropic.APIStatusError],
    message: str,
    azure: Azure,
) -> None:
    """A client that would try again is kept from it."""
    insisting = any_client.with_options(max_retries=2)
    with pytest.raises(error, match=message):
        answer(insisting, ask(f"[[error {fault}]]"))

    assert len(azure.requests()) == 1


@both_ways
def test_a_rate_limit_is_waited_for(
    client: anthropic.Anthropic, answer: Answer, azure: Azure
) -> None:
    started = time.monotonic()
    reply = answer(
        client.with_options(max_retries=2),
        ask(f"{answer.__name__}: [[error rate_limit_short times=1]] [[say At last.]]"),
    )

    assert text_of(reply) == "At last."
    assert time.monotonic() - started < 5
    assert len(azure.requests()) == 2


def test_a_long_wait_is_shortened(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.RateLimitError) as caught:
        create(client, ask("[[error no_quota]]"))

    assert int(caught.value.response.headers["retry-after"]) <= 60


@pytest.mark.parametrize("fault", ["flat_error", "error_then_failed", "truncated"])
def test_an_error_in_the_middle(any_client: anthropic.Anthropic, fault: str) -> None:
    prompt = f"[[slow 0.01]] [[long 40]] [[error {fault} after=20]]"
    with pytest.raises(anthropic.APIStatusError) as caught:
        stream(any_client, ask(prompt))

    assert (caught.value.status_code, caught.value.type) == (200, "overloaded_error")


def test_leaving_early_hangs_up_on_azure(any_client: anthropic.Anthropic, azure: Azure) -> None:
    with any_client.messages.stream(**ask("[[slow 0.05]] [[long 400]]")) as events:
        assert next(events.text_stream)

    assert eventually(lambda: azure.requests()[0]["disconnected"], seconds=2)
