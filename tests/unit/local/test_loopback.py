import pytest

from local.failure import Failure
from local.loopback import is_healthy, open_listener, refuse_taken_port


def test_a_free_port_is_accepted() -> None:
    with open_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    refuse_taken_port(port)
    assert not is_healthy(port)


def test_a_taken_port_is_one_sentence() -> None:
    with open_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(Failure, match=f"^Port {port} is taken by another program; [^\n]*$"):
            refuse_taken_port(port)
        with pytest.raises(Failure, match=f"^Port {port} is taken"):
            open_listener("127.0.0.1", port)


def test_an_address_of_another_machine_is_one_sentence() -> None:
    with pytest.raises(Failure, match=r"^Cannot listen on 192\.0\.2\.1:0: [^\n]+\.$"):
        open_listener("192.0.2.1", 0)
