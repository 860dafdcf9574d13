"""OpenAI's own Python SDK in Cursor's place, which checks every reply against its types.

https://platform.openai.com/docs/api-reference/chat
"""

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from tests import chat_grammar
from tests.e2e.files import make_png
from tests.e2e.servers import TOKEN, App, Azure

OPENING, CLOSING = "<details><summary>Thinking</summary>\n\n", "\n\n</details>\n\n"

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
TWO_ROUNDS = (
    '[[call weather {"city": "Bern"}]] [[call weather {"city": "Oslo"}]] [[next]] '
    '[[say Now Rome.]] [[call weather {"city": "Rome"}]] [[next]] [[say Sunny everywhere.]]'
)

Answer = Callable[[OpenAI, dict[str, Any]], Any]


def options(app: App) -> dict[str, Any]:
    return {
        "base_url": f"{app.url}/cursor",
        "api_key": TOKEN,
        "max_retries": 0,
        "_strict_response_validation": True,
    }


def connect(app: App, **others: Any) -> OpenAI:
    return OpenAI(**(options(app) | others))


@pytest.fixture(scope="module")
def client(app: App) -> Iterator[OpenAI]:
    with connect(app) as client:
        yield client


@pytest.fixture(scope="module")
def chat_client(chat_app: App) -> Iterator[OpenAI]:
    with connect(chat_app) as client:
        yield client


@pytest.fixture(params=["client", "chat_client"], ids=["responses", "chat"])
def any_client(request: pytest.FixtureRequest) -> OpenAI:
    """Each test that asks for this runs over both of Azure's APIs."""
    client: OpenAI = request.getfixturevalue(request.param)
    return client


