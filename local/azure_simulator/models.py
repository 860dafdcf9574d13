"""Model names -> what their family accepts, from models.json.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning

The first prefix that fits the model behind a deployment decides. The table is this package's own,
so that the simulator can disagree with the proxy.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

EFFORTS_WITHOUT_REASONING = {"none", "minimal"}


@dataclass(frozen=True, slots=True)
class Family:
    """One rule of the table."""

    prefix: str
    efforts: tuple[str, ...] = ()
    chat_efforts: tuple[str, ...] = ()
    default_effort: str | None = None
    sampling: str = "always"  # always | only_if_effort_none | never
    chat_tools: bool | str = True  # True | False | only_if_effort_none | prefer_responses
    responses_only: bool = False
    openai: bool = True  # an OpenAI model; the others speak Chat Completions only
    streaming: bool = True
    parallel_tool_calls: bool = True
    single_calls_when_minimal: bool = False
    structured_outputs: bool = True
    reasoning_summary: bool = True
    reasoning_content: bool = False  # shows its reasoning as text on Chat Completions
    max_completion_tokens: bool = True
    short_call_ids: bool = False  # nine letters and digits
    image_input: bool = True
    max_images: int | None = None
    max_input: int | None = None
    max_output: int | None = None
    phase: bool = False

    @property
    def reasons(self) -> bool:
        return bool(self.efforts)

    @property
    def is_gpt_5_or_later(self) -> bool:
        return self.prefix.startswith(("gpt-5", "gpt-6", "gpt-chat"))

    @property
    def custom_tools_on_chat(self) -> bool:
        return self.is_gpt_5_or_later

    @property
    def takes_reasoning_context(self) -> bool:
        return self.prefix.startswith(("gpt-5.4", "gpt-5.5", "gpt-5.6", "gpt-6"))

    @property
    def takes_reasoning_mode(self) -> bool:
        return self.prefix.startswith(("gpt-5.6", "gpt-6"))

    def reasons_at(self, effort: str | None) -> bool:
        """Whether a request with this effort (None: the default) makes the model reason."""
        return self.reasons and (effort or self.default_effort) not in EFFORTS_WITHOUT_REASONING

    def samples_at(self, effort: str | None) -> bool:
        """Whether temperature and its kin are accepted with this effort."""
        if self.sampling == "only_if_effort_none":
            return (effort or self.default_effort) == "none"
        return self.sampling == "always"


FIELD_NAMES = {
    "match": "prefix",
    "effort": "efforts",
    "chat_effort": "chat_efforts",
    "minimal_disables_parallel_tools": "single_calls_when_minimal",
}
IMPLIED = {"reasoning", "reasoning_context_all_turns", "reasoning_mode"}  # told by other fields


def read_rules() -> list[dict[str, Any]]:
    text = (Path(__file__).parent / "models.json").read_text(encoding="utf-8")
    rules: list[dict[str, Any]] = json.loads(text)["rules"]
    return rules


@cache
def families() -> tuple[Family, ...]:
    return tuple(_read_family(rule) for rule in read_rules())


def find_family(model: str) -> Family:
    return next(family for family in families() if model.startswith(family.prefix))


def model_of(deployment: str, deployments: Mapping[str, str]) -> str:
    """The model behind a deployment: what the simulator was told, else the name itself."""
    return deployments.get(deployment, deployment)


def _read_family(rule: dict[str, Any]) -> Family:
    fields: dict[str, Any] = {
        FIELD_NAMES.get(key, key): tuple(value) if isinstance(value, list) else value
        for key, value in rule.items()
        if key not in IMPLIED
    }
    return Family(**{"chat_efforts": fields["efforts"], **fields})
