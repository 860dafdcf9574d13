"""The vocabulary every wire format is translated to and from.

Readers turn a wire format into these values, writers turn them back.
Nothing here knows JSON, HTTP, Azure, Anthropic or OpenAI.

Requests are read whole:   Request > Message > Part
Replies arrive in pieces:  deltas, then one ReplyFinished

Framing (blocks, items, indexes, sequence numbers) is missing on purpose: it
belongs to the writers. A field is here because one reader sets it and one
writer uses it.
"""

from typing import Any, Literal

import msgspec

JsonSchema = dict[str, Any]

ANY_OBJECT: JsonSchema = {"type": "object"}  # of a reply that may be any JSON object

# --- Requests ---------------------------------------------------------------

# A conversation has thousands of messages and parts. As msgspec's structures they are made in a
# fifth of a dataclass's time, and Python's collector passes over them: what is made once, of texts
# and of what was there before, cannot hold itself. What is none of a kind costs isinstance 0.2 us,
# so where many are looked at, they are told apart by `type(part) is`.

Phase = Literal["commentary", "final_answer"]


class Text(msgspec.Struct, frozen=True, gc=False):
    text: str
    phase: Phase | None = None  # what the model called this part of its own reply


class Image(msgspec.Struct, frozen=True, gc=False):
    url: str  # https: or data: URL


class File(msgspec.Struct, frozen=True, gc=False):
    name: str
    url: str  # https: or data: URL


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Who can open sealed reasoning again: the resource that ran the model, and its family."""

    resource: str
    family: str


class Reasoning(msgspec.Struct, frozen=True, gc=False):
    """What a model thought, sealed by the resource that ran it. Replayed exactly, or not at all."""

    id: str
    encrypted_content: str
    summary: tuple[str, ...]
    origin: Origin | None  # None: not known
    phase: Phase | None = None  # of the text that follows it


class ToolCall(msgspec.Struct, frozen=True, gc=False):
    id: str
    name: str
    arguments: str  # JSON text; free text for a custom tool
    custom: bool = False


class ToolResult(msgspec.Struct, frozen=True, gc=False):
    call_id: str
    parts: tuple["Text | Image | File", ...]
    custom: bool = False


Content = Text | Image | File
Part = Content | Reasoning | ToolCall | ToolResult


Role = Literal["system", "user", "assistant"]


class Message(msgspec.Struct, frozen=True, gc=False):
    role: Role
    parts: tuple[Part, ...]


class Tool(msgspec.Struct, frozen=True):
    name: str
    description: str
    parameters: JsonSchema  # as declared, valid or not
    strict: bool = False  # arguments must fit to the letter, where the upstream can ensure it


class CustomTool(msgspec.Struct, frozen=True):
    """Called with free text, which a grammar may bind."""

    name: str
    description: str
    format: JsonSchema | None  # as Azure knows it


AnyTool = Tool | CustomTool


class NamedTool(msgspec.Struct, frozen=True):
    name: str


class WebSearch(msgspec.Struct, frozen=True):
    """The search that the model's own host does for it."""

    allowed_domains: tuple[str, ...] = ()  # empty: all
    location: dict[str, str] | None = None  # of the user: city, region, country, timezone
    max_uses: int | None = None


ToolChoice = Literal["auto", "none", "required", "web_search"] | NamedTool

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]

# off: the client expects no thinking; hidden: it wants the seal only; shown: the text as well
Thinking = Literal["off", "hidden", "shown"]

Verbosity = Literal["low", "medium", "high"]

# how reasoning is shown to a client whose format has no place for it: in a wrapper within the
# content; in a field beside it, which many clients know; or as Azure sends it without being asked
ReasoningDisplay = Literal["details", "think", "field", "off"]


class Request(msgspec.Struct, frozen=True):
    model: str
    messages: tuple[Message, ...]
    instructions: str = ""  # the leading system prompt
    tools: tuple[AnyTool, ...] = ()
    web_search: WebSearch | None = None
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: bool = True
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    thinking: Thinking = "off"
    effort: Effort | None = None  # None: the client left it open
    verbosity: Verbosity | None = None
    output_schema: JsonSchema | None = None
    conversation_id: str | None = None  # a digest, the same in all requests of one conversation
    safeguard_context: JsonSchema | None = None  # None: the client does not ask for a review
    stream: bool = False


# --- Replies ----------------------------------------------------------------

# Deltas come by the thousand as well.


class ThinkingDelta(msgspec.Struct, frozen=True, gc=False):
    text: str  # empty when the model began to reason and shows nothing yet


class ThinkingSealed(msgspec.Struct, frozen=True):
    reasoning: Reasoning  # ends the thinking that came before it


class TextDelta(msgspec.Struct, frozen=True, gc=False):
    text: str


class RefusalDelta(TextDelta, frozen=True, gc=False):
    """The model's own refusal: text, for all who do not tell the two apart."""


class ToolCallStarted(msgspec.Struct, frozen=True):
    id: str
    name: str


class ToolCallDelta(msgspec.Struct, frozen=True, gc=False):
    arguments: str  # continues the most recently started call


class WebPage(msgspec.Struct, frozen=True):
    url: str
    title: str = ""


class WebSearched(msgspec.Struct, frozen=True):
    id: str
    query: str  # empty: not told
    pages: tuple[WebPage, ...] | None = ()  # empty: not told; None: the search failed


class Cited(msgspec.Struct, frozen=True):
    """What the text just said is taken from a page."""

    page: WebPage
    text: str  # the words in question


StopReason = Literal[
    "end",
    "length",
    "tool_calls",
    "stop_sequence",
    "refusal",  # the model's own
    "content_filter",
    "context_window",
]


class Usage(msgspec.Struct, frozen=True):
    """What a reply cost. None: not told."""

    input_tokens: int | None = 0  # includes cached_tokens and cache_write_tokens
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int | None = 0  # includes reasoning_tokens
    reasoning_tokens: int = 0


class ReplyFinished(msgspec.Struct, frozen=True):
    stop_reason: StopReason
    usage: Usage | None = None  # None: Azure has not told it
    detail: str | None = None  # the stop sequence that matched, or why the reply was refused


ReplyEvent = (
    ThinkingDelta
    | ThinkingSealed
    | TextDelta
    | ToolCallStarted
    | ToolCallDelta
    | WebSearched
    | Cited
    | ReplyFinished
)
