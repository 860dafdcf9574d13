"""What a person sees and does on the setup page."""

import json
from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.e2e.servers import TOKEN, App, Azure

PRIVATE = ("notices", "try", "checks", "configuration")
SLOW = "[[slow 0.2]] [[say one two three four five six seven eight]]"

# What of the page can be seen beyond its right edge, and does not scroll by itself.
OVERFLOW = """[...document.querySelectorAll("body *")].filter(element => {
  const scrolls = element.closest("pre, .answer, .unseen, .skip, thead");
  return !scrolls && element.getBoundingClientRect().right > innerWidth + 0.5;
}).map(element => element.outerHTML.slice(0, 80))"""


def sign_in(page: Any, token: str = TOKEN) -> None:
    page.fill("#token", token)
    page.press("#token", "Enter")


def shown(page: Any) -> set[str]:
    return {name for name in PRIVATE if page.is_visible(f"#{name}")}


# --- who sees what ----------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/setup", "/setup/"])
def test_without_a_token_everything_at_once(open_app: App, open_page: Open, path: str) -> None:
    page = open_page(open_app.url + path)
    page.wait_for_selector("#configuration")
    assert shown(page) == {*PRIVATE}
    assert not page.is_visible("#access")
    assert page.inner_text("#state") == f"It is up at {open_app.url}."
    assert "ANTHROPIC_AUTH_TOKEN is not set" in page.inner_text("#notice-list")
    assert "gpt-5.4-mini" in page.inner_text("#deployment-rows")
    assert f"ANTHROPIC_BASE_URL={open_app.url}" in page.text_content("#claude-sh pre").split()
    assert "YOUR-" not in page.inner_text("#snippets")


def test_with_one_only_what_is_public(guarded_app: App, open_page: Open) -> None:
    page = open_page(guarded_app.url)
    assert shown(page) == set()
    assert page.is_visible("#access")
    lines = page.inner_text("#snippets")
    assert guarded_app.url in lines
    assert "YOUR-TOKEN" in lines
    assert "gpt-5" not in page.content()


def test_a_wrong_token_is_told(guarded_app: App, open_page: Open) -> None:
    page = open_page(guarded_app.url)
    sign_in(page, "wrong")
    page.wait_for_selector("#access-error:visible")
    assert "The token is missing or wrong" in page.inner_text("#access-error")
    assert page.evaluate("document.activeElement.id") == "token"
    assert shown(page) == set()
    sign_in(page)
    page.wait_for_selector("#configuration")
    assert not page.is_visible("#access-error")


def test_the_token_stays_in_the_page(guarded_app: App, open_page: Open) -> None:
    page = open_page(guarded_app.url)
    sign_in(page)
    page.wait_for_selector("#configuration")
    assert "try" in shown(page)
    assert page.url == f"{guarded_app.url}/"
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert TOKEN not in page.content()
    assert page.input_value("#token") == ""
    page.reload()
    page.wait_for_selector("#access:visible")
    assert shown(page) == set()
    assert TOKEN not in guarded_app.output()


def test_why_it_is_closed(closed_app: App, open_page: Open) -> None:
    page = open_page(closed_app.url)
    page.wait_for_selector("#state.closed")
    assert page.inner_text("#state").startswith("This proxy is closed: the setting ANTHROPIC_AUTH")
    assert shown(page) == set()
    assert not page.is_visible("#access")
    assert page.is_visible("#claude-sh")


def test_what_is_wrong_with_the_settings(misconfigured_app: App, open_page: Open) -> None:
    page = open_page(misconfigured_app.url)
    assert shown(page) == set()
    assert "BIG_EFFORT" not in page.content()
    sign_in(page)
    page.wait_for_selector("#notices")
    assert page.inner_text("#state") == "It is up, but its settings cannot be used."
    assert "closed" in page.get_attribute("#state", "class")
    assert "BIG_EFFORT is 'lots'" in page.inner_text("#notice-list .problem")
    assert "BIG_MODL" in page.inner_text("#notice-list .warning")
    assert shown(page) == {"notices"}
    assert not page.is_visible("#access")
    assert page.evaluate("document.activeElement.id") == "notices-title"


def test_without_javascript(open_app: App, open_page: Open) -> None:
    page = open_page(open_app.url, java_script_enabled=False)
    assert "It is up." in page.inner_text("header")
    assert page.is_visible("noscript")
    page.click("#claude-sh summary")
    assert "ANTHROPIC_BASE_URL=https://YOUR-PROXY" in page.text_content("#claude-sh pre")


# --- lines to paste ---------------------------------------------------------


