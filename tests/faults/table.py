"""Every fault the simulator can inject, and what becomes of a request that meets it.

The names are the simulator's (local/azure_simulator/README.md). A row says of which kind a fault
is; `ENDINGS` says for each kind how requests end that meet it, as a client sees it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from local.azure_simulator.shapes import SHAPES
from proxy_core.deployments.models import UpstreamApi
from tests.faults.clients import Kind

FaultKind = Literal[
    "passes",  # another try helps
    "makes no sense",  # another try may help, and one is all that is paid for
    "asks for patience",  # of which Claude's clients get less, for they come back by themselves
    "has no quota",  # for a day: nobody waits for that
    "refuses",  # this resource does; another may not
    "teaches",  # what the deployment does not take: the request is changed, once
    "may lack an API",  # or be no resource at all, which a try of the other one tells
    "blames us",  # the request itself, so every resource would refuse it
    "is harmless",  # the reply comes all the same
    "breaks off",  # behind the first word of the reply
    "is silent",  # without end
]
Scene = Literal["once", "always", "fallback", "after a word"]
# told: in a stream that has begun; ended: that or refused, for the word may have left or not
How = Literal["served", "refused", "told", "ended"]

BEFORE_A_WORD: frozenset[FaultKind] = frozenset({"passes", "makes no sense", "blames us"})

Endings = tuple[How, How]  # for Claude's clients, for Cursor; both streaming

# With a fallback, the first resource has the fault always, the second never.
ENDINGS: dict[FaultKind, dict[Scene, Endings]] = {
    "passes": {
        "once": ("served", "served"),
        "always": ("refused", "told"),  # Cursor's 45 s of trying do not fit before the first byte
        "fallback": ("served", "served"),
        "after a word": ("told", "told"),
    },
    "makes no sense": {
        "once": ("served", "served"),
        "always": ("refused", "refused"),
        "fallback": ("served", "served"),
        "after a word": ("told", "told"),
    },
    "asks for patience": {
        "once": ("refused", "served"),
        "always": ("refused", "told"),
        "fallback": ("served", "served"),
    },
    "has no quota": {
        "once": ("refused", "refused"),
        "always": ("refused", "refused"),
        "fallback": ("served", "served"),
    },
    "refuses": {
        "once": ("refused", "refused"),
        "always": ("refused", "refused"),
        "fallback": ("served", "served"),
    },
    "teaches": {
        "once": ("served", "served"),
        "always": ("refused", "refused"),
        "fallback": ("refused", "refused"),
    },
    "may lack an API": {
        "once": ("served", "served"),
        "always": ("refused", "refused"),
        "fallback": ("served", "served"),
    },
    "blames us": {
        "once": ("refused", "refused"),
        "always": ("refused", "refused"),
        "fallback": ("refused", "refused"),
        "after a word": ("told", "told"),
    },
    "is harmless": {
        "once": ("served", "served"),
        "always": ("served", "served"),
        "fallback": ("served", "served"),
        "after a word": ("served", "served"),
    },
    "breaks off": {
        "once": ("ended", "ended"),
        "always": ("ended", "ended"),
        "fallback": ("ended", "ended"),
        "after a word": ("ended", "ended"),
    },
    "is silent": {
        "once": ("told", "told"),
        "always": ("told", "told"),
        "fallback": ("told", "told"),
        "after a word": ("told", "told"),
    },
}


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    kind: FaultKind
    status: int = 200  # with which Claude's clients are refused
    in_stream: bool = False  # behind a 200: it can also come after a word
    only: UpstreamApi | None = None  # the other API does not have it, or otherwise

    @property
    def after_events(self) -> int | None:
        """Before anything is said; what has a place of its own keeps it."""
        return 2 if self.in_stream and self.kind in BEFORE_A_WORD else None


def instead(kind: FaultKind, status: int, *names: str) -> list[Row]:
    """Faults that come instead of a reply."""
    return [Row(name, kind, status) for name in names]


def inside(kind: FaultKind, status: int, *names: str) -> list[Row]:
    """Faults inside a stream."""
    return [Row(name, kind, status, in_stream=True) for name in names]


TABLE: tuple[Row, ...] = (
    *instead("teaches", 400, "max_tokens_unsupported", "effort_unsupported"),
    *instead("teaches", 400, "prompt_cache_key_unrecognized", "parameter_unknown"),
    *instead("teaches", 400, "max_tokens_too_large", "max_tokens_out_of_range"),
    *instead("teaches", 400, "extra_forbidden_in_a_string", "extra_forbidden_in_python"),
    *instead("teaches", 400, "extra_forbidden_in_litellm", "extra_forbidden_at_a_pointer"),
    *instead("teaches", 422, "extra_forbidden"),
    Row("model_unsupported", "teaches", 400, only="responses"),
    Row("responses_operation_unsupported", "teaches", 400, only="responses"),
    Row("responses_api_version", "teaches", 400, only="responses"),
    Row("chat_operation_unsupported", "teaches", 400, only="chat"),
    Row("chat_tools_with_reasoning", "teaches", 400, only="chat"),
    Row("operation_unsupported", "teaches", 400, only="chat"),
    Row("custom_tools_unsupported", "teaches", 400, only="chat"),
    Row("function_required", "teaches", 400, only="chat"),
    *instead("blames us", 400, "call_id_too_long", "tool_call_id_too_long", "item_id_prefix"),
    *instead("blames us", 400, "reasoning_without_follower", "call_without_reasoning"),
    *instead("blames us", 400, "item_not_found", "item_id_missing"),
    *instead("blames us", 400, "encrypted_content_invalid", "encrypted_content_invalid_no_code"),
    *instead("blames us", 400, "item_of_another_resource"),
    *instead("blames us", 500, "item_of_another_resource_500"),
    *instead("blames us", 422, "extra_forbidden_content"),
    *instead("blames us", 400, "context_length_exceeded", "overflow_configured_limit"),
    *instead("blames us", 400, "overflow_deepseek", "overflow_grok", "overflow_kimi"),
    *instead("blames us", 400, "overflow_mistral", "overflow_with_413", "output_overflow"),
    *instead("blames us", 400, "image_invalid", "image_url_invalid", "images_too_many"),
    *instead("blames us", 400, "images_not_supported", "pdf_invalid"),
    *instead("blames us", 400, "prompt_filtered", "prompt_filtered_inner_error", "prompt_flagged"),
    *instead("blames us", 500, "api_version_unsupported", "too_many_headers"),  # a setting
    *instead("refuses", 401, "key_invalid", "token_invalid", "permission_denied", "key_echoed"),
    *instead("refuses", 403, "key_auth_disabled", "network_denied"),
    *instead("refuses", 500, "deployment_not_found"),
    Row("resource_not_found", "refuses", 500, only="chat"),
    Row("resource_not_found", "may lack an API", 500, only="responses"),
    *instead("refuses", 424, "failed_dependency"),
    *instead("passes", 408, "timeout"),
    *instead("passes", 409, "conflict"),
    *instead("passes", 429, "rate_limit_short", "rate_limit_retry_ms"),
    *instead("asks for patience", 429, "rate_limit", "high_demand"),
    *instead("has no quota", 429, "no_quota", "insufficient_quota"),
    *instead("passes", 500, "server_error", "bare_text_error"),
    *instead(
        "passes", 502, "bad_gateway_html", "web_page", "closed_before_headers", "refused_then_reset"
    ),
    *instead("passes", 503, "unavailable", "empty_error", "gateway_unavailable_bare"),
    *instead("passes", 504, "gateway_timeout"),
    *instead("is harmless", 200, "slow_headers"),
    *instead("is silent", 504, "hang_before_headers"),
    *inside("passes", 500, "error_then_failed", "flat_error", "error_event_without_type"),
    *inside("passes", 429, "failed_then_error", "failed_only", "failed_digits_code"),
    *inside("passes", 500, "completed_that_failed"),
    *inside("passes", 503, "failed_integer_code"),
    *inside("passes", 502, "truncated", "connection_reset"),
    *inside("makes no sense", 502, "malformed_event"),
    *inside("makes no sense", 500, "error_without_meaning"),
    Row("empty_stream", "passes", 502),
    *inside("blames us", 400, "overflow_in_stream"),
    *inside("is harmless", 200, "incomplete_length", "incomplete_content_filter"),
    *inside("is harmless", 200, "async_filter_block", "async_filter_annotation"),
    *inside("is harmless", 200, "keepalive", "unknown_event", "many_comments", "crlf"),
    *inside("is harmless", 200, "huge_event", "invalid_utf8", "blank_events"),
    *(Row(name, "is harmless", in_stream=True, only=api) for name, (api, _) in SHAPES.items()),
    Row("negative_index", "is harmless", in_stream=True, only="responses"),
    Row("negative_index", "breaks off", 502, in_stream=True, only="chat"),
    Row("out_of_order", "is harmless", in_stream=True, only="responses"),
    Row("out_of_order", "breaks off", 502, in_stream=True, only="chat"),
    *inside("is harmless", 200, "terminal_then_more", "duplicate_terminal"),
    *inside("breaks off", 502, "half_event"),
    *inside("is silent", 504, "hang"),
)


class Case(NamedTuple):
    row: Row
    scene: Scene
    api: UpstreamApi
    client: Kind
    stream: bool

    @property
    def expected(self) -> tuple[str, ...]:
        """How it may end. A reply in one piece has no place for words once it has begun, so no

        client is made to wait for it long.
        """
        claude, cursor = ENDINGS[self.row.kind][self.scene]
        how = cursor if self.client == "cursor" and self.stream else claude
        match how:
            case "told" if not self.stream:
                return ("cut off" if self.row.kind == "is silent" else "refused",)
            case "ended":
                return ("told", "refused") if self.stream else ("refused",)
            case _:
                return (how,)


def cases() -> Iterator[Case]:
    for row in TABLE:
        for api in ("responses", "chat") if row.only is None else (row.only,):
            for scene in ENDINGS[row.kind]:
                if scene != "after a word" or row.in_stream:
                    for client in ("claude", "cursor"):
                        yield Case(row, scene, api, client, True)
                        yield Case(row, scene, api, client, False)