def ask(prompt: Any, **options: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": prompt}]
    return {"model": "gpt-high", "messages": messages, **options}


def create(client: OpenAI, request: dict[str, Any]) -> Any:
    return client.chat.completions.create(**request)


def stream(client: OpenAI, request: dict[str, Any]) -> Any:
    with client.chat.completions.stream(**request) as events:
        events.until_done()
        return events.current_completion_snapshot


both_ways = pytest.mark.parametrize("answer", [create, stream])


def text_of(completion: Any) -> str:
    """What it says, without its reasoning."""
    return str(completion.choices[0].message.content or "").rpartition(CLOSING)[2]


def calls_of(completion: Any) -> list[Any]:
    return list(completion.choices[0].message.tool_calls or ())


def converse(client: OpenAI, answer: Answer, request: dict[str, Any]) -> list[Any]:
    """Answers every tool call, until there are none."""
    messages, replies = list(request["messages"]), []
    while True:
        reply = answer(client, {**request, "messages": messages})
        replies.append(reply)
        calls = calls_of(reply)
        assert reply.choices[0].finish_reason == ("tool_calls" if calls else "stop")
        if not calls:
            return replies
        messages.append(replayed(reply))
        messages += ({**result_of(call), "content": "It is sunny."} for call in calls)


def replayed(reply: Any) -> dict[str, Any]:
    """As Cursor sends a reply back: verbatim, but with an index in every call."""
    made = [
        {
            "type": "function",
            "id": call.id,
            "index": index,
            "function": {"name": call.function.name, "arguments": call.function.arguments},
        }
        for index, call in enumerate(calls_of(reply))
    ]
    content = reply.choices[0].message.content or ""
    return {"role": "assistant", "content": content, "tool_calls": made}


def result_of(call: Any) -> dict[str, Any]:
    return {"role": "tool", "name": call.function.name, "tool_call_id": call.id}


def count_reasoning(azure: Azure) -> list[int]:
    inputs = (body["input"] for body in azure.bodies())
    return [sum(item.get("type") == "reasoning" for item in items) for items in inputs]


@both_ways
def test_a_reply(any_client: OpenAI, answer: Answer, azure: Azure) -> None:
    reply = answer(any_client, ask("[[say Grüezi, 世界 🌍!]]"))

    assert text_of(reply) == "Grüezi, 世界 🌍!"
    assert (reply.model, reply.choices[0].finish_reason) == ("gpt-high", "stop")
    assert len(azure.requests()) == 1


@both_ways
def test_shown_reasoning(client: OpenAI, answer: Answer, azure: Azure) -> None:
    reply = answer(client, ask("[[think First.||Then.]] [[say Yes.]]"))

    message = reply.choices[0].message
    assert message.content == f"{OPENING}First.\n\nThen.{CLOSING}Yes."
    assert message.model_extra["reasoning_content"] == "First.\n\nThen."
    assert azure.bodies()[0]["reasoning"] == {"effort": "high", "summary": "auto"}


@pytest.mark.parametrize(
    ("model", "effort"),
    [("gpt-high", "high"), ("gpt-minimal", "low"), ("GPT-Low-fast", "low"), ("other", "medium")],
)
def test_the_model_id_is_the_effort(client: OpenAI, model: str, effort: str, azure: Azure) -> None:
    reply = create(client, ask("Hello", model=model))

    assert reply.model == model
    (body,) = azure.bodies()
    assert (body["model"], body["reasoning"]["effort"]) == ("gpt-5.4", effort)


def test_the_models(client: OpenAI, azure: Azure) -> None:
    ids = [model.id for model in client.models.list()]

    assert ids == ["gpt-high", "gpt-medium", "gpt-low", "gpt-minimal"]
    assert client.models.retrieve("gpt-high").id == "gpt-high"
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("openai/gpt-3")
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.files.list()
    assert azure.requests() == []


def test_usage_when_asked(any_client: OpenAI) -> None:
    asked = stream(any_client, ask("Hello", stream_options={"include_usage": True}))
    unasked = stream(any_client, ask("Hello"))

    assert asked.usage.total_tokens == asked.usage.prompt_tokens + asked.usage.completion_tokens > 0
    assert unasked.usage is None


def test_async(app: App, azure: Azure) -> None:
    async def answer_all() -> tuple[Any, Any]:
        async with AsyncOpenAI(**options(app)) as client:
            return await asyncio.gather(
                client.chat.completions.create(**ask("[[say in one piece]]")),
                _stream_async(client, ask("[[say streamed]]")),
            )

    whole, streamed = asyncio.run(answer_all())

    assert (text_of(whole), text_of(streamed)) == ("in one piece", "streamed")
    assert len(azure.requests()) == 2


async def _stream_async(client: AsyncOpenAI, request: dict[str, Any]) -> Any:
    async with client.chat.completions.stream(**request) as events:
        return await events.get_final_completion()


@both_ways
def test_parallel_calls(any_client: OpenAI, answer: Answer) -> None:
    replies = converse(any_client, answer, ask(TWO_ROUNDS, tools=[WEATHER]))

    names = [[call.function.arguments for call in calls_of(reply)] for reply in replies]
    assert [len(arguments) for arguments in names] == [2, 1, 0]
    assert len({call.id for reply in replies for call in calls_of(reply)}) == 3
    assert text_of(replies[1]) == "Now Rome."
    assert text_of(replies[-1]) == "Sunny everywhere."


def test_one_call_at_a_time_when_asked(any_client: OpenAI, azure: Azure) -> None:
    replies = converse(
        any_client, create, ask(TWO_ROUNDS, tools=[WEATHER], parallel_tool_calls=False)
    )

    assert [len(calls_of(reply)) for reply in replies] == [1, 1, 1, 0]
    assert [body["parallel_tool_calls"] for body in azure.bodies()] == [False] * 4


@pytest.mark.parametrize(
    "choice", [{"type": "function", "function": {"name": "weather"}}, "required", {"type": "any"}]
)
def test_a_forced_tool(any_client: OpenAI, choice: Any) -> None:
    reply = create(any_client, ask("Hello", tools=[WEATHER], tool_choice=choice))

    assert [call.function.name for call in calls_of(reply)] == ["weather"]


def test_images(any_client: OpenAI, azure: Azure) -> None:
    data = base64.b64encode(make_png()).decode()
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    reply = create(any_client, ask([{"type": "text", "text": "[[say I see.]]"}, image]))

    assert text_of(reply) == "I see."
    assert data in str(azure.bodies()[0])


class City(BaseModel):
    name: str
    inhabitants: int


def test_structured_output(client: OpenAI, azure: Azure) -> None:
    """Without a script the simulator answers with a sample of the schema it was sent."""
    reply = client.chat.completions.parse(response_format=City, **ask("Name a city."))

    assert isinstance(reply.choices[0].message.parsed, City)
    assert len(azure.requests()) == 1


@both_ways
def test_any_json_object(any_client: OpenAI, answer: Answer, azure: Azure) -> None:
    reply = answer(any_client, ask("Name a city.", response_format={"type": "json_object"}))

    assert isinstance(json.loads(reply.choices[0].message.content), dict)
    assert len(azure.requests()) == 1


@both_ways
def test_stop(any_client: OpenAI, answer: Answer) -> None:
    reply = answer(any_client, ask("[[say one two three]]", stop=["zwei", " two"]))

    assert (text_of(reply), reply.choices[0].finish_reason) == ("one", "stop")


@both_ways
def test_only_system_messages(any_client: OpenAI, answer: Answer) -> None:
    messages = [{"role": "system", "content": "[[say Hello.]]"}]
    reply = answer(any_client, {"model": "gpt-high", "messages": messages})

    assert reply.choices[0].finish_reason == "stop"


PATCH = {
    "type": "custom",
    "name": "ApplyPatch",
    "description": "Edits files.",
    "format": {"type": "grammar", "syntax": "regex", "definition": "[\\s\\S]+"},
}
UNKNOWN = ({"type": "file_search", "vector_store_ids": ["vs_1"]}, {"type": "local_shell"})


@both_ways
def test_free_text_on_chat_completions(chat_client: OpenAI, answer: Answer, azure: Azure) -> None:
    patch = '*** Begin Patch\n+x = "é"\n*** End Patch'
    request = ask(f"[[call ApplyPatch {patch}]] [[next]] [[say Done.]]", tools=[PATCH, *UNKNOWN])
    replies = converse(chat_client, answer, request)

    (call,) = calls_of(replies[0])
    assert (call.function.name, call.function.arguments) == ("ApplyPatch", patch)
    *_, last = azure.bodies()
    assert last["tools"][0]["custom"]["format"]["grammar"]["syntax"] == "regex"
    assert last["messages"][-2]["tool_calls"][0]["custom"]["input"] == patch


@both_ways
def test_a_call_without_arguments(any_client: OpenAI, answer: Answer) -> None:
    now = {"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}
    first, *_ = converse(any_client, answer, ask("[[call now {}]] [[next]]", tools=[now]))

    assert [call.function.arguments for call in calls_of(first)] == ["{}"]


@pytest.mark.parametrize(
    ("name", "value"), [("n", 2), ("logprobs", True), ("functions", [{"name": "f"}])]
)
def test_what_is_not_done_is_refused_by_name(
    any_client: OpenAI, name: str, value: Any, azure: Azure
) -> None:
    with pytest.raises(openai.BadRequestError, match=f"{name}: not supported"):
        create(any_client, ask("Hello", **{name: value}))
    assert azure.requests() == []


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        ("[[long 400]]", "length"),
        ("[[say This is filtered]] [[stop content_filter]]", "content_filter"),
        ("[[refuse I cannot help with that.]]", "stop"),
    ],
)
@both_ways
def test_other_ends(any_client: OpenAI, answer: Answer, prompt: str, reason: str) -> None:
    reply = answer(any_client, ask(prompt, max_completion_tokens=400))

    assert reply.choices[0].finish_reason == reason
    assert text_of(reply)


