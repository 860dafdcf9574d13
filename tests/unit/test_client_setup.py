import ast
import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from proxy_core.client_setup import PLACEHOLDER, Snippet, claude_variables, snippets
from proxy_core.settings import Settings

URL = "http://localhost:7071"
SH = shutil.which("sh")
REAL = {"AZURE_OPENAI_ENDPOINT": "https://mine.openai.azure.com", "AZURE_OPENAI_API_KEY": "key"}

# What a header can carry: anything that can be seen, and blanks inside.
TOKENS = st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), min_size=1).filter(
    lambda token: token == token.strip()
)


def configured(**settings: str) -> Settings:
    return Settings.from_environ(
        {**REAL, "BIG_MODEL": "gpt-5.4", "SMALL_MODEL": "gpt-5.4-mini", **settings}
    )


def shown(settings: Settings, token: str = "secret", url: str = URL) -> dict[str, Snippet]:
    return {snippet.id: snippet for snippet in snippets(settings, url, token)}


def test_what_claude_code_gets() -> None:
    assert claude_variables(configured(), f"{URL}/", "secret") == {
        "ANTHROPIC_BASE_URL": URL,
        "ANTHROPIC_AUTH_TOKEN": "secret",
        "CLAUDE_CODE_AUTO_COMPACT_WINDOW": "922000",
        "ANTHROPIC_DEFAULT_OPUS_MODEL": "claude-opus-5-5",
        "ANTHROPIC_DEFAULT_OPUS_MODEL_NAME": "gpt-5.4 on Azure OpenAI",
        "ANTHROPIC_DEFAULT_SONNET_MODEL": "claude-sonnet-5-5",
        "ANTHROPIC_DEFAULT_SONNET_MODEL_NAME": "gpt-5.4 on Azure OpenAI",
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": "claude-haiku-5-5",
        "ANTHROPIC_DEFAULT_HAIKU_MODEL_NAME": "gpt-5.4-mini on Azure OpenAI",
        "CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1",
    }


@pytest.mark.parametrize(
    ("changed", "window"),
    [
        ({"SMALL_MODEL": "gpt-5.4"}, "922000"),
        ({"SMALL_MODEL": ""}, "922000"),
        ({"SMALL_MODEL": "my-own"}, "922000"),
        ({"BIG_MODEL": "my-own", "AZURE_MODEL_FAMILIES": "my-own=gpt-4o"}, "128000"),
        ({"BIG_MODEL": "my-own"}, "272000"),
        ({"BIG_MODEL": "my-own", "SMALL_MODEL": "mine"}, None),
        ({"BIG_MODEL": "", "SMALL_MODEL": ""}, None),
    ],
)
def test_the_window_is_of_the_first_model_that_is_known(
    changed: dict[str, str], window: str | None
) -> None:
    variables = claude_variables(configured(**changed), URL, "secret")
    assert variables.get("CLAUDE_CODE_AUTO_COMPACT_WINDOW") == window


def test_a_model_whose_setting_is_missing_is_not_named() -> None:
    variables = claude_variables(configured(SMALL_MODEL=""), URL, "secret")
    assert not [name for name in variables if "HAIKU" in name]


@pytest.mark.parametrize(
    ("settings", "token"),
    [
        ({}, "anything"),
        ({"ANTHROPIC_AUTH_TOKEN": "secret"}, PLACEHOLDER),
        ({"WEBSITE_INSTANCE_ID": "closed"}, PLACEHOLDER),
    ],
)
def test_what_stands_for_a_token_that_is_not_told(settings: dict[str, str], token: str) -> None:
    variables = claude_variables(configured(**settings), URL, "")
    assert variables["ANTHROPIC_AUTH_TOKEN"] == token
    assert token in shown(configured(**settings), "")["cursor"].text


@given(TOKENS)
def test_json_and_the_languages_give_any_token_back(token: str) -> None:
    found = shown(configured(), token)
    variables = json.loads(found["claude-settings"].text)["env"]
    assert variables == claude_variables(configured(), URL, token)

    program = ast.walk(ast.parse(found["python"].text))
    assert token in [node.value for node in program if isinstance(node, ast.Constant)]
    literal = found["typescript"].text.partition("apiKey: ")[2].partition(" });")
    assert json.JSONDecoder().raw_decode(literal[0] + literal[1])[0] == token


@pytest.mark.skipif(SH is None, reason="needs a sh")
@limits(max_examples=40, deadline=None)
@given(TOKENS)
def test_a_shell_gives_any_token_back(token: str) -> None:
    found = shown(configured(), token)
    script = (
        f"curl() {{ printf '%s\\0' \"$@\"; }}\n{found['claude-sh'].text}\n{found['curl'].text}\n"
        'printf %s "$ANTHROPIC_AUTH_TOKEN"'
    )
    ran = subprocess.run([str(SH), "-eu"], input=script.encode(), capture_output=True, check=True)
    *arguments, variable = ran.stdout.decode().split("\0")
    assert variable == token
    assert arguments[2] == f"authorization: Bearer {token}"
    assert json.loads(arguments[-1])["max_tokens"] == 1024
    assert ran.stderr == b""


@pytest.mark.parametrize(
    ("token", "powershell", "cmd"),
    [
        ("plain", "'plain'", 'set "ANTHROPIC_AUTH_TOKEN=plain"'),
        ("it's $x `n", "'it''s $x `n'", 'set "ANTHROPIC_AUTH_TOKEN=it\'s $x `n"'),
        ("a\u2019b", "'a\u2019\u2019b'", 'set "ANTHROPIC_AUTH_TOKEN=a\u2019b"'),
        ("a&b^c|d", "'a&b^c|d'", 'set "ANTHROPIC_AUTH_TOKEN=a&b^c|d"'),
        ("%PATH%", "'%PATH%'", "set ANTHROPIC_AUTH_TOKEN=^%PATH^%"),
        ('a"&b', "'a\"&b'", 'set ANTHROPIC_AUTH_TOKEN=a^"^&b'),
    ],
)
def test_the_shells_of_windows(token: str, powershell: str, cmd: str) -> None:
    found = shown(configured(), token)
    assert f"$env:ANTHROPIC_AUTH_TOKEN = {powershell}\n" in found["claude-powershell"].text
    assert cmd in found["claude-cmd"].text.splitlines()


def test_cursor_is_told_that_it_cannot_reach_this_machine() -> None:
    assert "public HTTPS URL" in shown(configured())["cursor"].text
    deployed = shown(configured(), url="https://mine.azurewebsites.net/")["cursor"].text
    assert "public HTTPS URL" not in deployed
    assert "https://mine.azurewebsites.net/cursor\n" in deployed
    assert "gpt-high, gpt-medium, gpt-low, gpt-minimal" in deployed


def test_each_has_an_id_of_its_own_and_the_preferred_one_is_first() -> None:
    found = snippets(configured(), URL, "secret")
    assert len({snippet.id for snippet in found}) == len(found)
    assert found[0].id == "claude-settings"
