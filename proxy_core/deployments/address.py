"""Any form in which people paste an Azure endpoint -> the URLs to call.

https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle

Azure has three surfaces: the v1 API, where the deployment is the body's `model`; dated Chat
Completions, where it stands in the path; and dated Responses, where it does not.
"""

import re
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

import msgspec

from proxy_core.deployments.models import UpstreamApi
from proxy_core.errors import BadRequest

AZURE_HOSTS = (
    ".openai.azure.com",
    ".cognitiveservices.azure.com",
    ".services.ai.azure.com",
    ".api.cognitive.microsoft.com",
    ".openai.azure.us",
    ".cognitiveservices.azure.us",
    ".openai.azure.cn",
    ".cognitiveservices.azure.cn",
)
# Where the part that the proxy chooses itself begins.
SURFACES = ("/openai", "/models", "/api/projects", "/anthropic")

V1_VERSIONS = ("", "v1", "preview")
FIRST_WITH_RESPONSES = "2025-03-01"

LONGEST_NAME = 128  # characters of a deployment's, and of whatever clients call a model
# Slashes and colons are for gateways, which have models of many makers.
_NAME = re.compile(rf"[\w./:@-]{{1,{LONGEST_NAME}}}", re.ASCII)
DEFAULT_PORTS = {"http": 80, "https": 443}


class Address(msgspec.Struct, frozen=True):
    base: str  # of the v1 API, or a gateway's own, as it was given
    version: str = ""  # api-version
    deployment: str = ""  # named in the pasted path
    is_gateway: bool = False  # not Azure's own host, and a path was given: it is never changed

    @property
    def is_azure(self) -> bool:
        return (urlsplit(self.base).hostname or "").removesuffix(".").endswith(AZURE_HOSTS)

    @property
    def is_dated(self) -> bool:
        speaks_v1 = self.is_gateway and self.base.endswith("/v1")
        return self.version not in V1_VERSIONS and not speaks_v1

    @property
    def speaks_responses(self) -> bool:
        return not self.is_dated or self.version >= FIRST_WITH_RESPONSES

    @property
    def resource(self) -> str:
        """Stands for the resource wherever its name should not be seen: 12 characters.

        The same for every spelling of its address.
        """
        return sha256(_spell(urlsplit(self.base)).encode()).hexdigest()[:12]

    @property
    def host(self) -> str:
        """As a person knows the resource."""
        return urlsplit(self.base).hostname or ""

    @property
    def models_url(self) -> str:
        """Of the list of models, which says nothing of deployments."""
        return self._at("models")

    def url(self, api: UpstreamApi, deployment: str) -> str:
        path = "responses" if api == "responses" else "chat/completions"
        if self.is_dated and api == "chat":
            if not stays_in_place(deployment):
                raise BadRequest("model: this is no name of a deployment", status=404)
            path = f"deployments/{quote(deployment, safe='')}/{path}"
        return self._at(path)

    def _at(self, path: str) -> str:
        strip = self.is_dated and not self.is_gateway
        root = self.base.removesuffix("/v1") if strip else self.base
        query = f"?api-version={self.version}" if self.version else ""
        return f"{root}/{path}{query}"


def read_address(pasted: str) -> Address:
    """Raises ValueError where nothing can be called. An address without a path is Azure's, or
    surely a gateway's that does as Azure does.
    """
    pasted = pasted.strip()
    parts = urlsplit(pasted if "://" in pasted else f"https://{pasted}")
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in pasted:
        raise ValueError("is not a URL")
    if not has_port(parts):
        raise ValueError("has no port")
    version = parse_qs(parts.query).get("api-version", [""])[0]
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    _, _, rest = path.partition("/deployments/")
    deployment = unquote(rest.partition("/")[0])
    if parts.hostname.removesuffix(".").endswith(AZURE_HOSTS):
        cut = min((i for i in map(path.find, SURFACES) if i >= 0), default=len(path))
        return Address(f"{origin}{path[:cut]}/openai/v1", version, deployment)
    if not path:
        return Address(f"{origin}/openai/v1", version)
    return Address(f"{origin}{path}", version, deployment, is_gateway=True)


def has_port(parts: SplitResult) -> bool:
    """Whether it is one, or the usual one."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def _spell(parts: SplitResult) -> str:
    credentials, at, _ = parts.netloc.rpartition("@")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else (parts.hostname or "")
    port = "" if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{credentials}{at}{host.removesuffix('.')}{port}{parts.path}"


def is_name(name: str) -> bool:
    """Whether a client may call a deployment so."""
    return bool(_NAME.fullmatch(name)) and stays_in_place(name)


def stays_in_place(name: str) -> bool:
    """Whether it leads nowhere else in a path, also where slashes are unescaped on the way."""
    return all(part.strip(". ") for part in re.split(r"[/\\]", unquote(name)))


def read_ip(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is named by; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None