def test_each_copy_button_copies_its_lines(open_app: App, open_page: Open) -> None:
    page = open_page(open_app.url)
    page.wait_for_selector("#configuration")
    names = page.eval_on_selector_all(".snippet", "all => all.map(each => each.id)")
    assert {"claude-sh", "claude-powershell", "claude-settings", "curl", "cursor"} <= {*names}
    for name in names:
        if not page.is_visible(f"#{name} .copy"):
            page.click(f"#{name} summary")
        page.click(f"#{name} .copy")
        page.wait_for_selector(f"#{name} .copy:text-is('Copied')")
        assert page.evaluate("navigator.clipboard.readText()") == page.text_content(f"#{name} code")
        assert page.inner_text("#copied") == f"Copied: {page.inner_text(f'#{name} summary')}"


def test_the_settings_file_is_json(open_app: App, open_page: Open) -> None:
    page = open_page(open_app.url)
    page.wait_for_selector("#configuration")
    block = json.loads(page.text_content("#claude-settings code"))
    assert block["env"]["ANTHROPIC_BASE_URL"] == open_app.url


# --- a trial ----------------------------------------------------------------


def test_words_come_as_they_are_made(open_app: App, azure: Azure, open_page: Open) -> None:
    page = open_page(open_app.url)
    page.evaluate("""() => {
      window.lengths = [];
      new MutationObserver(() => window.lengths.push(
        document.querySelector("#answer").textContent.length,
      )).observe(document.querySelector("#answer"), { childList: true });
    }""")
    page.fill("#prompt", SLOW)
    page.click("#send")
    page.wait_for_selector("#send:enabled")
    assert page.inner_text("#answer").split() == SLOW.rstrip("]").split("say ")[1].split()
    lengths = [length for length in page.evaluate("window.lengths") if length]
    assert len({*lengths}) > 3
    assert lengths == sorted(lengths)
    figures = page.inner_text("#figures")
    assert all(word in figures for word in ("first word after", "tokens in (", "tokens out"))


def test_a_trial_with_the_token(guarded_app: App, azure: Azure, open_page: Open) -> None:
    page = open_page(guarded_app.url)
    sign_in(page)
    page.select_option("#model", "claude-haiku-5-5")
    page.fill("#prompt", "[[say it works]]")
    page.click("#send")
    page.wait_for_selector("#send:enabled")
    assert page.inner_text("#answer") == "it works"
    [sent] = azure.bodies()
    assert sent["model"] == "gpt-5.4-mini"


def test_a_refusal_is_told_in_its_words(open_app: App, azure: Azure, open_page: Open) -> None:
    page = open_page(open_app.url, expected="status of 4")
    azure.fail_next("key_invalid")
    page.click("#send")
    page.wait_for_selector("#answer-error:visible")
    assert "Check AZURE_OPENAI_API_KEY" in page.inner_text("#answer-error")
    assert page.is_enabled("#send")


def test_a_stream_that_fails_keeps_what_it_said(
    open_app: App, azure: Azure, open_page: Open
) -> None:
    page = open_page(open_app.url)
    page.fill("#prompt", "[[slow 0.2]] [[say one two three four]] [[error truncated after=6]]")
    page.click("#send")
    page.wait_for_selector("#answer-error:visible")
    assert page.inner_text("#answer-error").endswith(".")
    assert page.is_enabled("#send")


def test_a_trial_can_be_stopped(open_app: App, azure: Azure, open_page: Open) -> None:
    page = open_page(open_app.url)
    page.fill("#prompt", "[[slow 1]] [[say one two three four five six seven eight nine ten]]")
    page.click("#send")
    page.wait_for_selector("#answer:has-text('one')")
    page.click("#stop")
    page.wait_for_selector("#send:enabled")
    assert page.inner_text("#figures").endswith("stopped")
    assert not page.is_visible("#answer-error")
    assert page.evaluate("document.activeElement.id") == "send"


# --- the checks -------------------------------------------------------------


def finding(number: int, state: str = "ok") -> str:
    fields = {
        "id": f"n{number}",
        "group": "Deployments",
        "title": f"Finding {number}",
        "state": state,
        "detail": "<b>bold</b>",
        "remedy": "Mend it.",
        "settings": ["BIG_MODEL=gpt-5.4"],
    }
    return f"event: finding\ndata: {json.dumps(fields)}\n\n"


def test_the_checks_of_the_app(open_app: App, azure: Azure, open_page: Open) -> None:
    page = open_page(open_app.url)
    page.click("#check-buttons button:first-child")
    page.wait_for_selector("#findings li:not(.group)")
    page.wait_for_selector("#check-buttons button:enabled")
    assert "So far" not in page.inner_text("#check-state")


