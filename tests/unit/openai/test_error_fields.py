"""One refusal in every shape in which gateways hand it on, and what only looks like one."""

import json
from typing import Any

import pytest

from proxy_core.deployments.lesson import NO_LESSON, Lesson
from proxy_core.deployments.refusals import TEACHING, read_lesson
from proxy_core.errors import UpstreamError
from proxy_core.openai.error_fields import MOST_NESTED, read_fields
from proxy_core.openai.errors import read_error_body, read_error_event, refuses_reasoning

MORE = {"msg": "Extra inputs are not permitted", "input": True}
PROBLEM: dict[str, Any] = {
    "type": "extra_forbidden",
    "loc": ["body", "stream_options", "include_usage"],
    **MORE,
}
DETAIL = {"detail": [PROBLEM]}
PRINTED = repr(DETAIL)
AS_TUPLE = repr([{**PROBLEM, "loc": ("body", "stream_options")}])
OLD = [{**PROBLEM, "type": "value_error.extra", "msg": "extra fields not permitted"}]
POINTER = "Validation error at #/stream_options: Extra inputs are not permitted"
LITELLM = "litellm.BadRequestError: Azure_aiException - "
GROUP = ". Received Model Group=mistral-small\nAvailable Model Group Fallbacks=None"

SHAPES: dict[str, Any] = {
    "bare": DETAIL,
    "a list": [PROBLEM],
    "pydantic 1": {"detail": OLD},
    "in an error": {"error": DETAIL},
    "as the message": {"object": "error", "message": DETAIL, "type": "invalid_request_error"},
    "as a list and as a message": {
        "object": "Error",
        "detail": [PROBLEM],
        "message": [PROBLEM],
        "code": 3001,
    },
    "JSON in the message": {
        "error": {"code": "Invalid input", "status": 422, "message": json.dumps(DETAIL)}
    },
    "JSON as the error": {"error": json.dumps(DETAIL)},
    "JSON in JSON": {"error": {"message": json.dumps({"error": {"message": json.dumps(DETAIL)}})}},
    "a JSON string": json.dumps(DETAIL),
    "a JSON string in another": json.dumps(json.dumps(DETAIL)),
    "Python in the message": {
        "object": "error",
        "message": AS_TUPLE,
        "type": "BadRequestError",
        "param": None,
        "code": 400,
    },
    "Python behind a gateway's words": {
        "error": {"message": f"OpenAIException - Error code: 422 - {PRINTED}", "code": 422}
    },
    "its bytes behind a gateway's words": {
        "error": {
            "message": "litellm.BadRequestError: GeminiException BadRequestError - "
            f"{json.dumps(DETAIL | {'title': 'é'}, indent=2, ensure_ascii=False).encode()!r}",
            "code": 400,
        }
    },
    "JSON between a gateway's words": {
        "error": {
            "message": f"{LITELLM}{json.dumps({'error': DETAIL}, indent=2)}{GROUP}",
            "type": None,
            "param": None,
            "code": "400",
        }
    },
    "of several": {
        "error": {"message": f"2 validation errors:\n  {PROBLEM}\n  {PROBLEM}\n\n  File"}
    },
    "a pointer": {"error": {"requestid": "x", "code": 400, "message": POINTER}},
    "two pointers": {"error": {"message": f"{POINTER}\nValidation error at #/store: Extra"}},
}
BODIES = {name: json.dumps(shape).encode() for name, shape in SHAPES.items()}
BODIES["Python alone"] = PRINTED.encode()
BODIES["a Python list alone"] = AS_TUPLE.encode()

every_body = pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)


@every_body
@pytest.mark.parametrize("status", sorted(TEACHING))
def test_one_refusal_in_every_shape(body: bytes, status: int) -> None:
    error = read_error_body(status, {}, body)
    assert read_lesson(error, "chat") == Lesson(dropped=frozenset({"stream_options"}))
    assert error.code == "extra_forbidden"
    assert error.message.lower().count("not permitted") in (1, 2)
    assert "stream_options" in error.message
    assert "True" not in error.message


@pytest.mark.parametrize(
    "shape", [shape for shape in SHAPES.values() if isinstance(shape, dict)], ids=str
)
def test_inside_a_stream_as_well(shape: dict[str, Any]) -> None:
    assert read_error_event({"type": "error", **shape}).param.startswith("stream_options")


WORDS = "The encrypted content gAAA...OA== could not be verified."
INNER = {"error": {"message": WORDS, "type": "x", "param": None, "code": None}}


@pytest.mark.parametrize(
    "message",
    [
        f"litellm.BadRequestError: OpenAIException - {json.dumps(INNER, indent=2)}{GROUP}",
        f"litellm.BadRequestError: AzureException BadRequestError - {WORDS}{GROUP}",
        f"litellm.InternalServerError: litellm.BadRequestError: AzureException - {WORDS}",
        f"litellm.BadRequestError: ContextWindowExceededError: AzureException - {WORDS}",
        f"Error code: 400 - {INNER}",
        f"<400> InternalError.Algo.InvalidParameter: {WORDS}",
        json.dumps(INNER),
        str(INNER),
    ],
)
def test_azures_words_are_found_behind_those_of_a_gateway(message: str) -> None:
    body = json.dumps({"error": {"message": message, "code": "400"}}).encode()
    error = read_error_body(400, {}, body)
    assert error.message == WORDS
    assert error.code == "400"  # the inner one has none
    assert refuses_reasoning(error)


