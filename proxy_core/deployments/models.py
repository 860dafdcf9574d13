"""What each model family accepts, as one table.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning

A deployment's name is arbitrary, so rules are keyed by the family of the model
behind it: declared by the user, else read from the deployment's name. The first
family whose prefix fits wins; the last one fits everything and promises least.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

import msgspec

from proxy_core.conversation import Effort, Origin, Thinking

UpstreamApi = Literal["responses", "chat"]
Sampling = Literal["always", "never", "without_reasoning"]
ToolsOnChat = Literal["always", "never", "without_reasoning", "discouraged"]

EFFORTS: tuple[Effort, ...] = ("none", "minimal", "low", "medium", "high", "xhigh", "max")

# Tokens that a model at this effort is given to reason with, where the client expects none of it.
REASONING_ROOM: Mapping[Effort, int] = {
    "none": 0,
    "minimal": 1_024,
    "low": 4_096,
    "medium": 8_192,
    "high": 16_384,
    "xhigh": 32_768,
    "max": 65_536,
}

EFFORT_NAMES: Mapping[str, Effort] = {effort: effort for effort in EFFORTS}

_TO_HIGH: tuple[Effort, ...] = ("low", "medium", "high")
_TO_XHIGH: tuple[Effort, ...] = (*_TO_HIGH, "xhigh")
_TO_MAX: tuple[Effort, ...] = (*_TO_XHIGH, "max")


class Family(msgspec.Struct, frozen=True, kw_only=True):
    prefix: str
    efforts: tuple[Effort, ...] = ()  # empty: no effort may be sent
    chat_efforts: tuple[Effort, ...] | None = None  # where Chat Completions accepts others
    sampling: Sampling = "never"  # temperature and top_p
    tools_on_chat: ToolsOnChat = "always"
    responses_only: bool = False
    chat_only: bool = False
    parallel_tool_calls: bool = True
    summary: bool = True
    phase: bool = False  # marks its messages as commentary or final answer
    images: bool = True
    streams: bool = True
    max_input: int | None = None  # tokens
    max_output: int | None = None  # tokens
    chat_limit: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    short_call_ids: bool = False  # of exactly nine letters and digits
    custom_tools: bool = False  # Chat Completions takes tools that are called with free text
    verbosity: bool = False
    openai: bool = True  # takes OpenAI's newer knobs, such as prompt_cache_key

    @property
    def reasons(self) -> bool:
        return bool(self.efforts)

    def efforts_on(self, api: UpstreamApi) -> tuple[Effort, ...]:
        on_chat = api == "chat" and self.chat_efforts is not None
        return (self.chat_efforts or ()) if on_chat else self.efforts


_GPT = {"max_input": 272_000, "max_output": 128_000, "verbosity": True, "custom_tools": True}
_LARGE = {**_GPT, "max_input": 922_000, "phase": True}
_GPT6 = {**_LARGE, "sampling": "never", "tools_on_chat": "never"}
_SOMETIMES = {
    **_LARGE,
    "sampling": "without_reasoning",
    "tools_on_chat": "without_reasoning",
}
_GPT54 = {**_LARGE, "sampling": "without_reasoning", "tools_on_chat": "discouraged"}
_CODEX = {**_GPT, "sampling": "never", "responses_only": True}
# The models behind ChatGPT. The later ones reason, at an effort that cannot be chosen.
_CHAT = {"sampling": "never", "max_input": 128_000, "max_output": 16_384}
_O_SERIES = {
    "efforts": _TO_HIGH,
    "sampling": "never",
    "parallel_tool_calls": False,
    "max_input": 200_000,
    "max_output": 100_000,
}
_FOUNDRY = {"sampling": "always", "chat_only": True, "openai": False}
_MISTRAL = {**_FOUNDRY, "chat_limit": "max_tokens", "short_call_ids": True}

FAMILIES: tuple[Family, ...] = tuple(
    Family(prefix=prefix, **rules)  # type: ignore[arg-type]  # a table of keyword arguments
    for prefix, rules in {
        "gpt-6.2-": {"efforts": _TO_MAX, "chat_efforts": _TO_XHIGH, **_GPT6},
        "gpt-6.1-terra": {"efforts": ("none", *_TO_MAX), **_SOMETIMES},
        "gpt-6.1-sol": {"efforts": _TO_MAX, **_GPT6},
        "gpt-6-astra": {"efforts": _TO_MAX, "chat_efforts": _TO_XHIGH, **_GPT6},
        "gpt-6-sol": {"efforts": ("none", *_TO_MAX), **_SOMETIMES},
        "gpt-6-luna": {"efforts": ("none", *_TO_MAX), **_SOMETIMES},
        "gpt-5.6": {"efforts": ("none", *_TO_MAX), **_SOMETIMES},
        "gpt-chat-latest": {"sampling": "never"},
        "gpt-5.5-pro": {"efforts": _TO_XHIGH[1:], **_CODEX, "phase": True},
        "gpt-5.5": {"efforts": ("none", *_TO_XHIGH), **_GPT54},
        "gpt-5.4-pro": {
            "efforts": _TO_XHIGH[1:],
            **_CODEX,
            "parallel_tool_calls": False,
            "phase": True,
        },
        "gpt-5.4-mini": {"efforts": ("none", *_TO_XHIGH), **_GPT54, "max_input": 272_000},
        "gpt-5.4-nano": {"efforts": ("none", *_TO_XHIGH), **_GPT54, "max_input": 272_000},
        "gpt-5.4": {"efforts": ("none", *_TO_XHIGH), **_GPT54},
        "gpt-5.3-codex": {"efforts": _TO_XHIGH, **_CODEX, "phase": True},
        "gpt-5.2-codex": {"efforts": _TO_XHIGH, **_CODEX},
        "gpt-5.3-chat": _CHAT,
        "gpt-5.2-chat": _CHAT,
        "gpt-5.2": {
            "efforts": ("none", *_TO_XHIGH),
            "sampling": "without_reasoning",
            **_GPT,
        },
        "gpt-5.1-codex-max": {"efforts": _TO_XHIGH, **_CODEX},
        "gpt-5.1-codex": {"efforts": _TO_HIGH, **_CODEX},
        "gpt-5.1-chat": _CHAT,
        "gpt-5.1": {"efforts": ("none", *_TO_HIGH), "sampling": "without_reasoning", **_GPT},
        "gpt-5-pro": {
            "efforts": ("high",),
            **_CODEX,
            "parallel_tool_calls": False,
            "streams": False,
        },
        "gpt-5-codex": {"efforts": _TO_HIGH, **_CODEX},
        "gpt-5-chat": {**_CHAT, "sampling": "always"},
        "gpt-5": {"efforts": ("minimal", *_TO_HIGH), "sampling": "never", **_GPT},
        "o3-pro": {**_O_SERIES, "responses_only": True, "summary": False, "streams": False},
        "codex-mini": {**_O_SERIES, "responses_only": True},
        "o4-mini": _O_SERIES,
        "o3-mini": {**_O_SERIES, "summary": False, "images": False},
        "o3": _O_SERIES,
        "o1": {**_O_SERIES, "summary": False, "streams": False},
        "gpt-4.1": {"sampling": "always", "max_input": 1_047_576, "max_output": 32_768},
        "gpt-4o": {"sampling": "always", "max_input": 128_000, "max_output": 16_384},
        "deepseek": _FOUNDRY,
        "grok": _FOUNDRY,
        "kimi": _FOUNDRY,
        "llama": _FOUNDRY,
        "meta-llama": _FOUNDRY,
        "mistral": _MISTRAL,
        "ministral": _MISTRAL,
        "codestral": _MISTRAL,
        "mai-": _FOUNDRY,
        "": {"sampling": "always", "openai": False},
    }.items()
)

UNKNOWN = FAMILIES[-1]


def find_family(model: str) -> Family:
    """The family of a model name, such as `gpt-5.4-mini`; `UNKNOWN` when no rule fits."""
    return next(family for family in FAMILIES if model.lower().startswith(family.prefix))


@lru_cache
def nearest_effort(wanted: Effort, accepted: tuple[Effort, ...]) -> Effort:
    """The accepted effort closest to the wanted one; the higher of two equally close."""
    rank = EFFORTS.index(wanted)
    return min(
        accepted, key=lambda effort: (abs(EFFORTS.index(effort) - rank), -EFFORTS.index(effort))
    )


class Deployment(msgspec.Struct, frozen=True):
    """One model on the user's Azure resource, and how to speak to it."""

    name: str
    api: UpstreamApi
    family: Family
    resource: str = ""  # that it stands on, by the name `Address.resource` gives it
    effort: Effort | None = None  # the user's own choice while thinking is on
    summary: Literal["auto", "detailed"] | None = "auto"
    web_search: bool = False  # whether the user lets Azure search
    api_is_set: bool = False  # by the user, so nothing that is learned changes it
    setting: str = ""  # that named it; empty where the client did
    resource_settings: str = "AZURE_OPENAI"  # what the names of its resource's settings begin with
    elsewhere: tuple["Deployment", ...] = ()  # the same on the other resources

    @property
    def origin(self) -> Origin:
        """Of the reasoning that comes from here."""
        return Origin(self.resource, self.family.prefix)

    @property
    def efforts(self) -> tuple[Effort, ...]:
        """Those that may be sent; empty where none may."""
        return self.family.efforts_on(self.api)

    @property
    def can_search(self) -> bool:
        return self.web_search and self.api == "responses"  # Chat Completions has no search

    def choose_effort(self, wanted: Effort | None, thinking: Thinking) -> Effort | None:
        """The effort to send, or None where the family takes none."""
        accepted = self.efforts
        if not accepted:
            return None
        if thinking != "off" and self.effort:
            wanted = self.effort
        return nearest_effort(wanted or "medium", accepted)

    def choose_limit(
        self, wanted: int | None, effort: Effort | None, thinking: Thinking
    ) -> int | None:
        """Tokens that the reply may have.

        Azure counts reasoning in. A client without thinking means the text alone, so where the
        model reasons all the same there is room for that too; none where it wants no text.
        """
        if wanted is None:
            return None
        room = REASONING_ROOM[effort] if wanted and effort and thinking == "off" else 0
        return min(wanted + room, self.family.max_output or wanted + room)

    def takes_sampling(self, effort: Effort | None) -> bool:
        """Whether temperature and top_p may be sent beside this effort."""
        match self.family.sampling:
            case "always":
                return True
            case "without_reasoning":
                return effort == "none"
            case "never":
                return False
