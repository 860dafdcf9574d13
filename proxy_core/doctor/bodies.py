"""What the doctor asks, as Claude Code would: bodies of Anthropic's Messages API.

https://docs.anthropic.com/en/api/messages

So each of them goes the whole way of a client's request, and can be kept as a golden exchange.
They are the same in each run, short, and about nothing.
"""

from collections.abc import Sequence
from typing import Any

from proxy_core.conversation import Effort

Body = dict[str, Any]

LEAST = 16  # tokens; the Responses API refuses to be asked for fewer
ENOUGH = 400  # for a word or a call, and the little thought before it
TO_THINK = 1_500

PLACE = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
WEATHER = {"name": "get_weather", "description": "The weather in a city.", "input_schema": PLACE}
TIME = {"name": "get_time", "description": "The time in a city.", "input_schema": PLACE}
ASKED_FOR = ("city", "country")
ANSWER = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ASKED_FOR},
    "required": [*ASKED_FOR],
    "additionalProperties": False,
}
PUZZLE = (
    "A snail climbs 3 metres a day and slips back 2 metres a night. On which day does it reach "
    "the top of a wall of 5 metres? Answer with the number alone."
)
# a red square of 64 pixels
RED = (
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAT0lEQVR42u3PQQkAAAgEsAtx/ZMZxgi+hcEKLNO+"
    "FgEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQGBywKqxUDxqh7TUQAAAABJ"
    "RU5ErkJggg=="
)
# more than the 1,024 tokens from which on Azure keeps a prompt
LONG_PROMPT = "\n".join(
    f"Rule {number}: whoever asks for item {number} of the list is told to wait for a moment."
    for number in range(1, 101)
)


def say(
    model: str,
    text: str,
    *,
    effort: Effort = "low",
    limit: int = ENOUGH,
    shown: bool = False,
    **more: Any,
) -> Body:
    """One turn. Azure counts reasoning in, so the limit holds for all that is paid."""
    display = {} if shown else {"display": "omitted"}
    config = {"effort": effort, **more.pop("output_config", {})}
    return {
        "model": model,
        "max_tokens": limit,
        "thinking": {"type": "adaptive", **display},
        "output_config": config,
        "messages": [{"role": "user", "content": text}],
        "stream": True,
        **more,
    }


def small(model: str, effort: Effort) -> Body:
    return say(model, "Say OK.", effort=effort, limit=LEAST)


def counting(model: str) -> Body:
    return say(model, "Count from 1 to 20.")


def one_call(model: str) -> Body:
    choice = {"type": "tool", "name": "get_weather"}
    return say(model, "What is the weather in Oslo?", tools=[WEATHER], tool_choice=choice)


def two_calls(model: str) -> Body:
    text = "Use get_weather and get_time, both for Oslo and both at once."
    return say(model, text, tools=[WEATHER, TIME], tool_choice={"type": "any"})


def puzzle(model: str, *, shown: bool = False) -> Body:
    return say(model, PUZZLE, effort="medium", limit=TO_THINK, shown=shown)


def puzzle_continued(model: str, reply: Sequence[Body]) -> Body:
    """With the reply as a client sends it back."""
    body = puzzle(model)
    following = [
        {"role": "assistant", "content": [*reply]},
        {"role": "user", "content": "And a wall of 6 metres?"},
    ]
    return {**body, "messages": [*body["messages"], *following]}


def picture(model: str) -> Body:
    source = {"type": "base64", "media_type": "image/png", "data": RED}
    content = [
        {"type": "image", "source": source},
        {"type": "text", "text": "Which colour is this? One word."},
    ]
    return {**say(model, ""), "messages": [{"role": "user", "content": content}]}


def structured(model: str) -> Body:
    format = {"type": "json_schema", "schema": ANSWER}
    return say(model, "What is the capital of Norway?", output_config={"format": format})


def long_prompt(model: str) -> Body:
    return say(model, "Say OK.", system=LONG_PROMPT)
