"""The Azure OpenAI resources that the settings name: where they are, and what opens them.

https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

import msgspec

from proxy_core.configuration import endpoint, secret
from proxy_core.configuration.reader import EnvironReader
from proxy_core.deployments.address import V1_VERSIONS, Address, read_address
from proxy_core.errors import as_sentence

API_VERSION = "AZURE_API_VERSION"
LATEST = "latest"  # what the manuals once called the version of v1 that they now call v1
VERSION_MEANING = (
    "it can be v1, preview or a date such as 2025-04-01-preview; without it the v1 API is asked"
)

_DATED = re.compile(r"(\d{4}-\d\d-\d\d)(?:-preview)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Resource:
    """One Azure OpenAI resource. Without a key it is called with an Entra ID token."""

    address: Address
    api_key: str = field(default="", repr=False)
    settings: str = "AZURE_OPENAI"  # what the names of its settings begin with


def read_resources(reader: EnvironReader) -> tuple[Resource, ...]:
    """The first resource, then those to fall back to; each once, with the first key it is given."""
    merged: dict[str, Resource] = {}
    for resource in _read_all(reader):
        first = merged.setdefault(resource.address.resource, resource)
        if first is not resource:
            reader.doubt(
                "AZURE_OPENAI_FALLBACK_ENDPOINT names a resource that was named before: it is "
                "asked once, with the first key."
            )
        key = first.api_key or resource.api_key
        merged[resource.address.resource] = replace(first, api_key=key)
    return tuple(merged.values())


def _read_all(reader: EnvironReader) -> Iterator[Resource]:
    """Endpoints and keys stand in the same order."""
    url = reader.require("AZURE_OPENAI_ENDPOINT", endpoint.MEANING)
    key = reader.text("AZURE_OPENAI_API_KEY")
    yield _read_resource(reader, "AZURE_OPENAI", url, key)
    urls = reader.list("AZURE_OPENAI_FALLBACK_ENDPOINT")
    keys = reader.list("AZURE_OPENAI_FALLBACK_API_KEY") or ("",) * len(urls)
    if len(keys) != len(urls):
        reader.refuse(
            "AZURE_OPENAI_FALLBACK_API_KEY must hold a key for each fallback endpoint, or none, "
            f"with commas between them: there are {len(urls)} of these, and {len(keys)} of those."
        )
    for url, key in zip(urls, keys, strict=False):
        yield _read_resource(reader, "AZURE_OPENAI_FALLBACK", url, key)


def _read_resource(reader: EnvironReader, settings: str, url: str, key: str) -> Resource:
    mistake = endpoint.find_mistake(url) if url else ""
    if mistake and endpoint.is_url(key):
        reader.refuse(
            f"{settings}_ENDPOINT and {settings}_API_KEY have changed places: the endpoint is the "
            f"address, such as {endpoint.EXAMPLE}, and the key is the secret."
        )
        return Resource(Address(""), "", settings)
    address = Address("") if mistake or not url else read_address(url)
    if mistake:
        _refuse_endpoint(reader, f"{settings}_ENDPOINT", url, mistake)
    for doubt in endpoint.find_doubts(url) if address.base else ():
        reader.doubt(f"{settings}_ENDPOINT {as_sentence(doubt)}")
    _check_key(reader, f"{settings}_API_KEY", key, address)
    version = _read_version(reader, f"{settings}_ENDPOINT", address)
    return Resource(msgspec.structs.replace(address, version=version), key, settings)


def _refuse_endpoint(reader: EnvironReader, setting: str, url: str, mistake: str) -> None:
    reader.refuse(f"{setting}{reader.in_brackets(url)} {mistake}: {endpoint.MEANING}.")


def _check_key(reader: EnvironReader, setting: str, key: str, address: Address) -> None:
    if mistake := secret.find_key_mistake(key):
        reader.refuse(f"{setting} {mistake}: {secret.KEY_MEANING}.")
    elif doubt := secret.find_key_doubt(key, on_azure=address.is_azure):
        reader.doubt(f"{setting} {doubt}: {secret.KEY_MEANING}.")


def _read_version(reader: EnvironReader, pasted_in: str, address: Address) -> str:
    """The version set beats the one pasted. Other gateways than Azure's count as they like."""
    own = reader.text(API_VERSION)
    setting = API_VERSION if own else f"The api-version in {pasted_in}"
    given = own or address.version
    version = given.lower()
    if version == LATEST:
        reader.doubt(f"{setting} is '{LATEST}', which Azure calls v1 now: leave it out.")
        return "v1"
    if version in V1_VERSIONS or _is_dated(version):
        return version
    if address.is_gateway:
        reader.doubt(f"{setting} is {reader.quote(given)}, which no API of Azure's is called.")
        return given
    reader.refuse(f"{setting} is {reader.quote(given)}: {VERSION_MEANING}.")
    return ""


def _is_dated(version: str) -> bool:
    found = _DATED.fullmatch(version)
    try:
        return bool(found and date.fromisoformat(found[1]))
    except ValueError:
        return False
