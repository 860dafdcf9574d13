"""Stand-in for what to paste where."""

from dataclasses import dataclass

from proxy_core.settings import Settings


@dataclass(frozen=True)
class Snippet:
    id: str
    title: str
    language: str
    text: str


def claude_variables(settings: Settings, url: str, token: str) -> dict[str, str]:
    names = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": token}
    if settings.big_model:
        names["ANTHROPIC_DEFAULT_OPUS_MODEL"] = settings.big_model
    return names


def snippets(settings: Settings, url: str, token: str) -> tuple[Snippet, ...]:
    pairs = claude_variables(settings, url, token).items()
    shell = "".join(f"export {name}={value}\n" for name, value in pairs)
    power = "".join(f"$env:{name} = '{value}'\n" for name, value in pairs)
    cmd = "".join(f'set "{name}={value}"\n' for name, value in pairs)
    block = ",\n".join(f'    "{name}": "{value}"' for name, value in pairs)
    python = f'client = Anthropic(base_url="{url}", api_key="{token}")\n'
    script = f'const client = new Anthropic({{ baseURL: "{url}", apiKey: "{token}" }});\n'
    curl = (
        f"curl {url}/v1/messages -H 'x-api-key: {token}' -H 'content-type: application/json' \\\n"
        '  -d \'{"model":"claude-sonnet-5-5","max_tokens":1024,'
        '"messages":[{"role":"user","content":"Hello"}]}\'\n'
    )
    return (
        Snippet("claude-sh", "Claude Code: bash, zsh", "sh", f"{shell}claude\n"),
        Snippet("claude-powershell", "Claude Code: PowerShell", "powershell", f"{power}claude\n"),
        Snippet("claude-cmd", "Claude Code: cmd", "bat", f"{cmd}claude\n"),
        Snippet(
            "claude-settings",
            "Claude Code: settings.json",
            "json",
            f'{{\n  "env": {{\n{block}\n  }}\n}}\n',
        ),
        Snippet(
            "python",
            "Anthropic SDK: Python",
            "python",
            f"from anthropic import Anthropic\n\n{python}",
        ),
        Snippet(
            "typescript",
            "Anthropic SDK: TypeScript",
            "typescript",
            f'import Anthropic from "@anthropic-ai/sdk";\n\n{script}',
        ),
        Snippet("curl", "curl", "sh", curl),
        Snippet(
            "cursor",
            "Cursor",
            "text",
            f"Base URL: {url}/cursor\nAPI key: {token}\nModels: gpt-high, gpt-medium, gpt-low\n",
        ),
    )
