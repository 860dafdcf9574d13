"""Which proxy the environment names for an address, if any."""

import pytest

from proxy_core.azure.proxies import find_proxy, is_loopback
from proxy_core.errors import SettingsError

AZURE = "https://my.openai.azure.com/openai/v1"
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("spell", [str.upper, str.lower])
@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        ({}, AZURE, None),
        ({"https_proxy": "http://p:3128"}, AZURE, "http://p:3128"),
        ({"https_proxy": "p:3128"}, AZURE, "http://p:3128"),
        ({"https_proxy": "https://p:3128"}, AZURE, "https://p:3128"),
        ({"http_proxy": "http://p:3128"}, AZURE, None),
        ({"http_proxy": "http://p:3128"}, "http://gateway/v1", "http://p:3128"),
        ({"all_proxy": "http://p:3128"}, AZURE, "http://p:3128"),
        ({"all_proxy": "http://a:1", "https_proxy": "http://p:2"}, AZURE, "http://p:2"),
        ({"https_proxy": "http://p:1", "no_proxy": "azure.com"}, AZURE, None),
        ({"https_proxy": "http://p:1", "no_proxy": ".openai.azure.com"}, AZURE, None),
        ({"https_proxy": "http://p:1", "no_proxy": "*"}, AZURE, None),
        ({"https_proxy": "http://p:1", "no_proxy": "other.com"}, AZURE, "http://p:1"),
        ({"https_proxy": "http://p:1", "no_proxy": "h:8443"}, "https://h:8443/v1", None),
        ({"https_proxy": "http://p:1", "no_proxy": "h:8443"}, "https://h/v1", "http://p:1"),
        ({"all_proxy": "socks5://s:1", "https_proxy": "http://p:1"}, AZURE, "http://p:1"),
        ({"all_proxy": "socks5://s:1", "no_proxy": "azure.com"}, AZURE, None),
    ],
)
def test_what_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, spell: object, environ: dict[str, str], url: str, proxy: str
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(spell(name), value)  # type: ignore[operator]
    found = find_proxy(url)
    assert (str(found.url) if found else None) == proxy


def test_its_credentials_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:pass%40word@p:3128")
    found = find_proxy(AZURE)
    assert found
    assert found.auth == ("me", "pass@word")
    assert "word" not in str(found.url)


NAMES_OF_THIS_MACHINE = ["localhost", "LOCALHOST", "localhost.", "app.localhost"]
LOOPBACK = [*NAMES_OF_THIS_MACHINE, "127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"]


@pytest.mark.parametrize("host", LOOPBACK)
def test_never_for_this_machine(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    for name in ("HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://p:3128")
    shown = f"[{host}]" if ":" in host else host
    assert is_loopback(host)
    for url in (f"http://{shown}:7072/openai/v1", f"https://{shown}/v1"):
        assert find_proxy(url) is None


@pytest.mark.parametrize("host", ["localhost.example.com", "10.0.0.1", "128.0.0.1", "::2", "h", ""])
def test_other_hosts_are_elsewhere(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("proxy", ["socks5://s:1080", "http://", "http://p:x", "ftp://p"])
def test_one_that_cannot_be_used_is_named_at_start(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(SettingsError, match=r"The proxy for my\.openai\.azure\.com cannot be used"):
        find_proxy(AZURE)
