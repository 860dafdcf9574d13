import pytest

from proxy_core.reply.client_name import name_client


@pytest.mark.parametrize(
    ("route", "agent", "name"),
    [
        ("messages", "claude-cli/2.1.330 (external, cli)", "Claude Code"),
        ("messages", "Anthropic/Python 2.12.0", "SDK"),
        ("messages", "AsyncAnthropic/Python 2.12.0", "SDK"),
        ("count_tokens", "Anthropic/JS 1.12.0", "SDK"),
        ("messages", "curl/8.5.0", "curl"),
        ("messages", "Mozilla/5.0 (X11)", "browser"),
        ("messages", "\x1b]0;mine\x07", "client"),
        ("other", "", "client"),
        ("cursor", "Cursor/1.0", "Cursor"),
        ("cursor", "claude-cli/2", "Cursor"),
        ("safeguards", "", "safety"),
    ],
)
def test_a_client_is_named_in_a_word_of_ours(route: str, agent: str, name: str) -> None:
    assert name_client(route, {"user-agent": agent}) == name
