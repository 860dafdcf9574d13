"""Addresses that are no endpoint, as people paste them.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/create-resource

Each mistake is a row of MISTAKES: how it is known, and what is said of it behind the name of the
setting. The first that fits is told. What can be used and is hardly meant is in DOUBTS.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from difflib import get_close_matches
from urllib.parse import SplitResult, parse_qs, urlsplit

import msgspec

from proxy_core.configuration.placeholders import is_placeholder
from proxy_core.configuration.quoting import is_key
from proxy_core.deployments.address import AZURE_HOSTS, has_port, read_ip

EXAMPLE = "https://my-resource.openai.azure.com"
MEANING = (
    "it must be the address of your Azure OpenAI resource, as the portal shows it under Keys and "
    f"Endpoint, such as {EXAMPLE}"
)

# Pages about resources, and other makers' APIs; what stands below them is the same.
PAGES = {
    "portal.azure.com": "is a page of the Azure portal",
    "portal.azure.us": "is a page of the Azure portal",
    "portal.azure.cn": "is a page of the Azure portal",
    "ai.azure.com": "is a page of the Foundry portal",
    "oai.azure.com": "is a page of Azure OpenAI Studio",
    "cognitive.azure.com": "is a page of one of Azure's studios",
    "learn.microsoft.com": "is a page of Microsoft's manuals",
    "docs.microsoft.com": "is a page of Microsoft's manuals",
    "azure.microsoft.com": "is a page about Azure",
    "management.azure.com": "is the address of Azure's resource manager",
    "login.microsoftonline.com": "is where Entra ID signs people in",
    "github.com": "is a page of GitHub",
    "api.openai.com": "is OpenAI's own API, which has other keys and models than Azure's",
    "platform.openai.com": "is a page of OpenAI, not of Azure",
    "api.anthropic.com": "is Anthropic's API, and this proxy calls Azure OpenAI",
}

LONGEST = 2_000  # characters
_SEVERAL = re.compile(r"\S[,;\s]\s*\S*(?:://|\.\w+\.)")
_RESOURCE_ID = re.compile(r"/?subscriptions/", re.IGNORECASE)
_TOP_LEVEL = re.compile(r"xn--[a-z0-9-]+|[^\W\d_]{2,}")
_PRIVATE = re.compile(
    r"[^.]+|.*\.(?:local|internal|localhost|lan|home\.arpa|corp|test|svc|\w*\d\w*)"
)


class Pasted(msgspec.Struct, frozen=True):
    text: str
    parts: SplitResult

    @property
    def host(self) -> str:
        """In small letters; empty where there is none."""
        return (self.parts.hostname or "").removesuffix(".")

    @property
    def label(self) -> str:
        """What names the resource."""
        return self.host.partition(".")[0]

    @property
    def is_azure(self) -> bool:
        return self.host.endswith(AZURE_HOSTS)


def find_mistake(text: str) -> str:
    """What it is instead of an endpoint; empty where it may be one."""
    pasted = _read(text)
    found = (phrase for is_so, phrase in MISTAKES if is_so(pasted))
    return next(found, "") or _find_page(pasted)


def find_doubts(text: str) -> tuple[str, ...]:
    pasted = _read(text)
    return tuple(phrase for is_so, phrase in DOUBTS if is_so(pasted))


def is_url(text: str) -> bool:
    return "://" in text or text.lower().rstrip("/").endswith(AZURE_HOSTS)


def _read(text: str) -> Pasted:
    with suppress(ValueError):
        return Pasted(text, urlsplit(text if "://" in text else f"https://{text}"))
    return Pasted(text, urlsplit("https://"))  # which has no host


def _find_page(pasted: Pasted) -> str:
    if pasted.is_azure:  # some resources stand below ai.azure.com
        return ""
    pages = (phrase for page, phrase in PAGES.items() if f".{pasted.host}".endswith(f".{page}"))
    return next(pages, "")


def _has_key(pasted: Pasted) -> bool:
    return any(map(is_key, (pasted.text, *pasted.host.split("."))))


def _is_no_host(pasted: Pasted) -> bool:
    """A name without a dot is that of a machine or a container; then its scheme or port is told."""
    if read_ip(pasted.host.partition("%")[0]):
        return False
    try:
        pasted.host.encode("idna")
    except UnicodeError:
        return True
    if re.search(r"[^\w.-]", pasted.host) or not re.search(r"[^\W\d_]", pasted.host):
        return True
    _, dot, top = pasted.host.rpartition(".")
    is_public = bool(dot and _TOP_LEVEL.fullmatch(top))
    is_local = pasted.host == "localhost" or pasted.parts.scheme == "http" or pasted.parts.port
    return not (is_public or is_local)


def _is_unencrypted(pasted: Pasted) -> bool:
    """Where strangers may listen."""
    if pasted.parts.scheme != "http":
        return False
    ip = read_ip(pasted.host.partition("%")[0])
    return ip.is_global if ip else not _PRIVATE.fullmatch(pasted.host)


def _is_near_azure(pasted: Pasted) -> bool:
    domain = "." + pasted.host.partition(".")[2]
    near = get_close_matches(domain[:64], AZURE_HOSTS, n=1, cutoff=0.85)
    return bool(near) and not pasted.is_azure


MISTAKES: tuple[tuple[Callable[[Pasted], bool], str], ...] = (
    (lambda p: len(p.text) > LONGEST, "is longer than an address"),
    (_has_key, "holds what looks like a key"),
    (lambda p: any(map(is_placeholder, (p.text, p.label))), "still is a sample's placeholder"),
    (lambda p: bool(_RESOURCE_ID.match(p.text)), "is the id of a resource"),
    (lambda p: bool(_SEVERAL.search(p.text)), "holds more than one address"),
    (lambda p: " " in p.text or not p.text.isprintable(), "has a blank or a line break in it"),
    (lambda p: p.parts.scheme not in ("http", "https"), "does not begin with https://"),
    (lambda p: "@" in p.parts.netloc, "holds a user name or a password"),
    (lambda p: not p.host, "is no address"),
    (lambda p: not has_port(p.parts), "names a port that is no number from 1 to 65535"),
    (lambda p: f".{p.host}" in AZURE_HOSTS, "names no resource"),
    (lambda p: p.host.endswith(".azure.openai.com"), "ends in azure.openai.com, which is nobody's"),
    (_is_no_host, "names no host"),
)
DOUBTS: tuple[tuple[Callable[[Pasted], bool], str], ...] = (
    (_is_unencrypted, "begins with http://, so keys and prompts travel unencrypted: use https://"),
    (_is_near_azure, "nearly ends like a host of Azure's: did you mean .openai.azure.com?"),
    (
        lambda p: bool(parse_qs(p.parts.query).keys() - {"api-version"}),
        "has parameters behind the ?, of which only api-version counts",
    ),
)
