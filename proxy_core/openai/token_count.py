"""Request -> how many input tokens it will cost, without asking Azure.

Text is counted exactly (count_text). What surrounds it, and what is no text, is estimated by the
rules below; docs/decisions/0012-token-counting.md has their evidence. "Recorded" means: agrees
with the usage Azure reported for a recorded conversation of gpt-5.1-codex-max.

The count is a sum over parts, tools and messages: what a part adds does not depend on its
neighbours, so two counts can be subtracted. Nothing here does I/O but loading the vocabulary
once; a long request takes milliseconds, so call it in a thread, and let it stop when nobody waits
for it any more.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil, sqrt

import msgspec

from proxy_core.conversation import (
    AnyTool,
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
from proxy_core.o200k.remembered import RememberedCounts
from proxy_core.openai.limits import each_once
from proxy_core.openai.media_size import Size, count_pages, data_size, image_size
from proxy_core.openai.tool_declaration import declare
from proxy_core.wire.json import to_readable_json
from proxy_core.wire.known_messages import once_for_each

# --- The chat format, OpenAI cookbook "How to count tokens with tiktoken" ---

MESSAGE_TOKENS = 3 + 1  # three around a message, one for its role
REPLY_TOKENS = 3  # the opening of the assistant's reply

# --- Tools. Recorded: 137 tokens for a prompt and a tool; the rules give 137 ---

TOOLS_FRAME = "# Tools\n\n## functions\n\nnamespace functions {\n\n} // namespace functions"
SCHEMA_FRAME = "# Response Formats\n\n## output\n\n"

# A call and its result. Recorded: 39 tokens for a pair with 13 of arguments and 5 of result.
CALL_TOKENS = 12
RESULT_TOKENS = 7

# --- Replayed reasoning. Codex estimates: bytes behind the base64, less the envelope, 4 per token.
# Recorded: 1,188 characters and a summary raised the input by 61 tokens; the rule gives 60, and
# nothing for the summary ---

SEAL_ENVELOPE = 650  # bytes
BYTES_PER_TOKEN = 4

# --- Images, OpenAI "Images and vision": patches of 32 x 32 pixels, at most 10,000 of them and
# 6,000 pixels a side (detail "original"), times a factor per model. 1.2 agrees with a published
# measurement of gpt-5.5: 30 images of 3,000 x 3,000 pixels, 318,283 tokens ---

PATCH = 32
MOST_PATCHES = 10_000
LONGEST_SIDE = 6_000
TOKENS_PER_PATCH = 1.2
UNKNOWN_IMAGE: Size = (1_280, 1_280)  # for https: URLs and formats we cannot read: 1,920 tokens

# --- Documents. OpenAI reads a page's text and a picture of it and publishes no price; Anthropic's
# documentation says 1,500 to 3,000 tokens a page ---

PAGE_TOKENS = 2_000
BYTES_PER_PAGE = 50_000  # where the pages cannot be counted
UNKNOWN_PAGES = 5  # for https: URLs
MOST_PAGES = 1_000  # more than any window holds


class GivenUp(Exception):
    """The count was stopped."""


class Measure(msgspec.Struct, frozen=True):
    """How the two things are counted that take long."""

    text: Callable[[str], int]
    pages: Callable[[str], int]  # of a PDF in a data: URL; 0: not known

    def until(self, stop: Callable[[], bool]) -> "Measure":
        """The same, but it raises GivenUp once `stop` says so."""

        def stoppable(count: Callable[[str], int]) -> Callable[[str], int]:
            def counted(text: str) -> int:
                if stop():
                    raise GivenUp
                return count(text)

            return counted

        return Measure(stoppable(self.text), stoppable(self.pages))


EXACT = Measure(count_text, RememberedCounts(lambda url: count_pages(url, MOST_PAGES)))
UNREAD = Measure(lambda text: 0, lambda url: 0)  # no text, and no document looked through


def count_tokens(
    request: Request, measure: Measure = EXACT, stop: Callable[[], bool] = lambda: False
) -> int:
    """Never 0. `stop` is asked before each text and each document; then it raises GivenUp."""
    measure = measure.until(stop)
    count, tokens = measure.text, REPLY_TOKENS
    if request.instructions:
        tokens += MESSAGE_TOKENS + count(request.instructions)
    tokens += sum(_count_message(message, measure) for message in request.messages)
    if request.tools:
        tokens += MESSAGE_TOKENS + count(TOOLS_FRAME)
        tokens += sum(_count_tool(tool, count) for tool in each_once(request.tools))
    if request.output_schema is not None:
        tokens += count(SCHEMA_FRAME) + count(to_readable_json(request.output_schema))
    return tokens


class Media(msgspec.Struct, frozen=True):
    """Images and files: their tokens, and the characters that stand for them in a body."""

    tokens: int
    size: int


def measure_media(messages: Sequence[Message]) -> Media:
    """Nearly what `count_tokens` counts for them, at once."""
    media = [*once_for_each("media", lambda message: tuple(_find_media(message.parts)), messages)]
    tokens = sum(_count_part(part, UNREAD) for part in media)
    return Media(tokens, sum(len(part.url) for part in media))


def _find_media(parts: Iterable[Part]) -> Iterator[Image | File]:
    for part in parts:
        if type(part) is Image or type(part) is File:
            yield part
        elif type(part) is ToolResult:
            yield from _find_media(part.parts)


def _count_tool(tool: AnyTool, count: Callable[[str], int]) -> int:
    if isinstance(tool, Tool):
        return count(declare(tool))
    return count(f"{tool.name}\n{tool.description}\n{to_readable_json(tool.format)}")


def _count_message(message: Message, measure: Measure) -> int:
    """Calls, results and reasoning are items of their own; the rest of a message is one."""
    framed = any(isinstance(part, Text | Image | File) for part in message.parts)
    return MESSAGE_TOKENS * framed + sum(_count_part(part, measure) for part in message.parts)


def _count_part(part: Part, measure: Measure) -> int:
    match part:
        case Text(text):
            return measure.text(text)
        case Image(url):
            return _count_image(image_size(url) or UNKNOWN_IMAGE)
        case File(name, url):
            return measure.text(name) + _count_document(url, measure)
        case Reasoning(encrypted_content=sealed):
            return max(0, len(sealed) * 3 // 4 - SEAL_ENVELOPE) // BYTES_PER_TOKEN
        case ToolCall(name=name, arguments=arguments):
            # the name stands in the header of the call, and again in that of its result
            return CALL_TOKENS + 2 * measure.text(name) + measure.text(arguments)
        case _:  # a ToolResult: mypy knows that nothing else is left
            return RESULT_TOKENS + sum(_count_part(inner, measure) for inner in part.parts)


def _count_image(size: Size) -> int:
    return ceil(min(_count_patches(size), MOST_PATCHES) * TOKENS_PER_PATCH)


def _count_patches(size: Size) -> int:
    """Of the image as the model sees it: shrunk, where it is too large."""
    width, height = size
    scale = min(
        1.0,
        LONGEST_SIDE / max(size),
        sqrt(MOST_PATCHES * PATCH * PATCH / (width * height)),
    )
    return ceil(width * scale / PATCH) * ceil(height * scale / PATCH)


def _count_document(url: str, measure: Measure) -> int:
    size = data_size(url)
    if size is None:
        return UNKNOWN_PAGES * PAGE_TOKENS
    pages = measure.pages(url) or ceil(size / BYTES_PER_PAGE) or 1
    return min(pages, MOST_PAGES) * PAGE_TOKENS
