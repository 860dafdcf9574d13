"""What a refusal is about."""

from typing import get_args

import pytest

from proxy_core.errors import Subject, UpstreamError
from proxy_core.openai.errors import read_error_body, read_error_event
from proxy_core.openai.subject import tell_subject

IMAGES = [
    "The image data you provided does not represent a valid image.",
    "Invalid 'input[0].content[0].image_url'. Expected a base64-encoded data URL.",
    "Invalid 'messages[3].content[1].image_url.url'. Unsupported image.",
    "Exceeded maximum number of images (50) allowed in the request.",
    "You uploaded an unsupported image. Please make sure your image is valid.",
    "Invalid content type. image_url is only supported by certain models.",
    "At most 5 image(s) may be provided in one request.",
    "Image input is not enabled for this model",
    "Total size of images exceeds the limit",
    "Failed to download image from the URL",
    "Qwen3 is not a multimodal model",
    "This model does not support vision.",
    "Failed to deserialize the JSON body into the target type: messages[0]: unknown variant "
    "`image_url`, expected `text`",
    "Invalid value: 'image_url'. Supported values are: 'text' and 'refusal'.",
    "Invalid value: 'input_image'. Supported values are: 'output_text' and 'refusal'.",
    "Content type 'image_url' is not supported",
    "'image_url' is not supported by this model",
    "Unsupported MIME type: image/svg+xml",
    "Timeout while downloading https://example.com/a.png.",
    "Non-text input (image) is not supported",
]
DOCUMENTS = [
    "Invalid file data: 'input[0].content[1].file_data'. Expected a base64-encoded data URL.",
    "The PDF is protected by a password.",
    "This model does not support file content types.",
    "The document could not be read",
    "Invalid Value: 'file'. This model does not support file content types.",
    "Invalid value: 'input_file'. Supported values are: 'input_text' and 'input_image'.",
    "Unsupported MIME type: application/pdf",
]
FILTERED = [
    "Invalid prompt: we've limited access to this content for safety reasons.",
    "Invalid prompt: we\u2019ve limited access to this content for safety reasons.",
    "The response was filtered due to the prompt triggering Azure OpenAI's content management.",
    "Your request was rejected as a result of our safety system.",
    "Content Exists Risk",
    "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
    "This request has been flagged for cybersecurity risk.",
]
OTHERS = [
    "Unsupported parameter: 'image' is not supported with this model.",
    "Invalid schema for function 'read_file': no images",
    "Unknown tool: image",
    "image_generation is not available",
    "The tool image-edit is not supported",
    "Function names must be unique and get-file is there twice",
    "Invalid value: 'file_search'. Supported values are: 'function'.",
    "Unsupported media type: application/json",
    "No.",
]


def refusal(message: str = "No.", code: str = "", param: str = "") -> UpstreamError:
    return UpstreamError(message, status=400, code=code, param=param)


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        *(("image", message) for message in IMAGES),
        *(("document", message) for message in DOCUMENTS),
        *(("filter", message) for message in FILTERED),
        *(("", message) for message in OTHERS),
        ("overflow", "Your input exceeds the context window of this model."),
    ],
)
def test_by_its_words(subject: Subject, message: str) -> None:
    assert tell_subject(refusal(message)) == subject


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ("image", "invalid_image_format"),
        ("image", "image_parse_error"),
        ("image", "image_content_policy_violation"),  # the image can be left out
        ("document", "invalid_file_data"),
        ("document", "pdf_too_large"),
        ("filter", "content_filter"),
        ("filter", "bio_policy"),
        ("filter", "misalignment_policy_violation"),
        ("filter", "moderation_blocked"),
        ("filter", "data_inspection_failed"),
        ("filter", "DataInspectionFailed"),
        ("overflow", "context_length_exceeded"),
        ("", "invalid_value"),
        ("", "profile_unknown"),
    ],
)
def test_by_its_code(subject: Subject, code: str) -> None:
    assert tell_subject(refusal(code=code)) == subject


@pytest.mark.parametrize(
    ("subject", "param"),
    [
        ("image", "input[0].content[0].image_url"),
        ("image", "messages[0].content[1].image_url.url"),
        ("document", "input[0].content[1].file_data"),
        ("document", "input[2].output[0].file_url"),
        ("", "tools[0].parameters"),
        ("", "tools[0].name"),
    ],
)
def test_by_the_part_that_is_refused(subject: Subject, param: str) -> None:
    assert tell_subject(refusal(param=param)) == subject


@pytest.mark.parametrize(
    ("param", "message"),
    [
        ("tools[0].function.parameters.properties.image", "Invalid schema."),
        ("tools[2].type", "Invalid value: 'image'. Supported values are: 'function'."),
        ("tools[0].file", "No."),
        ("text.format.schema.properties.image_url", "Invalid schema."),
        ("response_format.json_schema.schema.properties.file", "Invalid schema."),
        ("tool_choice", "The file is not among the tools."),
    ],
)
def test_what_is_declared_is_no_content(param: str, message: str) -> None:
    assert tell_subject(refusal(message, param=param)) == ""


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_a_failure_is_about_nothing(status: int) -> None:
    assert tell_subject(UpstreamError(IMAGES[0], status=status, code="content_filter")) == ""


def test_bodies_and_events_alike() -> None:
    body = b'{"error":{"message":"No.","code":"image_parse_error"}}'
    event = {"error": {"message": "No.", "code": "image_parse_error"}}
    assert read_error_body(400, {}, body).about == read_error_event(event).about == "image"


def test_all_are_known() -> None:
    assert {*get_args(Subject)} == {"", "overflow", "image", "document", "filter", "setting"}