# --- the Verify button ------------------------------------------------------

HI = [{"role": "system", "content": "You are a test."}, {"role": "user", "content": "Say hi."}]
VERIFYING: list[dict[str, Any]] = [
    {"model": "gpt-4", "messages": HI},
    {"model": "x", "messages": HI, "temperature": 1, "top_p": 1, "n": 1, "max_tokens": 10}
    | {"stream": False},
]


@pytest.mark.parametrize("body", VERIFYING)
@pytest.mark.parametrize("path", ["chat/completions", "v1/chat/completions"])
def test_the_verify_button(app: App, body: dict[str, Any], path: str, azure: Azure) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    reply = httpx.post(f"{app.url}/cursor/{path}", json=body, headers=headers)

    assert reply.status_code == 200
    completion = reply.json()
    assert (completion["object"], completion["model"]) == ("chat.completion", body["model"])
    assert len(azure.requests()) == 1


def test_a_raw_client_reads_every_byte(app: App) -> None:
    body = ask("[[think Hm.]] [[say one two]] " + TWO_ROUNDS, stream=True, tools=[WEATHER])
    headers = {"authorization": f"Bearer {TOKEN}"}
    received = b""
    url = f"{app.url}/cursor/chat/completions"
    with httpx.stream("POST", url, json=body, headers=headers) as reply:
        for piece in reply.iter_raw():
            received += piece

    completion = chat_grammar.read_stream(received)
    (choice,) = completion["choices"]
    assert choice["message"]["content"] == f"{OPENING}Hm.{CLOSING}one two"
    assert len(choice["message"]["tool_calls"]) == 2
    assert reply.is_closed


