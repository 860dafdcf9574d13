"""Tokens of a request and a reply, counted roughly, and the prompt cache.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/prompt-caching
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from local.azure_simulator.plan import Output, Thought, tokens_in, tokens_of

CACHE_MINIMUM = 1024
CACHE_STEP = 128
CACHE_SIZE = 10_000


@dataclass(frozen=True, slots=True)
class Usage:
    input: int
    cached: int
    output: int
    reasoning: int


class PromptCache:
    """Remembers the beginnings of prompts, each ending where a part ends."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def count(self, scope: str, parts: Iterable[Any]) -> tuple[int, int]:
        """Tokens of the prompt, and how many of them were seen before."""
        digest = hashlib.sha256(scope.encode())
        tokens = seen = 0
        for part in parts:
            text = json.dumps(part, ensure_ascii=False)
            tokens += tokens_of(text)
            digest.update(text.encode())
            if self._remember(digest.digest()):
                seen = tokens
        return tokens, seen // CACHE_STEP * CACHE_STEP if seen >= CACHE_MINIMUM else 0

    def _remember(self, key: bytes) -> bool:
        known = key in self._seen
        self._seen[key] = None
        self._seen.move_to_end(key)
        if len(self._seen) > CACHE_SIZE:
            self._seen.popitem(last=False)
        return known


def count_output(outputs: Iterable[Output]) -> tuple[int, int]:
    """Tokens of a reply, and how many of them are reasoning."""
    sizes = [(isinstance(output, Thought), tokens_in(output)) for output in outputs]
    return sum(size for _, size in sizes), sum(size for thought, size in sizes if thought)
