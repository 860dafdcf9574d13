"""An address as it is typed, or pasted from where a client has it."""

import pytest

from local.failure import Failure
from local.proxy_address import read_proxy_url

APP = "https://func-a1.swedencentral-01.azurewebsites.net"


@pytest.mark.parametrize(
    "behind",
    ["", "/", "/v1", "/v1/", "/cursor", "/cursor/", "/cursor/v1", "/setup", "/cursor/health"],
)
@pytest.mark.parametrize("app", [APP, "http://127.0.0.1:7071", f"{APP}/gateway", "https://[::1]:8"])
def test_what_clients_append_is_left_out(app: str, behind: str) -> None:
    assert read_proxy_url(f" {app}{behind}\n") == app


def test_a_path_that_only_looks_like_it_stays() -> None:
    assert read_proxy_url(f"{APP}/my-v1") == f"{APP}/my-v1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x.net",
        "ftp://x",
        "https://",
        "https://x:port",
        "https://x:99999",
        "https://[::1",
        "//x",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(Failure, match="whole address"):
        read_proxy_url(text)


@pytest.mark.parametrize("text", ["https://u:secret@x.net", "https://x.net/?token=secret"])
def test_a_secret_in_it_is_refused_and_not_said(text: str) -> None:
    with pytest.raises(Failure) as refused:
        read_proxy_url(text)
    assert "secret" not in str(refused.value)