def test_the_innermost_code_counts() -> None:
    inner = {"error": {"message": "No.", "code": "context_length_exceeded", "param": "input"}}
    body = {"error": {"message": json.dumps(inner), "code": "400", "param": None}}
    fields = read_fields(body)
    assert (fields["message"], fields["code"], fields["param"]) == (
        "No.",
        "context_length_exceeded",
        "input",
    )


QUOTES = [repr(DETAIL), repr([PROBLEM]), json.dumps(DETAIL), AS_TUPLE, POINTER]


@pytest.mark.parametrize("quoted", QUOTES)
@pytest.mark.parametrize(
    "saying",
    [
        "{} is not valid under any of the given schemas",
        "{} is not one of ['a', 'b']",
        "{} is not of type 'string'",
        "'{}' is not one of ['a']",
        "Invalid value: {}",
        "Invalid schema for function 'f': {}",
        "Error: {}",
        "In context=('properties', {})",
    ],
)
def test_what_a_client_wrote_is_no_refusal(quoted: str, saying: str) -> None:
    if quoted == POINTER and saying.startswith("{}"):
        quoted = f"'{quoted}'"  # text, and no object, so it is quoted
    for message in (saying.format(quoted), f"{LITELLM}{saying.format(quoted)}{GROUP}"):
        error = read_error_body(400, {}, json.dumps({"error": {"message": message}}).encode())
        assert error.param == ""
        assert read_lesson(error, "chat") == NO_LESSON


@pytest.mark.parametrize(
    "place",
    [
        ["body", "messages", 3, "assistant", "reasoning_content"],
        ["body", "tools", 0, "function", "parameters"],
        ["body", "response_format"],
        ["body", "Unsupported parameter: 'temperature'"],
        ["body", "metadata", "temperature"],
        ["body"],
        [],
    ],
)
def test_content_is_never_left_out(place: list[Any]) -> None:
    error = read_error_body(422, {}, json.dumps({"detail": [{**PROBLEM, "loc": place}]}).encode())
    assert read_lesson(error, "chat") == NO_LESSON


def test_where_the_problem_is_is_told_and_what_was_there_is_not() -> None:
    place = ["body", "messages", 3, "assistant", "reasoning_content"]
    problem = {**PROBLEM, "loc": place, "input": "the prompt"}
    error = read_error_body(422, {}, json.dumps({"detail": [problem, "And more."]}).encode())
    where = "messages[3].assistant.reasoning_content"
    assert error.message == f"{where}: Extra inputs are not permitted And more."
    assert error.param == where


def test_of_several_problems_the_first_decides() -> None:
    content = {**PROBLEM, "loc": ["body", "tools"]}
    for problems, lesson in (
        ([PROBLEM, content], Lesson(dropped=frozenset({"stream_options"}))),
        ([content, PROBLEM], NO_LESSON),
    ):
        error = read_error_body(422, {}, json.dumps({"detail": problems}).encode())
        assert read_lesson(error, "chat") == lesson


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"detail": "Not Found"}, "Not Found"),
        ({"detail": {"error": {"message": "No."}}}, "No."),
        ({"message": [{"error": {"message": "No."}}]}, "No."),
        ({"message": '{"reason": 1}'}, '{"reason": 1}'),
        ({"message": "{'a': open('x')}"}, "{'a': open('x')}"),
        ({"message": "{'a'" + ":{'a'" * 500}, "…"),
        ({"message": 7, "title": "No."}, "No."),
        ({"message": "", "title": "No."}, "No."),
        ({"message": [PROBLEM | {"loc": 7}]}, "Extra inputs are not permitted"),
        ({"code": "Client specified an invalid argument", "error": "No."}, "No."),
    ],
)
def test_other_words(body: Any, message: str) -> None:
    assert read_error_body(422, {}, json.dumps(body).encode()).message == message


def test_errors_inside_errors_end() -> None:
    body: dict[str, Any] = {"message": "No."}
    for _ in range(MOST_NESTED + 1):
        body = {"message": body}
    assert read_fields(body)["message"] == ""
    assert read_fields(body["message"])["message"] == "No."
    text = "No."
    for _ in range(MOST_NESTED + 3):
        text = json.dumps({"message": text})
    assert read_fields({"message": text})["message"].startswith('{"message"')


@pytest.mark.parametrize(
    ("printed", "param"),
    [
        (repr([{**PROBLEM, "input": 'it\'s "so"\n\\'}]), "stream_options.include_usage"),
        (
            repr([{**PROBLEM, "input": ("a", None, False, 1.5, {"b": ()})}]),
            "stream_options.include_us",
        ),
        (repr([{**PROBLEM, "loc": ("stream_options",)}]), "stream_options"),
        (repr([{**PROBLEM, "input": object}]), ""),  # no data
        (repr([{**PROBLEM, "input": b"x"}]), ""),
        (repr([PROBLEM])[:-1], ""),
        (repr([PROBLEM]).replace("'msg'", "\\'msg'"), ""),
    ],
)
def test_what_python_prints(printed: str, param: str) -> None:
    assert read_error_body(422, {}, printed.encode()).param.startswith(param)
    assert bool(read_error_body(422, {}, printed.encode()).param) == bool(param)


def test_lessons_need_a_refusal() -> None:
    error = read_error_body(401, {}, BODIES["bare"])
    assert isinstance(error, UpstreamError)
    assert read_lesson(error, "chat") == NO_LESSON
