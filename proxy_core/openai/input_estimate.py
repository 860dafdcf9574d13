"""How many input tokens a request costs, told at once from what those before it have cost.

A stream opens with the number, long before Azure has counted. Azure's own counts show how many
tokens a byte of a conversation's bodies makes, and from turn to turn that hardly changes. So no
text is looked at here, and no vocabulary loaded; the exact count is token_count.py's.
"""

from collections.abc import Callable
from typing import Any

from proxy_core.conversation import ReplyFinished, Request
from proxy_core.deployments.short_memory import ShortMemory
from proxy_core.openai.token_count import Media, measure_media

FIRST_RATE = 0.22  # tokens of a byte, before Azure has counted any: coding in English, with tools
LEAST_RATE, LARGEST_RATE = 0.02, 2.0  # what lies outside counts something else

MOST_RATES = 2_000  # conversations and deployments that are remembered

_Key = tuple[str, str]  # the deployment's name and the conversation's id, "" for all of them


class TokenRates:
    """Tokens of a byte, as Azure's counts have shown them. One per process; it holds no text."""

    def __init__(self) -> None:
        self._rates = ShortMemory[_Key, float](MOST_RATES)

    def find(self, deployment: str, conversation: str) -> float:
        for key in ((deployment, conversation), (deployment, "")):
            if rate := self._rates.get(key, now=0):
                return rate
        return FIRST_RATE

    def learn(self, deployment: str, conversation: str, rate: float) -> None:
        if LEAST_RATE <= rate <= LARGEST_RATE:
            for key in ((deployment, ""), (deployment, conversation)):
                self._rates.put(key, rate, until=1, now=0)  # as long as there is room


def measured(
    read_request: Callable[[dict[str, Any]], Request],
) -> Callable[[dict[str, Any]], tuple[Request, Media]]:
    """A reader that also tells of what images and files there are."""

    def read(body: dict[str, Any]) -> tuple[Request, Media]:
        request = read_request(body)
        return request, measure_media(request.messages)

    return read


class InputEstimate:
    """Of one request, whose body has so many bytes and such media. It holds nothing of it."""

    def __init__(
        self, rates: TokenRates, size: int, media: Media, deployment: str, conversation: str | None
    ) -> None:
        self._rates = rates
        self._media = media
        self._text = max(1, size - media.size)  # bytes
        self._place = deployment, conversation or ""

    def __call__(self) -> int:
        return max(1, round(self._text * self._rates.find(*self._place)) + self._media.tokens)

    def learn(self, finished: ReplyFinished | None) -> None:
        """What Azure has counted, once the reply has ended."""
        if finished and finished.usage and (counted := finished.usage.input_tokens):
            self._rates.learn(*self._place, (counted - self._media.tokens) / self._text)
