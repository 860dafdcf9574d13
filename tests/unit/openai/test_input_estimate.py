"""What a request will have cost, told from what those before it have."""

import pytest

from proxy_core.conversation import File, Image, Message, ReplyFinished, Request, Text, Usage
from proxy_core.openai.input_estimate import (
    FIRST_RATE,
    MOST_RATES,
    InputEstimate,
    TokenRates,
    measured,
)
from proxy_core.openai.token_count import PAGE_TOKENS, Media


def estimate(
    rates: TokenRates, size: int, conversation: str = "one", deployment: str = "big"
) -> InputEstimate:
    return InputEstimate(rates, size, Media(0, 0), deployment, conversation)


def ended(tokens: int | None) -> ReplyFinished:
    return ReplyFinished("end", Usage(tokens))


def test_before_azure_has_counted_any_it_is_a_rule_of_thumb() -> None:
    assert estimate(TokenRates(), 10_000)() == 10_000 * FIRST_RATE


def test_a_conversation_goes_on_as_it_began() -> None:
    rates = TokenRates()
    estimate(rates, 10_000).learn(ended(3_000))
    assert estimate(rates, 20_000)() == 6_000


def test_a_new_conversation_begins_as_the_latest_of_its_deployment() -> None:
    rates = TokenRates()
    estimate(rates, 10_000).learn(ended(3_000))
    estimate(rates, 10_000, "two").learn(ended(5_000))
    assert estimate(rates, 10_000, "three")() == 5_000
    assert estimate(rates, 10_000, "one")() == 3_000
    assert estimate(rates, 10_000, "three", "small")() == 10_000 * FIRST_RATE


@pytest.mark.parametrize(
    "finished",
    [None, ReplyFinished("end"), ended(None), ended(0), ended(1), ended(1_000_000)],
    ids=["none", "no usage", "not told", "nothing", "too few", "too many"],
)
def test_what_is_no_count_teaches_nothing(finished: ReplyFinished | None) -> None:
    rates = TokenRates()
    estimate(rates, 10_000).learn(finished)
    assert estimate(rates, 10_000)() == 10_000 * FIRST_RATE


def test_media_are_counted_by_their_own_rules() -> None:
    """What stands for them in the body is no text."""
    data = "data:application/pdf;base64," + "A" * 40_000
    shown = (Image("https://example.com/a.png"), File("a.pdf", data), Text("hello"))
    asked = Request("model", (Message("user", shown),))
    request, measures = measured(lambda _: asked)({})
    assert request is asked
    rates = TokenRates()
    text = 1_000
    told = InputEstimate(rates, text + len(data) + len(shown[0].url), measures, "big", None)
    media = 1_920 + PAGE_TOKENS
    assert told() == media + text * FIRST_RATE
    told.learn(ended(media + 500))
    assert estimate(rates, 1_000)() == 500


def test_an_estimate_is_never_nothing() -> None:
    assert estimate(TokenRates(), 0)() == 1


def test_what_is_remembered_is_bounded() -> None:
    rates = TokenRates()
    for number in range(MOST_RATES):
        rates.learn("big", str(number), 0.5)
    assert rates.find("small", "") == FIRST_RATE
    assert rates.find("big", "0") == 0.5  # as its deployment
    rates.learn("big", "last", 1.0)
    assert rates.find("big", "0") == 1.0  # its own is forgotten
    assert rates.find("big", str(MOST_RATES - 1)) == 0.5
