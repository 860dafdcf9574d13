import subprocess
import sys
from pathlib import Path

import pytest

from local.banner import Simulated, write_banner
from proxy_core.client_setup import PLACEHOLDER

ROOT = Path(__file__).parents[3]
REAL = {
    "AZURE_OPENAI_ENDPOINT": "https://mine.openai.azure.com/openai/v1",
    "AZURE_OPENAI_API_KEY": "a-key",
    "BIG_MODEL": "gpt-5.4",
    "SMALL_MODEL": "gpt-5.4-mini",
    "CURSOR_AZURE_DEPLOYMENT": "gpt-5.4",
}


def banner(
    simulated: Simulated = "",
    windows: bool = False,
    person: bool = True,
    port: int = 7071,
    **environ: str,
) -> str:
    return write_banner(
        port, REAL | environ, simulated=simulated, windows=windows, show_token=person
    )


def test_the_lines_to_paste() -> None:
    text = banner()
    assert "  export ANTHROPIC_BASE_URL=http://localhost:7071\n" in text
    assert "  export ANTHROPIC_AUTH_TOKEN=anything\n" in text
    assert "  export CLAUDE_CODE_AUTO_COMPACT_WINDOW=922000\n" in text
    assert "python3 dev.py claude\n" in text
    assert "http://localhost:7071/cursor\n" in text
    assert "needs a token that is a secret" in text
    assert "gpt-high" in text


def test_without_a_deployment_for_cursor_it_is_named() -> None:
    text = banner(CURSOR_AZURE_DEPLOYMENT="")
    assert "set CURSOR_AZURE_DEPLOYMENT to a deployment" in text
    assert "/cursor" not in text


def test_another_port_is_in_every_line() -> None:
    text = banner(port=7072)
    assert "python3 dev.py claude --port 7072\n" in text
    assert "7071" not in text


def test_a_real_resource_is_named_without_its_path() -> None:
    text = banner(AZURE_OPENAI_FALLBACK_ENDPOINT="https://other.openai.azure.com")
    assert "Azure OpenAI at mine.openai.azure.com." in text
    assert "out of quota or down, from other.openai.azure.com." in text
    assert "simulator" not in text.lower()


def test_the_simulator_is_announced_with_the_way_out() -> None:
    text = banner("unconfigured")
    assert "REPLIES COME FROM THE LOCAL SIMULATOR" in text
    assert "copy local.settings.sample.json to local.settings.json" in text


def test_a_simulator_that_was_asked_for_says_how_to_leave_it() -> None:
    assert "SIMULATE_AZURE is true" in banner("asked")


def test_each_warning_is_a_sentence_and_told_once() -> None:
    text = banner(BIG_MODEL="mine", FUNCTIONS_WORKER_PROCESS_COUNT="2")
    told = " ".join(line.removeprefix("  ") for line in text.splitlines())
    assert told.count("! ANTHROPIC_AUTH_TOKEN is not set: anyone who reaches") == 1
    assert told.count("! The model behind the deployment 'mine' is unknown, so no reasoning") == 1
    assert told.count("! FUNCTIONS_WORKER_PROCESS_COUNT is 2") == 1
    assert '{"' not in text


def test_a_token_is_no_reason_for_a_warning() -> None:
    assert "! " not in banner(ANTHROPIC_AUTH_TOKEN="a-token-that-nobody-guesses")


@pytest.mark.parametrize(("person", "shown"), [(True, "'b lue'"), (False, f"'{PLACEHOLDER}'")])
def test_the_token_is_shown_to_a_person_only(person: bool, shown: str) -> None:
    text = banner(person=person, ANTHROPIC_AUTH_TOKEN=" b lue , other")
    assert f"export ANTHROPIC_AUTH_TOKEN={shown}\n" in text
    assert ("b lue" in text) is person


def test_windows_has_two_shells() -> None:
    text = banner(windows=True, ANTHROPIC_AUTH_TOKEN="it's")
    assert "  PowerShell:\n  $env:ANTHROPIC_BASE_URL" in text
    assert "$env:ANTHROPIC_AUTH_TOKEN = 'it''s'" in text
    assert '  cmd:\n  set "ANTHROPIC_BASE_URL=http://localhost:7071"' in text
    assert "py dev.py claude\n" in text


def test_every_console_can_print_it() -> None:
    assert banner("unconfigured").isascii()
    text = run(ANTHROPIC_AUTH_TOKEN="\u4e2d", PYTHONIOENCODING="cp1252").stdout
    assert "Ready at http://localhost:7071" in text


def test_settings_that_cannot_be_used_are_a_sentence() -> None:
    ended = run(WEB_SEARCH="maybe")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("These settings cannot be used:\n  WEB_SEARCH is 'maybe'")


def run(**environ: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "local.banner", "--port", "7071", "--simulated", "asked"]
    return subprocess.run(
        command, cwd=ROOT, env=REAL | environ, capture_output=True, text=True, check=False
    )
