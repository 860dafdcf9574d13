"""`dev.py claude` with the real client: nothing is set but what it sets itself."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.e2e.claude_code import BINARY, SECONDS, ClaudeCode, needs_claude_code
from tests.e2e.servers import TOKEN, Azure
from tests.host.processes import ROOT

pytestmark = needs_claude_code


def dev_claude(claude: ClaudeCode, folder: Path, *arguments: str) -> str:
    (folder / "claude").symlink_to(str(BINARY))
    ours = {"ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN"}
    environ = {name: value for name, value in claude.environ().items() if name not in ours}
    path = os.pathsep.join([str(folder), environ.get("PATH", "")])
    # a key of the person's own, which would be sent to Anthropic
    own = {"PATH": path, "ANTHROPIC_AUTH_TOKEN": TOKEN, "ANTHROPIC_API_KEY": "sk-ant-own"}
    port = str(urlsplit(claude.app.url).port)
    finished = subprocess.run(
        [sys.executable, "-m", "local.claude", "--port", port, *arguments],
        cwd=ROOT,
        env=environ | own,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_a_prompt(claude: ClaudeCode, azure: Azure, tmp_path: Path) -> None:
    assert dev_claude(claude, tmp_path, "-p", "[[say hello]]").strip() == "hello"
    [body] = azure.bodies()
    assert body["model"] == "gpt-5.4"
    assert body["max_output_tokens"] == 128_000


def test_the_window_is_the_deployments(claude: ClaudeCode, azure: Azure, tmp_path: Path) -> None:
    assert "/ 922k" in dev_claude(claude, tmp_path, "-p", "/context")
    assert azure.bodies() == []
