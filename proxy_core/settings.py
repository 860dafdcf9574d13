"""Application settings, read once at start-up. Names match local.settings.sample.json.

https://learn.microsoft.com/azure/azure-functions/functions-how-to-use-azure-function-app-settings

Blank means "not set". Whatever cannot be used is reported at once, in one message.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from proxy_core.configuration.deployment_name import CLAUDE_NAMES
from proxy_core.configuration.exposure import (
    AUTH_TOKEN,
    NO_TOKEN,
    read_closed,
    read_origins,
    read_tokens,
)
from proxy_core.configuration.log_choices import LogFormat, LogLevel
from proxy_core.configuration.models import NO_SAFEGUARDS, SAFEGUARDS_MODEL, ModelReader
from proxy_core.configuration.reader import EnvironReader
from proxy_core.configuration.resources import Resource, read_resources
from proxy_core.conversation import Effort, ReasoningDisplay
from proxy_core.deployments.address import LONGEST_NAME, Address, is_name
from proxy_core.deployments.models import (
    EFFORTS,
    Deployment,
    Family,
    UpstreamApi,
    find_family,
)
from proxy_core.errors import BadRequest

ApiChoice = Literal["auto", "responses", "chat"]
SummaryChoice = Literal["auto", "detailed", "off"]

# Core Tools and Azure let it override host.json, whose value proxy_app puts in its place.
FUNCTION_TIMEOUT = "AzureFunctionsJobHost__functionTimeout"
RESERVE = 60.0  # seconds before functionTimeout at which a reply is ended with an error

BODIES_ARE_LOGGED = (
    "LOG_BODIES IS ON: whatever people write and models answer stands in the log, for everyone who "
    "may read it. Take the setting away as soon as you have seen what you looked for."
)

ENTRA_SCOPE_SETTING = "AZURE_OPENAI_ENTRA_SCOPE"
ENTRA_SCOPE = "https://cognitiveservices.azure.com/.default"


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
    log_level: LogLevel = "info"  # of the least important lines that are written
    log_bodies: bool = False
    opentelemetry: bool = False
    doubts: tuple[str, ...] = ()  # about settings that can be used, and are hardly meant so

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Raises SettingsError with every problem in it.

        Capitals do not count in a name: Windows keeps none apart. Of two spellings the last counts.
        """
        reader = EnvironReader(environ)
        is_open = reader.flag("ALLOW_ANONYMOUS")
        closed = read_closed(reader, is_open)
        resources = read_resources(reader)
        models = ModelReader(reader, [resource.address for resource in resources])
        keys = [resource.api_key for resource in resources]
        settings = cls(
            resources=resources,
            entra_scope=_read_scope(reader),
            auth_tokens=() if closed else read_tokens(reader, keys),
            closed=closed,
            allow_anonymous=is_open,
            big_model=models.read("BIG_MODEL"),
            small_model=models.read("SMALL_MODEL"),
            big_effort=reader.choice("BIG_EFFORT", EFFORTS, None),
            small_effort=reader.choice("SMALL_EFFORT", EFFORTS, None),
            api=reader.choice("AZURE_OPENAI_API", get_args(ApiChoice), "auto"),
            families=models.families,
            summary=reader.choice("REASONING_SUMMARY", get_args(SummaryChoice), "auto"),
            safeguards_model=models.read_safeguards(),
            cursor_model=models.read("CURSOR_AZURE_DEPLOYMENT"),
            cursor_effort=reader.choice("CURSOR_EFFORT", EFFORTS, "medium"),
            reasoning_display=reader.choice(
                "CURSOR_REASONING_DISPLAY", get_args(ReasoningDisplay), "details"
            ),
            web_search=reader.flag("WEB_SEARCH"),
            cors_origins=read_origins(reader),
            longest_reply=_read_longest_reply(reader),
            log_format=reader.choice("LOG_FORMAT", get_args(LogFormat), "auto"),
            log_level=reader.choice("LOG_LEVEL", get_args(LogLevel), "info"),
            log_bodies=reader.flag("LOG_BODIES"),
            opentelemetry=reader.flag("OPENTELEMETRY"),
        )
        models.check_families()
        return replace(settings, doubts=reader.finish())

    @classmethod
    def of_access(cls, environ: Mapping[str, str]) -> "Settings":
        """Who may call a deployed app, and nothing else: the other settings cannot be used.

        A token that cannot be used opens nothing: it may be the one of a public sample.
        """
        reader = EnvironReader(environ)
        is_open = reader.flag("ALLOW_ANONYMOUS")
        closed = read_closed(reader, is_open)
        tokens = () if closed else read_tokens(reader, ())
        if reader.is_set(AUTH_TOKEN) and not tokens:
            closed = closed or NO_TOKEN
        return cls(
            resources=(),
            auth_tokens=tokens,
            closed=closed,
            allow_anonymous=is_open,
            cors_origins=read_origins(reader),
            log_format=reader.choice("LOG_FORMAT", get_args(LogFormat), "auto"),
            log_level=reader.choice("LOG_LEVEL", get_args(LogLevel), "info"),
        )

    @property
    def warnings(self) -> Iterator[str]:
        """What works, but not as well as it could, in sentences for whoever starts the app."""
        if self.log_bodies:
            yield BODIES_ARE_LOGGED
        if self.closed:
            yield self.closed
        elif not self.auth_tokens:
            yield "ANTHROPIC_AUTH_TOKEN is not set: anyone who reaches this proxy may use it."
        if not all(resource.api_key for resource in self.resources):
            yield "A key of Azure is not set: Entra ID tokens are used where there is none."
        aliases = {"BIG_MODEL": self.big_model, "SMALL_MODEL": self.small_model}
        for setting in (setting for setting, name in aliases.items() if not name):
            yield f"{setting} is not set: the Claude models it stands for will be refused."
        yield from self.doubts

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no line may hold."""
        keys = (resource.api_key for resource in self.resources)
        return (*filter(None, keys), *self.auth_tokens)

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


def _read_longest_reply(reader: EnvironReader) -> float | None:
    """Less than the function may run; None where that has no limit."""
    limit = reader.duration(FUNCTION_TIMEOUT, called="functionTimeout")
    return None if limit is None else max(limit - RESERVE, limit / 2)


def _read_scope(reader: EnvironReader) -> str:
    scope = reader.text(ENTRA_SCOPE_SETTING)
    if re.search(r"\s", scope) or not scope.isprintable():
        reader.refuse(f"{ENTRA_SCOPE_SETTING} is no scope: it is one such as {ENTRA_SCOPE}.")
    elif scope and not scope.endswith("/.default"):
        reader.doubt(f"{ENTRA_SCOPE_SETTING} does not end in /.default, as {ENTRA_SCOPE} does.")
    return scope or ENTRA_SCOPE
