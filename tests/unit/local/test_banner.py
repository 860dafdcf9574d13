import pytest

from local.banner import write_banner

REAL = {"AZURE_OPENAI_ENDPOINT": "https://mine.openai.azure.com/openai/v1"}


def banner(
    environ: dict[str, str], simulated: bool = False, windows: bool = False, person: bool = True
) -> str:
    return write_banner(7071, environ, simulated=simulated, windows=windows, show_token=person)


def test_the_lines_to_paste() -> None:
    text = banner(REAL)
    assert "export ANTHROPIC_BASE_URL=http://localhost:7071\n" in text
    assert "export ANTHROPIC_AUTH_TOKEN=anything\n" in text
    assert "any value is accepted" in text
    assert "http://localhost:7071/cursor\n" in text
    assert "then the app needs a token" in text
    assert "gpt-high" in text


def test_a_real_resource_is_named_without_its_path() -> None:
    assert "Azure OpenAI at mine.openai.azure.com." in banner(REAL)
    assert "simulator" not in banner(REAL).lower()


def test_the_simulator_is_announced_with_the_way_out() -> None:
    text = banner({}, simulated=True)
    assert "REPLIES COME FROM THE LOCAL SIMULATOR" in text
    assert "copy local.settings.sample.json to local.settings.json" in text


def test_a_simulator_that_was_asked_for_says_how_to_leave_it() -> None:
    assert "SIMULATE_AZURE is true" in banner(REAL, simulated=True)


@pytest.mark.parametrize(("person", "shown"), [(True, "'a b'"), (False, "<your ")])
def test_the_token_is_shown_to_a_person_only(person: bool, shown: str) -> None:
    text = banner({"ANTHROPIC_AUTH_TOKEN": " a b "}, person=person)
    assert f"export ANTHROPIC_AUTH_TOKEN={shown}" in text
    assert "any value is accepted" not in text


def test_windows_has_two_shells() -> None:
    text = banner({"ANTHROPIC_AUTH_TOKEN": "it's"}, windows=True)
    assert "$env:ANTHROPIC_AUTH_TOKEN = 'it''s'" in text
    assert 'set "ANTHROPIC_BASE_URL=http://localhost:7071"' in text


def test_every_console_can_print_it() -> None:
    assert banner({}, simulated=True).isascii()
