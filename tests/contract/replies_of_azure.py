"""What Azure answers, as far as anybody reads it: whole replies, events, chunks and error bodies.

https://platform.openai.com/docs/api-reference/responses/object
https://platform.openai.com/docs/api-reference/responses-streaming
https://platform.openai.com/docs/api-reference/chat-streaming
https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-streaming

Azure differs from OpenAI's pages: `error` events nest their error, `keepalive` is on none of them,
filters come in chunks of their own, and errors have three forms.
"""

from tests.contract.shapes import (
    ANY,
    COUNT,
    FILLED,
    NUMBER,
    OBJECT,
    TEXT,
    Shape,
    either,
    many,
    maybe,
    one_of,
    open,
)

# --- Responses --------------------------------------------------------------

STATUS = one_of("in_progress", "completed", "incomplete", "failed", "searching", "generating")
CITATION = open(
    type=one_of("url_citation"), url=TEXT, title=TEXT, start_index=COUNT, end_index=COUNT
)
OTHER_ANNOTATION = open(
    type=one_of("file_citation", "container_file_citation", "file_path"), file_id=TEXT
)
ANNOTATION = either(CITATION, OTHER_ANNOTATION)
OUTPUT_TEXT = open(type=one_of("output_text"), text=TEXT, annotations=many(ANNOTATION))
PART = either(
    OUTPUT_TEXT,
    open(type=one_of("refusal"), refusal=TEXT),
    open(type=one_of("reasoning_text"), text=TEXT),
)
SUMMARY_PART = open(type=one_of("summary_text"), text=TEXT)
ACTION = either(
    open(
        {"query": maybe(TEXT), "queries": maybe(many(TEXT)), "sources": maybe(many(OBJECT))},
        type=one_of("search"),
    ),
    open({"url": maybe(TEXT)}, type=one_of("open_page")),
    open({"url": maybe(TEXT), "pattern": maybe(TEXT)}, type=one_of("find", "find_in_page")),
)
ITEM = either(
    open(
        {"phase": maybe(one_of("commentary", "final_answer"))},
        type=one_of("message"),
        id=FILLED,
        role=one_of("assistant"),
        status=STATUS,
        content=many(PART),
    ),
    open(
        {"encrypted_content": maybe(TEXT), "content": maybe(many(PART)), "status": maybe(STATUS)},
        type=one_of("reasoning"),
        id=FILLED,
        summary=many(SUMMARY_PART),
    ),
    open(
        {"id": TEXT, "status": STATUS},
        type=one_of("function_call"),
        call_id=FILLED,
        name=FILLED,
        arguments=TEXT,
    ),
    open(
        {"id": TEXT, "status": STATUS},
        type=one_of("custom_tool_call"),
        call_id=FILLED,
        name=FILLED,
        input=TEXT,
    ),
    open({"action": maybe(ACTION)}, type=one_of("web_search_call"), id=FILLED, status=STATUS),
    open(  # of tools that run on Azure, and that the proxy does not offer
        type=one_of("code_interpreter_call", "file_search_call", "image_generation_call"),
        id=FILLED,
        status=STATUS,
    ),
)
USAGE = open(
    input_tokens=COUNT,
    input_tokens_details=open({"cache_write_tokens": COUNT}, cached_tokens=COUNT),
    output_tokens=COUNT,
    output_tokens_details=open(reasoning_tokens=COUNT),
    total_tokens=COUNT,
)
ERROR = open({"code": maybe(either(TEXT, COUNT))}, message=TEXT)
RESPONSE = open(
    {
        "usage": maybe(USAGE),
        "content_filters": maybe(many(OBJECT)),
        "max_output_tokens": maybe(COUNT),
        "instructions": ANY,
    },
    id=FILLED,
    object=one_of("response"),
    created_at=NUMBER,
    status=one_of("queued", "in_progress", "completed", "incomplete", "failed", "cancelled"),
    model=TEXT,
    output=many(ITEM),
    error=maybe(ERROR),
    incomplete_details=maybe(open(reason=one_of("max_output_tokens", "content_filter"))),
    parallel_tool_calls={"type": "boolean"},
    tool_choice=either(TEXT, OBJECT),
    tools=many(OBJECT),
)

