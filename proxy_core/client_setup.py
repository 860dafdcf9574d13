"""What a person pastes where, so that a client uses this proxy: computed, never with I/O.

https://code.claude.com/docs/en/llm-gateway, https://code.claude.com/docs/en/model-config

The models keep Claude's own names beside the name that is shown: with a name it does not know,
Claude Code asks for a quarter of the output and another effort, and no `_SUPPORTED_CAPABILITIES`
changes that behind a base URL (docs/decisions/0032).
"""

import json
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from proxy_core.anthropic_messages.model_list import ALIASES, list_models
from proxy_core.configuration.exposure import AUTH_TOKEN
from proxy_core.cursor.model_ids import IDS
from proxy_core.settings import Settings

# Which of the snippets are for the shells of this machine, on Windows or not.
SHELLS = {True: ("claude-powershell", "claude-cmd"), False: ("claude-sh",)}
PLACEHOLDER = f"<your {AUTH_TOKEN}>"
ANY = "anything"  # what opens a proxy that asks for no token

# The names that a ready-made client must not find beside ours: they would win, or be sent as well.
RIVALS = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_MODEL",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_VERTEX",
)

_TIERS = dict(zip(("OPUS", "SONNET", "HAIKU"), ALIASES, strict=True))
_SONNET = _TIERS["SONNET"]

_POWERSHELL_QUOTES = "'\u2018\u2019\u201a\u201b"  # each of them ends a text in single quotes
_CMD_SPECIAL = '^&|<>()"%!'


@dataclass(frozen=True, slots=True)
class Snippet:
    """`id` is for programs, `title` for people; `language` is what the text is written in."""

    id: str
    title: str
    language: str
    text: str


def claude_variables(settings: Settings, url: str, token: str) -> dict[str, str]:
    """The environment of Claude Code. An empty token stands for the one that the reader knows."""
    return variables_for(list_models(settings.find_deployment), url, _token(settings, token))


def variables_for(models: Iterable[Mapping[str, Any]], url: str, token: str) -> dict[str, str]:
    """The same, of what a proxy lists: `GET /v1/models`."""
    found = {tier: model for model in models for tier, id in _TIERS.items() if model["id"] == id}
    variables = {"ANTHROPIC_BASE_URL": url.rstrip("/"), AUTH_TOKEN: token}
    # The first is what conversations run on; where a smaller one overflows, they are compacted.
    windows = filter(None, (model["max_input_tokens"] for model in found.values()))
    if window := next(windows, None):
        variables["CLAUDE_CODE_AUTO_COMPACT_WINDOW"] = str(window)
    for tier, model in found.items():
        setting = f"ANTHROPIC_DEFAULT_{tier}_MODEL"
        variables |= {setting: model["id"], f"{setting}_NAME": model["display_name"]}
    return {**variables, "CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1"}


def snippets(settings: Settings, url: str, token: str) -> tuple[Snippet, ...]:
    """In the order in which they are shown. The first is to be preferred: it outlives a shell."""
    url, token = url.rstrip("/"), _token(settings, token)
    return (
        *claude_snippets(claude_variables(settings, url, token)),
        Snippet("python", "Anthropic's SDK for Python", "python", _python(url, token)),
        Snippet(
            "typescript", "Anthropic's SDK for TypeScript", "typescript", _typescript(url, token)
        ),
        Snippet("curl", "curl", "sh", _curl(url, token)),
        Snippet("cursor", "Cursor: Settings > Models > API Keys", "text", _cursor(url, token)),
    )


def claude_snippets(variables: Mapping[str, str]) -> tuple[Snippet, ...]:
    settings = json.dumps({"env": variables}, indent=2)
    sh, powershell, cmd = (_lines(assign, variables) for assign in (_sh, _powershell, _cmd))
    return (
        Snippet("claude-settings", "Claude Code: ~/.claude/settings.json", "json", settings),
        Snippet("claude-sh", "Claude Code: sh, bash, zsh", "sh", sh),
        Snippet("claude-powershell", "Claude Code: PowerShell", "powershell", powershell),
        Snippet("claude-cmd", "Claude Code: cmd", "bat", cmd),
    )


def _token(settings: Settings, token: str) -> str:
    is_asked_for = settings.auth_tokens or settings.closed
    return token or (PLACEHOLDER if is_asked_for else ANY)


def _lines(assign: Callable[[str, str], str], variables: Mapping[str, str]) -> str:
    return "\n".join(assign(name, value) for name, value in variables.items())


def _sh(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _powershell(name: str, value: str) -> str:
    doubled = "".join(char * 2 if char in _POWERSHELL_QUOTES else char for char in value)
    return f"$env:{name} = '{doubled}'"


def _cmd(name: str, value: str) -> str:
    """Quotes keep everything but a quote and the names between per cent signs; carets keep all."""
    if not set('"%') & set(value):
        return f'set "{name}={value}"'
    return f"set {name}={''.join(f'^{char}' if char in _CMD_SPECIAL else char for char in value)}"


def _python(url: str, token: str) -> str:
    return f"""\
from anthropic import Anthropic

client = Anthropic(base_url={url!a}, api_key={token!a})
message = client.messages.create(
    model="{_SONNET}",
    max_tokens=1024,
    messages=[{{"role": "user", "content": "Hello"}}],
)
print(message.content[0].text)"""


def _typescript(url: str, token: str) -> str:
    return f"""\
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({{ baseURL: {json.dumps(url)}, apiKey: {json.dumps(token)} }});
const message = await client.messages.create({{
  model: "{_SONNET}",
  max_tokens: 1024,
  messages: [{{ role: "user", content: "Hello" }}],
}});
console.log(message.content);"""


def _curl(url: str, token: str) -> str:
    message = {"role": "user", "content": "Hello"}
    body = json.dumps({"model": _SONNET, "max_tokens": 1024, "messages": [message]})
    return f"""\
curl {shlex.quote(f"{url}/v1/messages")} \\
  -H {shlex.quote(f"authorization: Bearer {token}")} \\
  -H 'content-type: application/json' \\
  -d {shlex.quote(body)}"""


def _cursor(url: str, token: str) -> str:
    lines = [
        f"OpenAI API Key: {token}",
        f"Override OpenAI Base URL: {url}/cursor",
        f"Add Custom Model, one after the other: {', '.join(IDS)}",
    ]
    if urlsplit(url).scheme != "https":
        lines += [
            "Cursor calls from its own servers: this needs a public HTTPS URL, not localhost,",
            f"and then the app needs a token that is a secret: {AUTH_TOKEN}.",
        ]
    return "\n".join(lines)
