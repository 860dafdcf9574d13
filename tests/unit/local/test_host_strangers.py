"""Who may reach the local host: `refuse_strangers`."""

import pytest

from local.failure import Failure
from local.host import refuse_strangers

OWN = ["localhost", "127.0.0.1", "127.8.9.10", "::1"]
OTHERS = ["0.0.0.0", "::", "192.168.1.5", "fe80::1", "my-machine", "localhost.example", ""]


@pytest.mark.parametrize("address", OTHERS)
@pytest.mark.parametrize(
    "environ", [{}, {"ANTHROPIC_AUTH_TOKEN": " , "}, {"ALLOW_ANONYMOUS": "false"}]
)
def test_others_need_a_token(address: str, environ: dict[str, str]) -> None:
    with pytest.raises(Failure, match="ANTHROPIC_AUTH_TOKEN") as refused:
        refuse_strangers(address, environ)
    assert address in str(refused.value)


@pytest.mark.parametrize("address", OTHERS)
@pytest.mark.parametrize("environ", [{"ANTHROPIC_AUTH_TOKEN": "t"}, {"ALLOW_ANONYMOUS": "True"}])
def test_with_one_or_by_the_owners_word_it_listens(address: str, environ: dict[str, str]) -> None:
    refuse_strangers(address, environ)


@pytest.mark.parametrize("address", OWN)
def test_on_this_machine_nobody_needs_one(address: str) -> None:
    refuse_strangers(address, {})