OF_ITEM: dict[str, Shape] = {"output_index": COUNT, "item_id": FILLED}
OF_PART: dict[str, Shape] = {**OF_ITEM, "content_index": COUNT}
OF_SUMMARY: dict[str, Shape] = {**OF_ITEM, "summary_index": COUNT}
_OWN_TOOLS = {
    "web_search_call": ("in_progress", "searching", "completed"),
    "file_search_call": ("in_progress", "searching", "completed"),
    "code_interpreter_call": ("in_progress", "interpreting", "completed"),
    "image_generation_call": ("in_progress", "generating", "completed"),
}
_FIELDS: dict[str, dict[str, Shape]] = {
    **{
        f"response.{state}": {"response": RESPONSE}
        for state in ("created", "queued", "in_progress", "completed", "incomplete", "failed")
    },
    **{
        f"response.output_item.{end}": {"output_index": COUNT, "item": ITEM}
        for end in ("added", "done")
    },
    **{f"response.content_part.{end}": {**OF_PART, "part": PART} for end in ("added", "done")},
    "response.output_text.delta": {**OF_PART, "delta": TEXT},
    "response.output_text.done": {**OF_PART, "text": TEXT},
    "response.output_text.annotation.added": {
        **OF_PART,
        "annotation_index": COUNT,
        "annotation": ANNOTATION,
    },
    "response.refusal.delta": {**OF_PART, "delta": TEXT},
    "response.refusal.done": {**OF_PART, "refusal": TEXT},
    "response.reasoning_text.delta": {**OF_PART, "delta": TEXT},
    "response.reasoning_text.done": {**OF_PART, "text": TEXT},
    "response.function_call_arguments.delta": {**OF_ITEM, "delta": TEXT},
    "response.function_call_arguments.done": {**OF_ITEM, "arguments": TEXT},
    "response.custom_tool_call_input.delta": {**OF_ITEM, "delta": TEXT},
    "response.custom_tool_call_input.done": {**OF_ITEM, "input": TEXT},
    **{
        f"response.reasoning_summary_part.{end}": {**OF_SUMMARY, "part": SUMMARY_PART}
        for end in ("added", "done")
    },
    "response.reasoning_summary_text.delta": {**OF_SUMMARY, "delta": TEXT},
    "response.reasoning_summary_text.done": {**OF_SUMMARY, "text": TEXT},
    **{
        f"response.{tool}.{state}": OF_ITEM
        for tool, states in _OWN_TOOLS.items()
        for state in states
    },
    "response.code_interpreter_call_code.delta": {**OF_ITEM, "delta": TEXT},
    "response.code_interpreter_call_code.done": {**OF_ITEM, "code": TEXT},
    "keepalive": {},
}
EVENTS: dict[str, Shape] = {
    **{
        type: open(type=one_of(type), sequence_number=COUNT, **fields)
        for type, fields in _FIELDS.items()
    },
    "error": either(
        open(type=one_of("error"), sequence_number=COUNT, code=maybe(TEXT), message=TEXT),
        open(type=one_of("error"), sequence_number=COUNT, error=ERROR),
    ),
}

# --- Chat Completions -------------------------------------------------------

# Pieces of custom calls are in no schema (openai/openai-openapi#576), but they come.
CALL_PIECE = open(
    {
        "id": maybe(TEXT),
        "type": maybe(one_of("function", "custom")),
        "function": open({"name": maybe(TEXT), "arguments": maybe(TEXT)}),
        "custom": open({"name": maybe(TEXT), "input": maybe(TEXT)}),
    },
    index=COUNT,
)
DELTA = open(
    {
        "role": maybe(one_of("assistant")),
        "content": maybe(TEXT),
        "refusal": maybe(TEXT),
        "reasoning_content": maybe(TEXT),
        "tool_calls": maybe(many(CALL_PIECE)),
    }
)
FINISH = one_of("stop", "length", "tool_calls", "content_filter")
CHAT_USAGE = open(
    {
        "prompt_tokens_details": maybe(open({"cached_tokens": maybe(COUNT)})),
        "completion_tokens_details": maybe(open({"reasoning_tokens": maybe(COUNT)})),
    },
    prompt_tokens=COUNT,
    completion_tokens=COUNT,
    total_tokens=COUNT,
)
CHUNK = either(
    open(
        {"usage": maybe(CHAT_USAGE), "system_fingerprint": maybe(TEXT)},
        id=FILLED,
        object=one_of("chat.completion.chunk"),
        created=NUMBER,
        model=TEXT,
        choices=many(open({"finish_reason": maybe(FINISH)}, index=COUNT, delta=DELTA)),
    ),
    open(choices=many(OBJECT, 0, 0), prompt_filter_results=many(OBJECT)),
    open(  # of a filter that runs beside the reply: a choice without a delta
        choices=many(
            open({"finish_reason": maybe(FINISH)}, index=COUNT, content_filter_offsets=OBJECT),
            1,
        )
    ),
    open(error=ERROR),
)

# --- errors -----------------------------------------------------------------

ERROR_BODY = either(
    open(
        error=open(
            {"code": maybe(either(TEXT, COUNT)), "type": maybe(TEXT), "param": maybe(TEXT)},
            message=TEXT,
        )
    ),
    open(error=FILLED),
    open(statusCode=COUNT, message=TEXT),
    open(detail=ANY),
)