# --- errors -----------------------------------------------------------------


@both_ways
def test_a_wrong_key(app: App, answer: Answer, azure: Azure) -> None:
    with (
        connect(app, api_key="wrong") as client,
        pytest.raises(openai.AuthenticationError, match="ANTHROPIC_AUTH_TOKEN") as caught,
    ):
        answer(client, ask("Hello"))

    assert (caught.value.status_code, caught.value.code) == (401, "invalid_api_key")
    assert azure.requests() == []


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("deployment_not_found", "answered 404: .* CURSOR_AZURE_DEPLOYMENT"),
        ("key_invalid", "answered 401: .* AZURE_OPENAI_API_KEY"),
        ("key_auth_disabled", "answered 403: "),
        ("no_quota", "answered 429: .* retry after 86400 s"),
        ("context_length_exceeded", "answered 400: .*context"),
        ("prompt_filtered", "answered 400: .*content management policy"),
    ],
)
@both_ways
def test_errors_that_stay(
    any_client: OpenAI, answer: Answer, fault: str, message: str, azure: Azure
) -> None:
    with pytest.raises(openai.BadRequestError, match=f"Azure OpenAI {message}") as caught:
        answer(any_client, ask(f"[[error {fault}]]"))

    assert caught.value.type == "invalid_request_error"
    assert len(azure.requests()) == 1


@pytest.mark.parametrize("fault", ["rate_limit_short", "server_error"])
@both_ways
def test_what_passes_is_tried_again(
    client: OpenAI, answer: Answer, fault: str, azure: Azure
) -> None:
    prompt = f"{answer.__name__}: [[error {fault} times=1]] [[say At last.]]"
    reply = answer(client, ask(prompt))

    assert text_of(reply) == "At last."
    assert len(azure.requests()) == 2


def test_the_last_attempt_decides(client: OpenAI, azure: Azure) -> None:
    azure.fail_next("server_error")
    azure.fail_next("key_invalid")
    with pytest.raises(openai.BadRequestError, match="Azure OpenAI answered 401"):
        create(client, ask("Hello"))

    assert [sent["fault"] for sent in azure.requests()] == ["server_error", "key_invalid"]


@pytest.mark.parametrize("fault", ["flat_error", "error_then_failed", "truncated"])
def test_an_error_in_the_middle_is_text(any_client: OpenAI, fault: str) -> None:
    reply = stream(any_client, ask(f"[[slow 0.01]] [[long 40]] [[error {fault} after=20]]"))

    assert "\n\nAzure OpenAI " in text_of(reply)
    assert reply.choices[0].finish_reason == "stop"
