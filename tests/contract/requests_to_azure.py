"""What may stand in a request to Azure: the part of both APIs that the proxy uses, and no more.

https://platform.openai.com/docs/api-reference/responses/create
https://platform.openai.com/docs/api-reference/chat/create
https://learn.microsoft.com/azure/ai-foundry/openai/latest

Lengths and ranges are those of Azure's refusals. A key that is not here is one that Azure refuses
for some model, or that nobody has seen it accept.
"""

from tests.contract.shapes import (
    FILLED,
    FLAG,
    OBJECT,
    TEXT,
    Shape,
    at_least,
    between,
    closed,
    either,
    many,
    maybe,
    one_of,
    text,
)

NAME = "^[a-zA-Z0-9_-]+$"
EFFORT = one_of("none", "minimal", "low", "medium", "high", "xhigh", "max")
VERBOSITY = one_of("low", "medium", "high")
CHOICE = one_of("auto", "none", "required")
SCHEMA: Shape = {"type": "object"}
MOST_TOOLS = 128
MOST_MESSAGES = 2_048

SAMPLING: dict[str, Shape] = {
    "temperature": between(0, 2),
    "top_p": between(0, 1),
    "parallel_tool_calls": FLAG,
    "prompt_cache_key": text(64),
}
GRAMMAR = {"syntax": one_of("lark", "regex"), "definition": TEXT}


def function(longest_name: int) -> dict[str, Shape]:
    return {"name": text(longest_name, NAME), "parameters": SCHEMA, "strict": FLAG}


def json_schema(**more: Shape) -> Shape:
    return closed({"description": FILLED}, name=text(64, NAME), schema=SCHEMA, strict=FLAG, **more)


# --- Responses --------------------------------------------------------------

CALL_ID = text(64)
LONGEST_NAME = 128

INPUT_PART = either(
    closed(type=one_of("input_text"), text=TEXT),
    closed({"detail": one_of("auto", "low", "high")}, type=one_of("input_image"), image_url=FILLED),
    closed(type=one_of("input_file"), filename=TEXT, file_data=FILLED),
    closed({"filename": TEXT}, type=one_of("input_file"), file_url=FILLED),
)
SAID_PART = either(
    closed({"annotations": many(OBJECT)}, type=one_of("output_text"), text=TEXT),
    closed(type=one_of("refusal"), refusal=TEXT),
)
MESSAGE = closed(
    {"type": one_of("message")},
    role=one_of("user", "system", "developer"),
    content=either(TEXT, many(INPUT_PART, 1)),
)
SAID = closed(
    {"type": one_of("message"), "phase": one_of("commentary", "final_answer")},
    role=one_of("assistant"),
    content=either(TEXT, many(SAID_PART, 1)),
)
ITEM = either(
    MESSAGE,
    SAID,
    closed(
        type=one_of("function_call"),
        call_id=CALL_ID,
        name=text(LONGEST_NAME, NAME),
        arguments=TEXT,
    ),
    closed(
        type=one_of("function_call_output"),
        call_id=CALL_ID,
        output=either(TEXT, many(INPUT_PART)),
    ),
    closed(
        type=one_of("custom_tool_call"), call_id=CALL_ID, name=text(LONGEST_NAME, NAME), input=TEXT
    ),
    closed(
        type=one_of("custom_tool_call_output"),
        call_id=CALL_ID,
        output=either(TEXT, many(INPUT_PART)),
    ),
    closed(  # replayed without its status; clients that store nothing leave its id out as well
        {"id": FILLED},
        type=one_of("reasoning"),
        summary=many(closed(type=one_of("summary_text"), text=TEXT)),
        encrypted_content=FILLED,
    ),
)

WEB_SEARCH = closed(
    {
        "filters": closed(allowed_domains=many(FILLED, 1)),
        "user_location": closed(
            dict.fromkeys(("city", "region", "country", "timezone"), FILLED),
            type=one_of("approximate"),
        ),
    },
    type=one_of("web_search"),
)
TOOL = either(
    closed({"description": FILLED}, type=one_of("function"), **function(LONGEST_NAME)),
    closed(
        {
            "description": FILLED,
            "format": either(
                closed(type=one_of("text")), closed(type=one_of("grammar"), **GRAMMAR)
            ),
        },
        type=one_of("custom"),
        name=text(LONGEST_NAME, NAME),
    ),
    WEB_SEARCH,
)
TOOL_CHOICE = either(
    CHOICE,
    closed(type=one_of("function", "custom"), name=text(LONGEST_NAME, NAME)),
    closed(
        type=one_of("allowed_tools"),
        mode=one_of("auto", "required"),
        tools=many(OBJECT, 1, MOST_TOOLS),
    ),
)
FORMAT = either(
    closed(type=one_of("text")),
    closed(type=one_of("json_object")),
    json_schema(type=one_of("json_schema")),
)

