"""The form that a reply is asked to have, in every spelling, and the word that Azure wants."""

from typing import Any

import pytest

from proxy_core.conversation import ANY_OBJECT, Image, JsonSchema, Message, Request, Text
from proxy_core.errors import BadRequest
from proxy_core.openai.output_format import (
    JSON_IS_ASKED_FOR,
    read_output_schema,
    with_json_asked_for,
)

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
DESCRIBED = {"description": "An answer.", **SCHEMA}


@pytest.mark.parametrize(
    ("format", "schema"),
    [
        (None, None),
        ({"type": "text"}, None),
        ({"type": "json_object"}, ANY_OBJECT),
        ({"type": "json_object", "schema": SCHEMA}, SCHEMA),  # some vendors'
        ({"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}, SCHEMA),
        ({"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}, SCHEMA),
        ({"type": "json_schema", "json_schema": {"name": "n"}}, ANY_OBJECT),
        (
            {"type": "json_schema", "json_schema": {"description": "An answer.", "schema": SCHEMA}},
            DESCRIBED,
        ),
        (
            {"type": "json_schema", "description": "Lost.", "schema": DESCRIBED},
            DESCRIBED,
        ),
    ],
)
def test_a_format_of_either_api(format: Any, schema: JsonSchema | None) -> None:
    assert read_output_schema({"response_format": format}) == schema
    assert read_output_schema({"text": {"format": format}}) == schema


@pytest.mark.parametrize("body", [{}, {"text": None}, {"text": "low"}, {"text": {"format": None}}])
def test_no_format(body: dict[str, Any]) -> None:
    assert read_output_schema(body) is None


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"response_format": "json"}, "response_format: Input should be a valid object"),
        ({"response_format": {}}, "response_format.type: None is not supported"),
        (
            {"response_format": {"type": "grammar"}},
            "response_format.type: 'grammar' is not supported",
        ),
        ({"text": {"format": {"type": "xml"}}}, "text.format.type: 'xml' is not supported"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": "x"}}},
            "response_format.json_schema.schema: Input should be a valid object",
        ),
    ],
)
def test_a_format_that_cannot_be_given_is_named(body: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_output_schema(body)
    assert caught.value.message == problem


def asked(*messages: Message, schema: JsonSchema | None = ANY_OBJECT) -> tuple[Message, ...]:
    request = Request("m", messages, instructions="Answer in JSON.", output_schema=schema)
    return with_json_asked_for(request).messages


SILENT = Message("user", (Image("https://example.com/json.png"), Text("List them.")))
SAYS_IT = Message("user", (Text("List them as Json."),))


def test_the_word_is_added_where_the_messages_lack_it() -> None:
    assert asked(SILENT) == (JSON_IS_ASKED_FOR, SILENT)
    assert asked(SILENT, SAYS_IT) == (SILENT, SAYS_IT)


def test_instructions_count_where_they_are_a_message() -> None:
    request = Request("m", (SILENT,), output_schema=ANY_OBJECT)
    assert with_json_asked_for(request, "Answer in JSON.") == request
    assert with_json_asked_for(request, "Be brief.") != request


@pytest.mark.parametrize("schema", [None, SCHEMA])
def test_and_for_no_other_form(schema: JsonSchema | None) -> None:
    assert asked(SILENT, schema=schema) == (SILENT,)
