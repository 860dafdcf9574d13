"""What Claude Code makes of refusals: it goes on without what was refused, or stops and says why.

The number of requests counts: of a 400 that it does not recognise it makes six, in every later
turn as well.
"""

import json
from pathlib import Path

import pytest

from tests.e2e.claude_code import ClaudeCode, call, install, needs_claude_code
from tests.e2e.files import make_pdf, make_png
from tests.e2e.servers import TOKEN, App, Azure, local_host

pytestmark = needs_claude_code


def statuses(azure: Azure) -> list[int]:
    return [request["status"] for request in azure.requests()]


def read(claude: ClaudeCode, name: str, content: bytes) -> str:
    path = claude.work / name
    path.write_bytes(content)
    return call("Read", file_path=str(path))


def test_an_advisor_is_done_without(any_claude: ClaudeCode, azure: Azure) -> None:
    """A tool that Anthropic's servers run, by a model of theirs."""
    any_claude.settings["CLAUDE_CODE_ENABLE_EXPERIMENTAL_ADVISOR_TOOL"] = "1"
    any_claude.configure(advisorModel="claude-opus-5-5")
    first = any_claude.run(f"{call('Bash', command='echo one')} [[next]] [[say I go on.]]")
    second = any_claude.run("[[say And on.]]", "-c")

    assert (first["result"], second["result"]) == ("I go on.", "And on.")
    assert any_claude.got().count(400) == 1
    assert statuses(azure) == [200, 200, 200]


@pytest.mark.parametrize(
    "fault",
    ["image_invalid", "image_url_invalid", "images_too_many", "images_not_supported"],
)
def test_an_image_is_left_out(claude: ClaudeCode, fault: str, azure: Azure) -> None:
    """The same turn goes on, and so does the next, which would carry the image again."""
    look = read(claude, "dot.png", make_png())
    first = claude.run(f"{look} [[next]] [[error {fault} times=1]] [[say I go on.]]")
    second = claude.run("[[say And on.]]", "-c")

    assert (first["result"], second["result"]) == ("I go on.", "And on.")
    assert statuses(azure) == [200, 400, 200, 200]
    assert ";base64," not in json.dumps(azure.bodies()[-1])


def test_more_images_than_the_model_takes_are_left_out(
    any_claude: ClaudeCode, azure: Azure
) -> None:
    """51, where 50 may be, and neither turn alone has too many."""
    looks = [read(any_claude, f"{number}.png", make_png()) for number in range(51)]
    script = f"{''.join(looks[:30])} [[next]] {''.join(looks[30:])} [[next]] [[say I go on.]]"
    first = any_claude.run(script, "--model", "gpt-4.1")
    second = any_claude.run("[[say And on.]]", "-c", "--model", "gpt-4.1")

    assert (first["result"], second["result"]) == ("I go on.", "And on.")
    refused = next(request for request in azure.requests() if request["status"] == 400)
    assert "Too many images" in refused["problems"].pop()
    assert statuses(azure) == any_claude.got() == [200, 200, 400, 200, 200]
    azure.clear()  # that one was refused is no fault here


def test_a_document_is_left_out(claude: ClaudeCode, azure: Azure) -> None:
    look = read(claude, "page.pdf", make_pdf())
    first = claude.run(f"{look} [[next]] [[error pdf_invalid times=1]] [[say I go on.]]")
    second = claude.run("[[say And on.]]", "-c")

    assert (first["result"], second["result"]) == ("I go on.", "And on.")
    assert statuses(azure) == [200, 400, 200, 200]


def test_a_document_on_chat_completions(tmp_path: Path, chat_app: App, azure: Azure) -> None:
    chat_claude = install(tmp_path, chat_app)
    look = read(chat_claude, "page.pdf", make_pdf())
    first = chat_claude.run(f"{look} [[next]] [[say I go on.]]")
    second = chat_claude.run("[[say And on.]]", "-c")

    assert (first["result"], second["result"]) == ("I go on.", "And on.")
    assert chat_claude.got() == [200, 400, 200, 200]
    assert statuses(azure) == [200, 200, 200]


