"""Application settings, read once at start-up. Names match local.settings.sample.json.

https://learn.microsoft.com/azure/azure-functions/functions-how-to-use-azure-function-app-settings

Blank means "not set". Whatever cannot be used is reported at once, in one message.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from proxy_core.conversation import Effort, ReasoningDisplay
from proxy_core.deployments.address import (
    LONGEST_NAME,
    Address,
    is_name,
    read_address,
    stays_in_place,
)
from proxy_core.deployments.models import (
    EFFORTS,
    UNKNOWN,
    Deployment,
    Family,
    UpstreamApi,
    find_family,
)
from proxy_core.environ import EnvironReader
from proxy_core.errors import BadRequest

ApiChoice = Literal["auto", "responses", "chat"]
SummaryChoice = Literal["auto", "detailed", "off"]
LogFormat = Literal["auto", "json", "text"]

# One of these is set wherever a function app is deployed; which one depends on the plan
# (azure-functions-host, EnvironmentSettingNames.cs and EnvironmentExtensions.cs): the app's own
# plans, Flex Consumption, Container Apps. Core Tools set none.
DEPLOYED_MARKS = (
    "WEBSITE_INSTANCE_ID",
    "WEBSITE_SITE_NAME",
    "WEBSITE_POD_NAME",
    "LEGION_SERVICE_HOST",
    "CONTAINER_APP_NAME",
)
# Consumption on Linux and Kubernetes have no others, but a developer's container has these as well:
# there Core Tools and our own host say that they are no deployment.
CONTAINER_MARKS = ("CONTAINER_NAME", "KUBERNETES_SERVICE_HOST")
ENVIRONMENT = "AZURE_FUNCTIONS_ENVIRONMENT"

# Core Tools and Azure let it override host.json, whose value function_app puts in its place.
FUNCTION_TIMEOUT = "AzureFunctionsJobHost__functionTimeout"
RESERVE = 60.0  # seconds before functionTimeout at which a reply is ended with an error

# in the names of Claude models, whoever sells them: `us.anthropic.claude-opus-4-v1:0`
CLAUDE_NAMES = ("claude", "sonnet", "opus")

AUTH_TOKEN = "ANTHROPIC_AUTH_TOKEN"
SAFEGUARDS_MODEL = "SAFEGUARDS_MODEL"
NO_SAFEGUARDS = "off"
ENTRA_SCOPE = "https://cognitiveservices.azure.com/.default"


@dataclass(frozen=True, slots=True)
class Resource:
    """One Azure OpenAI resource. Without a key it is called with an Entra ID token."""

    address: Address
    api_key: str = field(default="", repr=False)
    settings: str = "AZURE_OPENAI"  # what the names of its settings begin with


@dataclass(frozen=True, slots=True)
class Settings:
    resources: tuple[Resource, ...]  # the first is asked first, the others where it fails
    entra_scope: str = ENTRA_SCOPE
    auth_tokens: tuple[str, ...] = ()  # any of them opens the proxy
    closed: str = ""  # why nobody may call; empty: whoever has a token may
    allow_anonymous: bool = False  # by whatever name the proxy is called
    big_model: str = ""
    small_model: str = ""
    big_effort: Effort | None = None
    small_effort: Effort | None = None
    api: ApiChoice = "auto"
    families: Mapping[str, str] | None = None  # deployment -> model behind it
    summary: SummaryChoice = "auto"
    safeguards_model: str = ""  # NO_SAFEGUARDS: none; empty: the small one
    cursor_model: str = ""
    cursor_effort: Effort = "medium"
    reasoning_display: ReasoningDisplay = "details"
    web_search: bool = False
    cors_origins: tuple[str, ...] = ()  # whose pages may call; "*": anyone's
    longest_reply: float | None = None  # seconds
    log_format: LogFormat = "auto"  # text on a terminal, else JSON lines
    repeats_a_resource: bool = False

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Raises SettingsError with every problem in it.

        Capitals do not count in a name: Windows keeps none apart. Of two spellings the last counts.
        """
        reader = EnvironReader(environ)
        is_open = reader.flag("ALLOW_ANONYMOUS")
        closed = _read_closed(reader, is_open)
        found = tuple(_read_resources(reader))
        resources = _merge(found)
        address = resources[0].address
        settings = cls(
            resources=resources,
            entra_scope=reader.text("AZURE_OPENAI_ENTRA_SCOPE") or ENTRA_SCOPE,
            auth_tokens=() if closed else reader.list(AUTH_TOKEN),
            closed=closed,
            allow_anonymous=is_open,
            big_model=_read_name(reader, "BIG_MODEL") or address.deployment,
            small_model=_read_name(reader, "SMALL_MODEL") or address.deployment,
            big_effort=reader.choice("BIG_EFFORT", EFFORTS, None),
            small_effort=reader.choice("SMALL_EFFORT", EFFORTS, None),
            api=reader.choice("AZURE_OPENAI_API", get_args(ApiChoice), "auto"),
            families=dict(reader.pairs("AZURE_MODEL_FAMILIES")),
            summary=reader.choice("REASONING_SUMMARY", get_args(SummaryChoice), "auto"),
            safeguards_model=_read_name(reader, SAFEGUARDS_MODEL),
            cursor_model=_read_name(reader, "CURSOR_AZURE_DEPLOYMENT") or address.deployment,
            cursor_effort=reader.choice("CURSOR_EFFORT", EFFORTS, "medium"),
            reasoning_display=reader.choice(
                "CURSOR_REASONING_DISPLAY", get_args(ReasoningDisplay), "details"
            ),
            web_search=reader.choice("WEB_SEARCH", ("on", "off"), "off") == "on",
            cors_origins=tuple(o.rstrip("/") for o in reader.list("CORS_ALLOWED_ORIGINS")),
            longest_reply=_read_longest_reply(reader),
            log_format=reader.choice("LOG_FORMAT", get_args(LogFormat), "auto"),
            repeats_a_resource=len(resources) < len(found),
        )
        reader.finish()
        return settings

    @property
    def warnings(self) -> Iterator[str]:
        """What works, but not as well as it could, in sentences for whoever starts the app."""
        if self.closed:
            yield self.closed
        elif not self.auth_tokens:
            yield "ANTHROPIC_AUTH_TOKEN is not set: anyone who reaches this proxy may use it."
        if not all(resource.api_key for resource in self.resources):
            yield "A key of Azure is not set: Entra ID tokens are used where there is none."
        if self.repeats_a_resource:
            yield (
                "AZURE_OPENAI_FALLBACK_ENDPOINT names a resource that was named before: it is "
                "asked once, with the first key."
            )
        aliases = {"BIG_MODEL": self.big_model, "SMALL_MODEL": self.small_model}
        for setting in (setting for setting, name in aliases.items() if not name):
            yield f"{setting} is not set: the Claude models it stands for will be refused."
        for name in dict.fromkeys((*aliases.values(), self.cursor_model)):
            if name and self._find_family(name) is UNKNOWN:
                yield (
                    f"The model behind the deployment {name!r} is unknown, so no reasoning effort "
                    f"is sent. Name it: AZURE_MODEL_FAMILIES={name}=gpt-5.4"
                )

    def find_deployment(self, model: str) -> Deployment:
        """The deployment that answers for a model name: an alias of Claude's, or its own name."""
        match model.lower():
            case name if len(name) > LONGEST_NAME:
                raise _no_name(model)
            case name if "haiku" in name:
                return self._deployment(self.small_model, "SMALL_MODEL", model, self.small_effort)
            case name if any(word in name for word in CLAUDE_NAMES):
                return self._deployment(self.big_model, "BIG_MODEL", model, self.big_effort)
            case _ if is_name(model):
                return self._deployment(model, "", model, None)
            case _:
                raise _no_name(model)

    def find_safeguards_deployment(self) -> Deployment | None:
        """The deployment that judges proposed tool uses, if there is one."""
        if self.safeguards_model.lower() == NO_SAFEGUARDS:
            return None
        setting = SAFEGUARDS_MODEL if self.safeguards_model else "SMALL_MODEL"
        model = self.safeguards_model or self.small_model
        return self._deployment(model, setting, model, None) if model else None

    def find_cursor_deployment(self) -> Deployment:
        """The deployment that answers Cursor, whatever model id it names."""
        return self._deployment(self.cursor_model, "CURSOR_AZURE_DEPLOYMENT", "Cursor", None)

    def _deployment(self, name: str, setting: str, model: str, effort: Effort | None) -> Deployment:
        if not name:
            raise BadRequest(
                f"{model[:64]!r} needs the setting {setting} of this proxy, which names an Azure "
                "deployment.",
                about="setting",
            )
        family = self._find_family(name)
        first, *others = (
            Deployment(
                name=name,
                api=self._choose_api(family, resource.address),
                family=family,
                resource=resource.address.resource,
                effort=effort,
                summary=None if self.summary == "off" else self.summary,
                web_search=self.web_search,
                api_is_set=self.api != "auto",
                setting=setting,
                resource_settings=resource.settings,
            )
            for resource in self.resources
        )
        return replace(first, elsewhere=tuple(others))

    def _find_family(self, deployment: str) -> Family:
        return find_family((self.families or {}).get(deployment, deployment))

    def _choose_api(self, family: Family, address: Address) -> UpstreamApi:
        """The user's word; else what the family needs; else Responses wherever Azure has it."""
        if self.api != "auto":
            return self.api
        if family.chat_only:
            return "chat"
        if address.is_dated:
            needs_responses = family.responses_only or family.tools_on_chat != "always"
            return "responses" if needs_responses and address.speaks_responses else "chat"
        return "responses"


