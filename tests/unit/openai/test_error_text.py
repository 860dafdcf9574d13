"""Whatever stands in an error -> one clean line."""

import pytest

from proxy_core.openai.error_text import clean, is_page, name_page, quote_plain, redact

KEY = "0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "secret", "left"),
    [
        (f"The key {KEY} of {KEY}.", KEY, "The key … of …."),
        ("invalid subscription key", "key", "invalid subscription key"),
        ("invalid subscription key", "", "invalid subscription key"),
        (r'{"m": "ab\"cd\\efgh"}', 'ab"cd\\efgh', '{"m": "…"}'),
    ],
)
def test_a_secret_is_taken_out(text: str, secret: str, left: str) -> None:
    assert redact(text, secret) == left


PROSE = "please rename every file in the folder that begins with a digit"

LINES = {
    "as_it_is": ("Item 'rs_x' isn't here.", "Item 'rs_x' isn't here."),
    "several_lines": ("One.\r\n\t Two.", "One. Two."),
    "terminal_codes": ("Red\x1b[31m\x00\u202e\ufffd", "Red[31m"),
    "half_a_character": ("a\ud800b", "ab"),
    "prose_in_quotes": (f"Invalid value: '{PROSE}'.", "Invalid value: '…'."),
    "prose_in_double_quotes": (f'Got "{PROSE}", "x"', 'Got "…", "x"'),
    "quotes_beside_each_other": (
        "Unsupported value: 'a' does not fit. Supported values are: 'none', 'low', and 'high'.",
        "Unsupported value: 'a' does not fit. Supported values are: 'none', 'low', and 'high'.",
    ),
    "a_long_name": (f"No tool '{'x' * 100}'.", f"No tool '{'x' * 100}'."),
    "possessives": (
        f"Azure's filter {PROSE} and the users' own",
        f"Azure's filter {PROSE} and the users' own",
    ),
    "data": (f"Not an image: data:image/png;base64,{'A' * 200}", None),
    "long": ("word " * 1_000, None),
    "nothing": (" \n", ""),
}


@pytest.mark.parametrize(("text", "line"), LINES.values(), ids=LINES)
def test_a_clean_line(text: str, line: str | None) -> None:
    if line is None:
        assert clean(text).endswith("…")
        assert len(clean(text)) <= 2_000
        assert "A" * 50 not in clean(text)
    else:
        assert clean(text) == line


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("upstream connect error\n", "upstream connect error"),
        ("x " * 500, "x " * 99 + "x…"),
        ('{"error": {"mess', ""),
        ("[1, 2", ""),
        ("\x00\x01", ""),
        ("caf\ufffd", ""),
        ("", ""),
    ],
)
def test_plain_text_is_quoted_shortly_and_anything_else_not(text: str, quoted: str) -> None:
    assert quote_plain(text) == quoted


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<html><title lang='en'>502 Bad\nGateway</title>", "an HTML page: 502 Bad Gateway"),
        ("<!DOCTYPE html><p>No</p>", "an HTML page"),
        ("<html><title> </title>", "an HTML page"),
        ("  <?xml version='1.0'?><Error/>", "an HTML page"),
        ("It said: <BODY>no</BODY>", "an HTML page"),
    ],
)
def test_a_page_goes_by_its_title(text: str, name: str) -> None:
    assert is_page(text)
    assert name_page(text) == name


@pytest.mark.parametrize("text", ["", "No.", "1 < 2", "{}"])
def test_anything_else_is_no_page(text: str) -> None:
    assert not is_page(text)
