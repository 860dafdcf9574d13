"""Counts against literal numbers, among them what Azure reported for recorded conversations."""

from base64 import b64encode

import pytest
from msgspec.structs import replace

from proxy_core.conversation import (
    CustomTool,
    File,
    Image,
    Message,
    Part,
    Reasoning,
    Request,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from proxy_core.o200k import count_text
from proxy_core.openai.token_count import (
    MESSAGE_TOKENS,
    PAGE_TOKENS,
    REPLY_TOKENS,
    GivenUp,
    Measure,
    count_tokens,
    measure_media,
)

CALCULATOR = Tool(
    "calculator",
    "A minimal calculator for basic arithmetic. Call it once per step.",
    {
        "type": "object",
        "properties": {
            "a": {"type": "number", "description": "First operand."},
            "b": {"type": "number", "description": "Second operand."},
            "op": {
                "type": "string",
                "enum": ["add", "subtract", "multiply", "divide"],
                "default": "add",
                "description": "Arithmetic operation to perform.",
            },
        },
        "required": ["a", "b", "op"],
        "additionalProperties": False,
    },
)
WEATHER = Tool(
    "weather",
    "",
    {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
)


def user(*parts: Part) -> Message:
    return Message("user", parts)


def step(arguments: str, result: str, *before: Part) -> tuple[Message, Message]:
    return (
        Message("assistant", (*before, ToolCall("call_1", "calculator", arguments))),
        user(ToolResult("call_1", (Text(result),))),
    )


FOO = Request(model="claude-opus-5-5", messages=(user(Text("foo")),))
EMPTY = Request(model="claude-opus-5-5", messages=())


def cost(part: Part) -> int:
    """What one more part adds to a message."""
    return count_tokens(replace(FOO, messages=(user(Text("foo"), part),))) - count_tokens(FOO)


# The prompt of the conversation that was recorded, and what Azure's usage said of each request.
SUM = (
    "Use the calculator tool to add 12 and 7, then multiply that sum by 3 then multiply by 10. "
    "Call the tool separately for each arithmetic step and only 1 tool call per step and report "
    "the final result."
)
STEPS = (
    (user(Text(SUM)),),
    step(
        '{"a":12,"b":7,"op":"add"}',
        '{"result":19}',
        Reasoning("rs_1", "x" * 1_188, (), None),
    ),
    step('{"a":19,"b":3,"op":"multiply"}', '{"result":57}'),
    step('{"a":57,"b":10,"op":"multiply"}', '{"result":570}'),
)


@pytest.mark.parametrize(("steps", "reported"), [(1, 137), (2, 237), (3, 276), (4, 315)])
def test_it_agrees_with_what_azure_reported(steps: int, reported: int) -> None:
    messages = tuple(message for messages in STEPS[:steps] for message in messages)
    counted = count_tokens(replace(EMPTY, messages=messages, tools=(CALCULATOR,)))
    assert abs(counted - reported) <= 1


def test_a_short_message() -> None:
    assert count_tokens(FOO) == REPLY_TOKENS + MESSAGE_TOKENS + 1 == 8


def test_it_is_never_zero() -> None:
    assert count_tokens(EMPTY) == REPLY_TOKENS == 3


def test_instructions_count_as_a_message() -> None:
    assert count_tokens(replace(FOO, instructions="hello world")) == 8 + MESSAGE_TOKENS + 2


def test_an_output_schema_counts() -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    assert count_tokens(replace(FOO, output_schema=schema)) == 8 + 7 + 14
    assert count_tokens(replace(FOO, output_schema={})) == 8 + 7 + 1


def test_a_tools_cost_does_not_depend_on_the_others() -> None:
    def counted(*tools: Tool) -> int:
        return count_tokens(replace(FOO, tools=tools))

    frame = counted(CALCULATOR) + counted(WEATHER) - counted(CALCULATOR, WEATHER) - counted()
    calculator = counted(WEATHER, CALCULATOR) - counted(WEATHER)
    assert frame == 17
    assert calculator == 66
    assert calculator == counted(CALCULATOR) - counted() - frame
    named = [replace(CALCULATOR, name=f"calculator_{number}") for number in range(25)]
    costs = [counted(tool) - counted() - frame for tool in named]
    assert counted(*named) == counted() + frame + sum(costs)


def test_a_custom_tool_costs_its_name_description_and_grammar() -> None:
    grammar = {"type": "grammar", "syntax": "lark", "definition": "start: patch"}

    def counted(*formats: dict[str, str] | None) -> int:
        tools = tuple(CustomTool("ApplyPatch", "Patches.", format) for format in formats)
        return count_tokens(replace(FOO, tools=(WEATHER, *tools)))

    assert counted(None) - counted() == count_text("ApplyPatch\nPatches.\nnull") == 7
    assert counted(grammar) - counted() == 22
    assert counted(grammar, grammar) - counted() == 22  # of one name only one is offered


def test_more_never_costs_less() -> None:
    counts = [
        count_tokens(replace(FOO, messages=FOO.messages * repeat, instructions="word " * repeat))
        for repeat in range(1, 20)
    ]
    assert counts == sorted(set(counts))


@pytest.mark.parametrize(
    ("part", "tokens"),
    [
        (Text("hello world"), 2),
        (Text(""), 0),
        (Text("<|endoftext|>"), 7),
        (ToolCall("c", "calculator", '{"a":19,"b":3,"op":"multiply"}'), 12 + 2 + 13),
        (ToolResult("c", (Text('{"result":57}'), Text("foo"))), 7 + 5 + 1),
        (ToolResult("c", ()), 7),
        (Reasoning("rs", "x" * 1_188, (), None), 60),
        (Reasoning("rs", "", ("a summary costs nothing",), None), 0),
    ],
)
def test_a_part(part: Part, tokens: int) -> None:
    assert cost(part) == tokens


def test_calls_and_results_are_no_part_of_the_message_around_them() -> None:
    call = Message("assistant", (ToolCall("c", "f", "{}"),))
    talking = Message("assistant", (Text("foo"), ToolCall("c", "f", "{}")))
    assert count_tokens(replace(EMPTY, messages=(call,))) == REPLY_TOKENS + 12 + 2 + 1
    assert count_tokens(replace(EMPTY, messages=(talking,))) == 8 + 12 + 2 + 1


def png(width: int, height: int) -> Image:
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return Image(f"data:image/png;base64,{b64encode(header + bytes(50_000)).decode()}")


@pytest.mark.parametrize(
    ("image", "tokens"),
    [
        (png(1, 1), 2),
        (png(32, 33), 3),
        (png(1024, 1024), 1229),
        (png(1920, 1080), 2448),
        (png(3000, 3000), 10604),  # 30 of them were measured: 318,283
        (png(3200, 3200), 12000),
        (png(8000, 6000), 12000),  # shrunk
        (png(12000, 32), 226),  # shrunk to 6,000 x 16
        (png(2**32 - 1, 1), 226),
        (Image("https://example.com/a.png"), 1920),
        (Image("data:image/heic;base64,AAAA"), 1920),
    ],
)
def test_an_image_costs_its_patches(image: Image, tokens: int) -> None:
    assert cost(image) == tokens
    assert cost(ToolResult("c", (image,))) == 7 + tokens


def pdf(data: bytes) -> str:
    return f"data:application/pdf;base64,{b64encode(data).decode()}"


@pytest.mark.parametrize(
    ("url", "pages"),
    [
        (pdf(b"%PDF-1.4 <</Type /Pages>>" + b"<</Type /Page>>" * 7), 7),
        (pdf(b"%PDF-1.7" + bytes(120_000)), 3),
        (pdf(b""), 1),
        (pdf(b"/Type /Page " * 100_000), 1_000),
        ("https://example.com/a.pdf", 5),
    ],
)
def test_a_document_costs_its_pages(url: str, pages: int) -> None:
    assert cost(File("a.pdf", url)) == count_text("a.pdf") + pages * PAGE_TOKENS


def test_pictures_and_seals_are_never_counted_as_text() -> None:
    """10 MB of base64 cost the counting of the names beside it, and no more."""
    counted: list[str] = []

    def count(text: str) -> int:
        counted.append(text)
        return 0

    data = "data:image/png;base64," + "A" * 10_000_000
    parts = (Image(data), File("a.pdf", data), Reasoning("rs", data, (), None), Text("foo"))
    measure = Measure(count, lambda url: 1)
    assert count_tokens(replace(FOO, messages=(user(*parts),)), measure) > 0
    assert counted == ["a.pdf", "foo"]


def test_each_text_is_counted_once() -> None:
    counted: list[str] = []

    def count(text: str) -> int:
        counted.append(text)
        return len(text)

    request = replace(FOO, instructions="be kind", tools=(WEATHER, CALCULATOR))
    count_tokens(request, Measure(count, lambda url: 0))
    assert len(counted) == len(set(counted)) == 5


def test_a_document_that_nobody_looks_through_has_the_pages_of_its_size() -> None:
    document = File("a.pdf", pdf(b"/Type /Page " * 100 + bytes(120_000 - 1_200)))
    messages = (user(Text("foo"), document), user(ToolResult("call", (document,))))
    media = measure_media(messages)
    assert (media.tokens, media.size) == (2 * 3 * PAGE_TOKENS, 2 * len(document.url))
    counted = count_tokens(replace(FOO, messages=(user(document),)))
    assert counted == count_text("a.pdf") + REPLY_TOKENS + MESSAGE_TOKENS + 100 * PAGE_TOKENS


@pytest.mark.parametrize("allowed", range(4))
def test_a_count_that_nobody_waits_for_stops_before_the_next_text(allowed: int) -> None:
    counted: list[str] = []

    def count(text: str) -> int:
        counted.append(text)
        return 1

    parts = (Text("a"), ToolResult("c", (File("b", pdf(b"")),)), ToolCall("c", "d", "{}"))
    request = replace(EMPTY, messages=(user(*parts),))
    with pytest.raises(GivenUp):
        count_tokens(request, Measure(count, count), stop=lambda: len(counted) >= allowed)
    assert len(counted) == allowed