def _no_name(model: str) -> BadRequest:
    return BadRequest(f"model: {model[:64]!r} is no name of a deployment", status=404)


def _merge(found: Iterable[Resource]) -> tuple[Resource, ...]:
    """Twice the same resource is one, with the first key that it is given."""
    merged: dict[str, Resource] = {}
    for resource in found:
        first = merged.setdefault(resource.address.resource, resource)
        key = first.api_key or resource.api_key
        merged[resource.address.resource] = replace(first, api_key=key)
    return tuple(merged.values())


def _read_closed(reader: EnvironReader, is_open: bool) -> str:
    """The app starts in any case, so that whoever calls it reads why it is closed."""
    if reader.is_unresolved(AUTH_TOKEN):
        return (
            f"This proxy is closed: the setting {AUTH_TOKEN} is a reference that Azure could not "
            "resolve. Check that the app may read the secret."
        )
    if is_open or reader.text(AUTH_TOKEN) or not _is_deployed(reader):
        return ""
    return (
        f"This proxy is closed: the setting {AUTH_TOKEN} is missing. Set it, or set "
        "ALLOW_ANONYMOUS=true to let anyone in."
    )


def _is_deployed(reader: EnvironReader) -> bool:
    is_development = reader.text(ENVIRONMENT).lower() == "development"
    marks = DEPLOYED_MARKS if is_development else DEPLOYED_MARKS + CONTAINER_MARKS
    return any(map(reader.text, marks))