@pytest.mark.parametrize("fault", ["prompt_filtered", "prompt_flagged"])
def test_a_filtered_prompt_is_asked_once(any_claude: ClaudeCode, fault: str, azure: Azure) -> None:
    azure.fail_next(fault)
    finished = any_claude.start("Hi")
    second = any_claude.run("[[say I go on.]]", "-c")

    assert finished.returncode != 0
    assert "prompt" in finished.stdout
    assert second["result"] == "I go on."
    assert statuses(azure) == any_claude.got() == [400, 200]


@pytest.mark.parametrize(
    "fault",
    [
        "overflow_configured_limit",
        "overflow_deepseek",
        "overflow_grok",
        "overflow_kimi",
        "overflow_mistral",
        "overflow_with_413",
        "overflow_in_stream",
    ],
)
def test_a_conversation_that_grew_too_long_in_any_makers_words(
    claude: ClaudeCode, fault: str, azure: Azure
) -> None:
    claude.run("[[say First.]]")
    azure.fail_next(fault)
    result = claude.run("Go on. [[say Second.]]", "-c")

    assert result["result"] == "Second."
    assert [status for status in claude.got() if status != 200] == [400]


def test_an_output_that_does_not_fit(claude: ClaudeCode, azure: Azure) -> None:
    azure.fail_next("output_overflow")
    result = claude.run("[[say It fits.]]")

    assert result["result"] == "It fits."
    assert statuses(azure) == [400, 200]
    asked, again = (body["max_output_tokens"] for body in azure.bodies())
    assert again < asked


@pytest.mark.parametrize(
    ("fault", "attempts", "says"),
    [
        ("deployment_not_found", 1, "has no deployment 'gpt-5.4': the setting BIG_MODEL"),
        ("resource_not_found", 2, "Check AZURE_OPENAI_ENDPOINT and AZURE_API_VERSION."),
        ("api_version_unsupported", 1, "Check AZURE_API_VERSION"),
    ],
)
def test_a_wrong_setting_is_said_at_once(
    claude: ClaudeCode, fault: str, attempts: int, says: str, azure: Azure
) -> None:
    """And what it was is looked up again in the next turn. An API that may lack is tried twice."""
    for _ in range(attempts):
        azure.fail_next(fault)
    finished = claude.start("Hi")
    second = claude.run("[[say I go on.]]", "-c")

    assert says in finished.stdout
    assert second["result"] == "I go on."
    assert claude.got() == [500, 200]
    assert [request["fault"] for request in azure.requests()] == [fault] * attempts + [None]


def test_a_model_that_its_user_misspelt(claude: ClaudeCode, azure: Azure) -> None:
    finished = claude.start("[[error deployment_not_found]]", "--model", "gpt-5.4-typo")
    assert "issue with the selected model (gpt-5.4-typo)" in finished.stdout
    assert {*claude.got()} == {404}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"AZURE_OPENAI_ENDPOINT": "https://my-typo.invalid"}, "no host of the name my-typo.inv"),
        (
            {"AZURE_OPENAI_ENDPOINT": "https://my-typo.invalid", "BIG_MODEL": ""},
            "needs the setting BIG_MODEL of this proxy",
        ),
    ],
    ids=["host", "alias"],
)
def test_settings_with_which_nothing_can_work(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    app: App,
    settings: dict[str, str],
    says: str,
) -> None:
    known = {"AZURE_OPENAI_API_KEY": "k", "BIG_MODEL": "gpt-5.4", "ANTHROPIC_AUTH_TOKEN": TOKEN}
    folder, log = app.log.parent, tmp_path_factory.mktemp("log") / "settings.log"
    with local_host(folder, log, **known | settings) as wrong:
        claude = install(tmp_path, wrong)
        finished = claude.start("Hi")
    assert says in finished.stdout
    assert claude.got() == [500]


def test_a_base_url_with_v1(claude: ClaudeCode, azure: Azure) -> None:
    claude.settings["ANTHROPIC_BASE_URL"] = f"{claude.app.url}/v1"
    assert claude.run("[[say Hello.]]")["result"] == "Hello."
    assert claude.run("[[say And on.]]", "-c")["result"] == "And on."
    assert statuses(azure) == claude.got() == [200, 200]
