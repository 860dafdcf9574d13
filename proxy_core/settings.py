"""Application settings, read once at start-up. Names match local.settings.sample.json.

https://learn.microsoft.com/azure/azure-functions/functions-how-to-use-azure-function-app-settings

Blank means "not set". Whatever cannot be used is reported at once, in one message.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from proxy_core.conversation import Effort, ReasoningDisplay
from proxy_core.deployments.address import Address, read_address
from proxy_core.deployments.models import (
    EFFORTS,
    UNKNOWN,
    Deployment,
    Family,
    UpstreamApi,
    find_family,
)
from proxy_core.errors import BadRequest, SettingsError

ApiChoice = Literal["auto", "responses", "chat"]
SummaryChoice = Literal["auto", "detailed", "off"]

# Azure sets one of these wherever a function app runs; which one depends on the plan
# (azure-functions-host, EnvironmentExtensions.cs). Core Tools set none of them.
AZURE_MARKS = ("WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "WEBSITE_POD_NAME", "CONTAINER_APP_NAME")


# A deployment's; slashes and colons are for gateways, which have models of many makers.
_NAME = re.compile(r"[\w./:@-]{1,128}", re.ASCII)

# Core Tools and Azure let it override host.json, whose value function_app puts in its place.
FUNCTION_TIMEOUT = "AzureFunctionsJobHost__functionTimeout"
_DURATION = re.compile(r"(?:(\d+)\.)?(\d+):(\d+):(\d+)")
RESERVE = 60.0  # seconds before functionTimeout at which a reply is ended with an error

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
    must_authenticate: bool = False  # deployed, without a token and without leave to do so
    big_model: str = ""
    small_model: str = ""
    big_effort: Effort | None = None
    small_effort: Effort | None = None
    api: ApiChoice = "auto"
    families: Mapping[str, str] | None = None  # deployment -> model behind it
    summary: SummaryChoice = "auto"
    safeguards_model: str = ""
    cursor_model: str = ""
    cursor_effort: Effort = "medium"
    reasoning_display: ReasoningDisplay = "details"
    web_search: bool = False
    cors_origins: tuple[str, ...] = ()  # whose pages may call; "*": anyone's
    longest_reply: float | None = None  # seconds

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Raises SettingsError with every problem in it."""
        reader = _Reader({name: value.strip() for name, value in environ.items()})
        tokens = reader.list("ANTHROPIC_AUTH_TOKEN")
        is_open = reader.flag("ALLOW_ANONYMOUS")
        # twice the same resource is one
        resources = tuple({found.address.resource: found for found in reader.resources()}.values())
        address = resources[0].address
        settings = cls(
            resources=resources,
            entra_scope=reader.text("AZURE_OPENAI_ENTRA_SCOPE") or ENTRA_SCOPE,
            auth_tokens=tokens,
            must_authenticate=any(map(reader.text, AZURE_MARKS)) and not tokens and not is_open,
            big_model=reader.text("BIG_MODEL") or address.deployment,
            small_model=reader.text("SMALL_MODEL") or address.deployment,
            big_effort=reader.choice("BIG_EFFORT", EFFORTS, None),
            small_effort=reader.choice("SMALL_EFFORT", EFFORTS, None),
            api=reader.choice("AZURE_OPENAI_API", get_args(ApiChoice), "auto"),
            families=dict(reader.pairs("AZURE_MODEL_FAMILIES")),
            summary=reader.choice("REASONING_SUMMARY", get_args(SummaryChoice), "auto"),
            safeguards_model=reader.text("SAFEGUARDS_MODEL"),
            cursor_model=reader.text("CURSOR_AZURE_DEPLOYMENT") or address.deployment,
            cursor_effort=reader.choice("CURSOR_EFFORT", EFFORTS, "medium"),
            reasoning_display=reader.choice(
                "CURSOR_REASONING_DISPLAY", get_args(ReasoningDisplay), "details"
            ),
            web_search=reader.choice("WEB_SEARCH", ("on", "off"), "off") == "on",
            cors_origins=tuple(o.rstrip("/") for o in reader.list("CORS_ALLOWED_ORIGINS")),
            longest_reply=reader.longest_reply(),
        )
        reader.finish()
        return settings

    @property
    def warnings(self) -> Iterator[str]:
        """What works, but not as well as it could, in sentences for whoever starts the app."""
        if not self.auth_tokens and not self.must_authenticate:
            yield "ANTHROPIC_AUTH_TOKEN is not set: anyone who reaches this proxy may use it."
        if not all(resource.api_key for resource in self.resources):
            yield "A key of Azure is not set: Entra ID tokens are used where there is none."
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
            case name if "haiku" in name:
                return self._deployment(self.small_model, "SMALL_MODEL", model, self.small_effort)
            case name if name.startswith("claude") or "sonnet" in name or "opus" in name:
                return self._deployment(self.big_model, "BIG_MODEL", model, self.big_effort)
            case _ if _NAME.fullmatch(model) and model.strip("."):
                return self._deployment(model, "", model, None)
            case _:
                raise BadRequest(f"model: {model[:64]!r} is no name of a deployment", status=404)

    def find_safeguards_deployment(self) -> Deployment | None:
        """The deployment that judges proposed tool uses, if there is one."""
        model = self.safeguards_model
        return self._deployment(model, "", model, None) if model else None

    def find_cursor_deployment(self) -> Deployment:
        """The deployment that answers Cursor, whatever model id it names."""
        return self._deployment(self.cursor_model, "CURSOR_AZURE_DEPLOYMENT", "Cursor", None)

    def _deployment(self, name: str, setting: str, model: str, effort: Effort | None) -> Deployment:
        if not name:
            raise BadRequest(
                f"model: {model!r} needs the setting {setting}, which names an Azure deployment",
                status=404,
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


class _Reader:
    """Takes settings by name and remembers what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def text(self, name: str) -> str:
        return self._environ.get(name, "")

    def list(self, name: str) -> tuple[str, ...]:
        return tuple(filter(None, (part.strip() for part in self.text(name).split(","))))

    def resources(self) -> Iterator[Resource]:
        """The first resource, then those to fall back to: endpoints and keys in the same order."""
        if not (url := self.text("AZURE_OPENAI_ENDPOINT")):
            self._problems.append("AZURE_OPENAI_ENDPOINT is not set")
        yield self._resource("AZURE_OPENAI", url, self.text("AZURE_OPENAI_API_KEY"))
        urls = self.list("AZURE_OPENAI_FALLBACK_ENDPOINT")
        keys = self.list("AZURE_OPENAI_FALLBACK_API_KEY") or ("",) * len(urls)
        if len(keys) != len(urls):
            self._problems.append(
                "AZURE_OPENAI_FALLBACK_API_KEY must hold a key for each fallback endpoint, or none"
            )
        for url, key in zip(urls, keys, strict=False):
            yield self._resource("AZURE_OPENAI_FALLBACK", url, key)

    def _resource(self, settings: str, url: str, key: str) -> Resource:
        address = Address("")
        try:
            address = read_address(url) if url else address
        except ValueError:
            self._problems.append(
                f"{settings}_ENDPOINT is not a URL such as https://my-resource.openai.azure.com"
            )
        version = self.text("AZURE_API_VERSION") or address.version
        return Resource(replace(address, version=version), key, settings)

    def longest_reply(self) -> float | None:
        """Less than the function may run; None where that has no limit."""
        value = self.text(FUNCTION_TIMEOUT)
        if value in ("", "-1"):
            return None
        found = _DURATION.fullmatch(value)
        if not found:
            self._problems.append("functionTimeout must read hh:mm:ss, or -1")
            return None
        days, hours, minutes, seconds = (int(number or 0) for number in found.groups())
        limit = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        return max(limit - RESERVE, limit / 2)

    def flag(self, name: str) -> bool:
        return bool(self.choice(name, ("true", "false"), "false") == "true")

    def choice(self, name: str, choices: tuple[str, ...], default: Any) -> Any:
        value = self.text(name).lower()
        if value and value not in choices:
            self._problems.append(f"{name} must be one of {', '.join(choices)}")
        return value or default

    def pairs(self, name: str) -> Iterator[tuple[str, str]]:
        for pair in self.list(name):
            key, equals, value = (part.strip() for part in pair.partition("="))
            if not (key and equals and value):
                self._problems.append(f"{name} must read deployment=model,deployment=model")
                return
            yield key, value

    def finish(self) -> None:
        if self._problems:
            raise SettingsError(f"These settings cannot be used: {'; '.join(self._problems)}.")