def test_findings_come_one_by_one(open_app: App, open_page: Open) -> None:
    """From a stream that the test itself writes."""
    page = open_page(open_app.url)
    page.evaluate("""() => {
      const real = window.fetch;
      window.fetch = (url, options) => {
        if (!url.endsWith("/setup/checks")) return real(url, options);
        const body = new ReadableStream({ start: stream => { window.stream = stream; } });
        return Promise.resolve(new Response(body));
      };
      window.say = text => window.stream.enqueue(new TextEncoder().encode(text));
    }""")
    page.click("#check-buttons button:first-child")
    for number, state in enumerate(("ok", "warning", "failed", "skipped"), 1):
        whole = finding(number, state)
        for piece in (whole[:30], whole[30:]):
            page.evaluate("text => window.say(text)", piece)
        page.wait_for_selector(f"text=Finding {number}")
        assert page.locator("#findings li:not(.group)").count() == number
        assert page.locator("#check-buttons button:enabled").count() == 0
    page.evaluate("window.say('event: end\\ndata: {}\\n\\n'); window.stream.close()")
    page.wait_for_selector("#check-buttons button:enabled")
    assert page.inner_text("#check-state") == "1 good, 1 doubtful, 1 failed, 1 left out."
    assert "<b>bold</b>" in page.inner_text("#findings")
    assert page.locator("#findings .group").count() == 1


def test_checks_that_run_already(open_app: App, open_page: Open) -> None:
    page = open_page(open_app.url, expected="status of 409")
    sentence = "The checks are running already. Wait until they end."
    page.route(
        "**/setup/checks",
        lambda route: route.fulfill(status=409, json={"error": {"message": sentence}}),
    )
    page.click("#check-buttons button:first-child")
    page.wait_for_selector("#check-state.failed")
    assert page.inner_text("#check-state") == sentence


# --- everyone ---------------------------------------------------------------


def test_by_keyboard_alone(guarded_app: App, azure: Azure, open_page: Open) -> None:
    page = open_page(guarded_app.url)

    def press_tab_until(condition: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches({condition!r})"):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none"
                return
        pytest.fail(f"Tab never reaches {condition}")

    press_tab_until("#token")
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")
    page.wait_for_selector("#configuration")
    assert page.evaluate("document.activeElement.id") == "connect-title"
    press_tab_until(".copy")
    page.keyboard.press("Enter")
    page.wait_for_selector("#copied:has-text('Copied')", state="attached")
    press_tab_until("#claude-cmd summary")
    page.keyboard.press("Enter")
    assert page.is_visible("#claude-cmd pre")
    press_tab_until("#send")
    page.keyboard.press("Enter")
    page.wait_for_selector("#send:enabled")
    assert page.inner_text("#answer")
    press_tab_until("#check-buttons button")
    page.keyboard.press("Space")
    page.wait_for_selector("#findings li")


def test_what_a_screen_reader_finds(open_app: App, open_page: Open) -> None:
    page = open_page(open_app.url)
    page.wait_for_selector("#configuration")
    for role, name in (
        ("banner", None),
        ("main", None),
        ("contentinfo", None),
        ("combobox", "Model"),
        ("textbox", "Prompt"),
        ("button", "Send"),
        ("region", "Connect a client"),
        ("region", "What is configured"),
        ("button", "Copy: "),
    ):
        assert page.get_by_role(role, name=name).count() >= 1, (role, name)
    levels = page.eval_on_selector_all("h1, h2, h3", "all => all.map(each => each.tagName)")
    assert levels.count("H1") == 1
    assert levels[0] == "H1"
    assert page.eval_on_selector_all("[id]", "all => all.length") == len(
        {*page.eval_on_selector_all("[id]", "all => all.map(each => each.id)")}
    )
    unnamed = "all => all.filter(each => !(each.labels?.length || each.textContent.trim())).length"
    assert page.eval_on_selector_all("button, input, select, textarea", unnamed) == 0


@pytest.mark.parametrize("width", [320, 380, 700, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off(
    open_app: App, azure: Azure, open_page: Open, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 800}
    page = open_page(open_app.url, viewport=size, color_scheme=scheme)
    page.click("#check-buttons button:first-child")
    page.wait_for_selector("#findings li:not(.group)")
    page.fill("#prompt", f"[[say {'x' * 200}]]")
    page.click("#send")
    page.wait_for_selector("#send:enabled")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(OVERFLOW) == []