def _read_resources(reader: EnvironReader) -> Iterator[Resource]:
    """The first resource, then those to fall back to: endpoints and keys in the same order."""
    url, key = reader.text("AZURE_OPENAI_ENDPOINT"), reader.text("AZURE_OPENAI_API_KEY")
    if not url:
        reader.refuse("AZURE_OPENAI_ENDPOINT is not set")
    yield _read_resource(reader, "AZURE_OPENAI", url, key)
    urls = reader.list("AZURE_OPENAI_FALLBACK_ENDPOINT")
    keys = reader.list("AZURE_OPENAI_FALLBACK_API_KEY") or ("",) * len(urls)
    if len(keys) != len(urls):
        reader.refuse(
            "AZURE_OPENAI_FALLBACK_API_KEY must hold a key for each fallback endpoint, or none"
        )
    for url, key in zip(urls, keys, strict=False):
        yield _read_resource(reader, "AZURE_OPENAI_FALLBACK", url, key)


def _read_resource(reader: EnvironReader, settings: str, url: str, key: str) -> Resource:
    address = Address("")
    try:
        address = read_address(url) if url else address
    except ValueError:
        reader.refuse(
            f"{settings}_ENDPOINT is not a URL such as https://my-resource.openai.azure.com"
        )
    version = reader.text("AZURE_API_VERSION") or address.version
    return Resource(replace(address, version=version), key, settings)


def _read_longest_reply(reader: EnvironReader) -> float | None:
    """Less than the function may run; None where that has no limit."""
    limit = reader.duration(FUNCTION_TIMEOUT, called="functionTimeout")
    return None if limit is None else max(limit - RESERVE, limit / 2)


def _read_name(reader: EnvironReader, setting: str) -> str:
    """Of a deployment."""
    name = reader.text(setting)
    if name and not (stays_in_place(name) and len(name) <= LONGEST_NAME):
        reader.refuse(f"{setting} is no name of a deployment")
    return name
