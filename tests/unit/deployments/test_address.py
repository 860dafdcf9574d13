"""Whatever people paste -> the URLs to call."""

from urllib.parse import unquote

import pytest

from proxy_core.deployments.address import Address, is_name, read_address
from proxy_core.errors import BadRequest

OPENAI = "https://r.openai.azure.com"
FOUNDRY = "https://r.services.ai.azure.com"
COGNITIVE = "https://r.cognitiveservices.azure.com"
REGION = "https://westus.api.cognitive.microsoft.com"
GATEWAY = "https://apim.azure-api.net/inference"

# pasted -> base of the API, api-version, deployment
PASTED = [
    (OPENAI, f"{OPENAI}/openai/v1", "", ""),
    (f"{OPENAI}/", f"{OPENAI}/openai/v1", "", ""),
    ("r.openai.azure.com", f"{OPENAI}/openai/v1", "", ""),
    (f"  {OPENAI}\n", f"{OPENAI}/openai/v1", "", ""),
    (f"{OPENAI}/openai/v1/chat/completions", f"{OPENAI}/openai/v1", "", ""),
    (f"{OPENAI}/#keys", f"{OPENAI}/openai/v1", "", ""),
    (f"{OPENAI}/openai", f"{OPENAI}/openai/v1", "", ""),
    (f"{OPENAI}/openai/v1", f"{OPENAI}/openai/v1", "", ""),
    (f"{OPENAI}/openai/v1/", f"{OPENAI}/openai/v1", "", ""),
    (f"{OPENAI}/openai/v1/responses", f"{OPENAI}/openai/v1", "", ""),
    (
        f"{OPENAI}/openai/v1/chat/completions?api-version=preview",
        f"{OPENAI}/openai/v1",
        "preview",
        "",
    ),
    (
        f"{OPENAI}/openai/responses?api-version=2025-04-01-preview",
        f"{OPENAI}/openai/v1",
        "2025-04-01-preview",
        "",
    ),
    (
        f"{OPENAI}/openai/deployments/my%20gpt/chat/completions?api-version=2025-01-01-preview",
        f"{OPENAI}/openai/v1",
        "2025-01-01-preview",
        "my gpt",
    ),
    (f"{COGNITIVE}/", f"{COGNITIVE}/openai/v1", "", ""),
    (
        f"{COGNITIVE}/openai/responses?api-version=2025-04-01-preview",
        f"{COGNITIVE}/openai/v1",
        "2025-04-01-preview",
        "",
    ),
    (FOUNDRY, f"{FOUNDRY}/openai/v1", "", ""),
    (f"{FOUNDRY}/models", f"{FOUNDRY}/openai/v1", "", ""),
    (f"{FOUNDRY}/anthropic/v1/messages", f"{FOUNDRY}/openai/v1", "", ""),
    (f"{FOUNDRY}/api/projects/PROJ", f"{FOUNDRY}/openai/v1", "", ""),
    (f"{FOUNDRY}/api/projects/PROJ/openai/v1", f"{FOUNDRY}/openai/v1", "", ""),
    (f"{REGION}/", f"{REGION}/openai/v1", "", ""),
    (f"{REGION}/team/openai/v1/responses", f"{REGION}/team/openai/v1", "", ""),
    ("https://r.openai.azure.us", "https://r.openai.azure.us/openai/v1", "", ""),
    ("https://r.openai.azure.cn", "https://r.openai.azure.cn/openai/v1", "", ""),
    # a gateway is taken as it is
    (f"{GATEWAY}/openai/v1", f"{GATEWAY}/openai/v1", "", ""),
    (f"{GATEWAY}/openai", f"{GATEWAY}/openai", "", ""),
    ("https://gw.corp.example/azure", "https://gw.corp.example/azure", "", ""),
    ("https://gw.corp.example/v1/", "https://gw.corp.example/v1", "", ""),
    # and does as Azure does where no path is given
    ("http://localhost:8080/", "http://localhost:8080/openai/v1", "", ""),
    ("https://[::1]:8080", "https://[::1]:8080/openai/v1", "", ""),
    ("gw.example?api-version=2024-10-21", "https://gw.example/openai/v1", "2024-10-21", ""),
    ("https://openai.azure.com.evil.ex", "https://openai.azure.com.evil.ex/openai/v1", "", ""),
]


@pytest.mark.parametrize(("pasted", "base", "version", "deployment"), PASTED)
def test_reading(pasted: str, base: str, version: str, deployment: str) -> None:
    endpoint = read_address(pasted)
    assert (endpoint.base, endpoint.version, endpoint.deployment) == (base, version, deployment)


@pytest.mark.parametrize("pasted", [pasted for pasted, *_ in PASTED])
def test_a_gateway_is_another_host_with_a_path_of_its_own(pasted: str) -> None:
    address = read_address(pasted)
    assert address.is_gateway == pasted.startswith((GATEWAY, "https://gw.corp"))
    others = ("gw.", "apim", "localhost", "[::1]", "openai.azure.com.evil")
    assert address.is_azure == (not address.base.partition("://")[2].startswith(others))


def test_a_bare_gateway_has_dated_paths_as_azure_has() -> None:
    address = read_address("gw.example?api-version=2025-04-01-preview")
    assert address.url("responses", "gpt") == (
        "https://gw.example/openai/responses?api-version=2025-04-01-preview"
    )
    assert "gw.example/openai/deployments/gpt/chat" in address.url("chat", "gpt")


