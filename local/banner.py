"""What to paste where, once the app serves."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from local.settings_file import setting

PLACEHOLDER = "<your ANTHROPIC_AUTH_TOKEN>"


def write_banner(
    port: int, environ: Mapping[str, str], *, simulated: bool, windows: bool, show_token: bool
) -> str:
    """`show_token`: whether a person reads this, not a log file."""
    url = f"http://localhost:{port}"
    token = setting(environ, "ANTHROPIC_AUTH_TOKEN").partition(",")[0].strip()
    shown = (token if show_token else PLACEHOLDER) if token else "anything"
    lines = [
        "",
        f"Ready at {url}",
        "",
        *(_about_the_simulator(environ) if simulated else _about_azure(environ)),
        "",
        "Claude Code: paste this into another terminal, then run `claude` there.",
        "",
        *_assignments({"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": shown}, windows),
        "",
    ]
    if not token:
        lines += ["No ANTHROPIC_AUTH_TOKEN is set here, so any value is accepted.", ""]
    lines += [
        f"Cursor base URL: {url}/cursor",
        "Its custom models: gpt-high, gpt-medium, gpt-low, gpt-minimal.",
        "Cursor calls from its own servers: it needs a public HTTPS URL, not localhost,",
        "and then the app needs a token that is a secret: ANTHROPIC_AUTH_TOKEN.",
        "",
        "Ctrl-C ends everything.",
        "",
    ]
    return "\n".join(lines)


def _about_the_simulator(environ: Mapping[str, str]) -> Iterator[str]:
    yield "REPLIES COME FROM THE LOCAL SIMULATOR, not from Azure OpenAI."
    if setting(environ, "AZURE_OPENAI_ENDPOINT"):
        yield "SIMULATE_AZURE is true; take that away to use the resource you configured."
    else:
        yield "For your own resource: copy local.settings.sample.json to local.settings.json,"
        yield "fill it in and start again."


def _about_azure(environ: Mapping[str, str]) -> Iterator[str]:
    endpoint = setting(environ, "AZURE_OPENAI_ENDPOINT")
    host = urlsplit(endpoint if "//" in endpoint else f"//{endpoint}").netloc.rpartition("@")[2]
    yield f"Replies come from Azure OpenAI at {host}."


def _assignments(variables: Mapping[str, str], windows: bool) -> Iterator[str]:
    if windows:
        yield "  PowerShell:"
        for name, value in variables.items():
            quoted = value.replace("'", "''")
            yield f"    $env:{name} = '{quoted}'"
        yield "  cmd:"
        for name, value in variables.items():
            yield f'    set "{name}={value}"'
    else:
        for name, value in variables.items():
            plain = value == PLACEHOLDER
            yield f"  export {name}={value if plain else shlex.quote(value)}"
