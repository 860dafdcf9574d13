"""How long a client is left without a byte, and how long Azure is asked again for it."""

import pytest
from msgspec.structs import replace

from proxy_core.reply.client import CLAUDE, CURSOR, Client, Patience
from tests.exchanges import PLAIN, make_exchange


@pytest.mark.parametrize(
    ("client", "stream", "budget", "hold", "hold_retrying"),
    [
        (CLAUDE, True, 10, 5, 14),
        (CLAUDE, False, 10, 20, 20),
        (CURSOR, True, 45, 5, 5),
        (CURSOR, False, 10, 20, 20),  # its failure must still find a reply that has not begun
    ],
)
def test_what_each_client_bears(
    client: Client, stream: bool, budget: float, hold: float, hold_retrying: float
) -> None:
    exchange = make_exchange(replace(PLAIN, stream=stream), patience=client.patience)
    assert exchange.retry_budget == budget
    assert exchange.hold(is_retrying=False) == hold
    assert exchange.hold(is_retrying=True) == hold_retrying


def test_a_short_budget_stays_short() -> None:
    exchange = make_exchange(replace(PLAIN, stream=False), patience=Patience(retrying=1))
    assert exchange.retry_budget == 1