@pytest.mark.parametrize(
    "pasted",
    ["https://", "ftp://r.openai.azure.com", "my resource", "[::1", "a.b:x", "a.b:70000", "a.b:0"],
)
def test_what_is_no_url(pasted: str) -> None:
    with pytest.raises(ValueError, match=r"is not a URL|Invalid|has no port"):
        read_address(pasted)


DATED = "2025-04-01-preview"
OLD = "2024-10-21"

# endpoint -> URL of Responses, of Chat Completions
URLS = {
    Address(f"{OPENAI}/openai/v1"): (
        f"{OPENAI}/openai/v1/responses",
        f"{OPENAI}/openai/v1/chat/completions",
    ),
    Address(f"{OPENAI}/openai/v1", "preview"): (
        f"{OPENAI}/openai/v1/responses?api-version=preview",
        f"{OPENAI}/openai/v1/chat/completions?api-version=preview",
    ),
    Address(f"{OPENAI}/openai/v1", DATED): (
        f"{OPENAI}/openai/responses?api-version={DATED}",
        f"{OPENAI}/openai/deployments/gpt/chat/completions?api-version={DATED}",
    ),
    Address(GATEWAY, DATED, is_gateway=True): (
        f"{GATEWAY}/responses?api-version={DATED}",
        f"{GATEWAY}/deployments/gpt/chat/completions?api-version={DATED}",
    ),
    # a gateway that ends in /v1 speaks v1, whatever version its requests must name
    Address(f"{GATEWAY}/v1", DATED, is_gateway=True): (
        f"{GATEWAY}/v1/responses?api-version={DATED}",
        f"{GATEWAY}/v1/chat/completions?api-version={DATED}",
    ),
}


@pytest.mark.parametrize(("address", "urls"), URLS.items())
def test_urls(address: Address, urls: tuple[str, str]) -> None:
    assert (address.url("responses", "gpt"), address.url("chat", "gpt")) == urls


@pytest.mark.parametrize(
    ("version", "is_dated", "speaks_responses"),
    [
        ("", False, True),
        ("v1", False, True),
        ("preview", False, True),
        (OLD, True, False),
        ("2025-01-01-preview", True, False),
        ("2025-03-01-preview", True, True),
        (DATED, True, True),
    ],
)
def test_versions(version: str, is_dated: bool, speaks_responses: bool) -> None:
    endpoint = Address(f"{OPENAI}/openai/v1", version)
    assert (endpoint.is_dated, endpoint.speaks_responses) == (is_dated, speaks_responses)


def test_a_resource_is_known_by_its_host() -> None:
    resource = read_address(OPENAI).resource
    assert resource == read_address(f"{OPENAI}/openai/responses?api-version={DATED}").resource
    assert resource != read_address(FOUNDRY).resource
    assert len(resource) == 12
    assert "azure" not in resource


@pytest.mark.parametrize(
    "name",
    [".", "..", "../../admin", "..\\admin", "%2e%2e", "a/../b", "..%2Fadmin", " . ", "", "/"],
)
def test_no_name_leads_out_of_its_place_in_the_path(name: str) -> None:
    with pytest.raises(BadRequest, match="no name of a deployment") as caught:
        Address(f"{OPENAI}/openai/v1", DATED).url("chat", name)
    assert caught.value.status == 404
    assert not is_name(name)


@pytest.mark.parametrize("name", ["gpt-5.4", "my gpt", "a/b:c", "..a", "a?b#c"])
def test_any_other_is_one_part_of_it(name: str) -> None:
    url = Address(f"{OPENAI}/openai/v1", DATED).url("chat", name)
    inside = url.partition("/deployments/")[2].partition("/chat/completions?")[0]
    assert "/" not in inside
    assert unquote(inside) == name


def test_a_resource_is_the_same_in_every_spelling_of_its_address() -> None:
    spellings = [OPENAI, f"{OPENAI}:443", f"{OPENAI}./", OPENAI.upper(), "r.openai.azure.com"]
    assert len({read_address(spelling).resource for spelling in spellings}) == 1
    gateways = ["http://g/a", "http://g/A", "http://g:81/a", "http://[::1]/a", "http://[::1]:80/a"]
    assert len({read_address(gateway).resource for gateway in gateways}) == 4


def test_an_ipv6_address_keeps_its_brackets() -> None:
    assert read_address("http://[::1]:8080/v1").base == "http://[::1]:8080/v1"


def test_of_two_versions_the_first_counts() -> None:
    pasted = "https://r.openai.azure.com/?api-version=2025-01-01&api-version=2026-01-01"
    assert read_address(pasted).version == "2025-01-01"


@pytest.mark.parametrize(
    ("pasted", "url"),
    [
        ("my.openai.azure.com", "https://my.openai.azure.com/openai/v1/models"),
        (
            "my.openai.azure.com?api-version=2024-10-21",
            "https://my.openai.azure.com/openai/models?api-version=2024-10-21",
        ),
        ("http://gateway.example/x/v1", "http://gateway.example/x/v1/models"),
    ],
)
def test_the_list_of_models_stands_beside_the_apis(pasted: str, url: str) -> None:
    address = read_address(pasted)
    assert address.models_url == url
    assert address.host == pasted.removeprefix("http://").partition("/")[0].partition("?")[0]
