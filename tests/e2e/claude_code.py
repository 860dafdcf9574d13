"""Claude Code, installed for one test. How it is found, and how it is run in print mode.

https://code.claude.com/docs/en/headless
"""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.node_modules import NODE_MODULES
from tests.e2e.servers import TOKEN, App, passed_on

SECONDS = 60
TOOLS = ["Bash", "Read", "Write", "Edit"]


def _find_binary() -> str | None:
    """Never the user's own `claude`: what is asserted holds for the versions of this file."""
    named = os.environ.get("CLAUDE_CODE_BINARY")
    packages = (NODE_MODULES / "@anthropic-ai").glob("claude-code-*/claude*")
    return named or next((str(path) for path in packages if os.access(path, os.X_OK)), None)


BINARY = _find_binary()

needs_claude_code = pytest.mark.skipif(
    BINARY is None,
    reason="needs Claude Code: CLAUDE_CODE_BINARY=file, or "
    "`npm install --no-save @anthropic-ai/claude-code@2.1.330` here",
)


@dataclass(frozen=True)
class ClaudeCode:
    """A user of its own, with an empty home and an empty working folder."""

    home: Path
    work: Path
    app: App
    settings: dict[str, str] = field(default_factory=dict)  # in its environment
    asked_before: int = 0  # messages that others sent to the app

    def run(self, prompt: str, *options: str) -> dict[str, Any]:
        result: dict[str, Any] = json.loads(self.output(prompt, "--output-format=json", *options))
        assert not result["is_error"], result["result"]
        assert result["permission_denials"] == []
        return result

    def output(self, prompt: str, *options: str) -> str:
        finished = self.start(prompt, *options)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def start(self, prompt: str, *options: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*options),
            cwd=self.work,
            env=self.environ(),
            input=prompt,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def command(self, *options: str) -> list[str]:
        return [str(BINARY), "--print", "--allowedTools", ",".join(TOOLS), *options]

    def got(self) -> list[int]:
        """The statuses of the replies to its messages so far."""
        return self.app.statuses()[self.asked_before :]

    def configure(self, **settings: Any) -> None:
        """Its settings.json: https://code.claude.com/docs/en/settings"""
        file = self.home / ".claude" / "settings.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(settings))

    def transcripts(self) -> str:
        """What it has written down of its sessions by now; it does so in its own time."""
        files = (self.home / ".claude" / "projects").glob("*/*.jsonl")
        return "".join(file.read_text() for file in files)

    def environ(self) -> dict[str, str]:
        return {
            **passed_on(),
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "ANTHROPIC_BASE_URL": self.app.url,
            "ANTHROPIC_AUTH_TOKEN": TOKEN,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            **self.settings,
        }


def install(folder: Path, app: App, **settings: str) -> ClaudeCode:
    home, work = folder / "home", folder / "work"
    home.mkdir()
    work.mkdir()
    return ClaudeCode(home, work, app, settings, len(app.statuses()))


def call(tool: str, **arguments: Any) -> str:
    return f"[[call {tool} {json.dumps(arguments)}]]"