RESPONSES_REQUEST = closed(
    {
        **SAMPLING,
        "instructions": TEXT,
        "tools": many(TOOL, 1, MOST_TOOLS),
        "tool_choice": TOOL_CHOICE,
        "max_tool_calls": at_least(1),
        "max_output_tokens": at_least(16),
        "reasoning": closed({"effort": EFFORT, "summary": one_of("auto", "concise", "detailed")}),
        "include": many(one_of("reasoning.encrypted_content", "web_search_call.action.sources"), 1),
        "text": closed({"format": FORMAT, "verbosity": VERBOSITY}),
    },
    model=FILLED,
    input=either(TEXT, many(ITEM, 1)),
    store=one_of(False),
    stream=one_of(True),
    stream_options=closed({"include_obfuscation": FLAG}),
)

# --- Chat Completions -------------------------------------------------------

CHAT_CALL_ID = text(40)
LONGEST_CHAT_NAME = 64

TEXT_PART = closed(type=one_of("text"), text=TEXT)
IMAGE_PART = closed(
    type=one_of("image_url"),
    image_url=closed({"detail": one_of("auto", "low", "high")}, url=FILLED),
)
CHAT_CALL = either(
    closed(
        id=CHAT_CALL_ID,
        type=one_of("function"),
        function=closed(name=text(LONGEST_CHAT_NAME, NAME), arguments=TEXT),
    ),
    closed(
        id=CHAT_CALL_ID,
        type=one_of("custom"),
        custom=closed(name=text(LONGEST_CHAT_NAME, NAME), input=TEXT),
    ),
)
CHAT_MESSAGE = either(
    closed(role=one_of("system", "developer"), content=either(TEXT, many(TEXT_PART, 1))),
    closed(role=one_of("user"), content=either(TEXT, many(either(TEXT_PART, IMAGE_PART), 1))),
    closed(role=one_of("assistant"), content=FILLED),
    closed(role=one_of("assistant"), content=maybe(FILLED), tool_calls=many(CHAT_CALL, 1)),
    closed(
        role=one_of("tool"), tool_call_id=CHAT_CALL_ID, content=either(TEXT, many(TEXT_PART, 1))
    ),
)
CHAT_TOOL = either(
    closed(
        type=one_of("function"),
        function=closed({"description": FILLED}, **function(LONGEST_CHAT_NAME)),
    ),
    closed(
        type=one_of("custom"),
        custom=closed(
            {
                "description": FILLED,
                "format": either(
                    closed(type=one_of("text")),
                    closed(type=one_of("grammar"), grammar=closed(**GRAMMAR)),
                ),
            },
            name=text(LONGEST_CHAT_NAME, NAME),
        ),
    ),
)

CHAT_REQUEST = closed(
    {
        **SAMPLING,
        "tools": many(CHAT_TOOL, 1, MOST_TOOLS),
        "tool_choice": either(
            CHOICE,
            closed(type=one_of("function"), function=closed(name=text(LONGEST_CHAT_NAME, NAME))),
            closed(type=one_of("custom"), custom=closed(name=text(LONGEST_CHAT_NAME, NAME))),
        ),
        "max_completion_tokens": at_least(1),
        "max_tokens": at_least(1),
        "reasoning_effort": EFFORT,
        "verbosity": VERBOSITY,
        "stop": either(FILLED, many(FILLED, 1, 4)),
        "response_format": either(
            closed(type=one_of("text")),
            closed(type=one_of("json_object")),
            closed(type=one_of("json_schema"), json_schema=json_schema()),
        ),
    },
    model=FILLED,
    messages=many(CHAT_MESSAGE, 1, MOST_MESSAGES),
    stream=one_of(True),
    stream_options=closed({"include_usage": FLAG}),
)
