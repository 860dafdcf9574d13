"""Whatever stands in an error -> one clean line."""

import pytest

from proxy_core.openai.error_text import LONGEST, clean, is_page, name_page, quote_plain

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
    "quotes_that_never_close": ("an 'a and a \"b and a 'c", "an 'a and a \"b and a 'c"),
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
        ("<html><title", "an HTML page"),
        ("<html><title>" + "word " * 99, "an HTML page: " + "word " * 39 + "word"),
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


KEY = "k" * 84


@pytest.mark.parametrize("before", range(0, LONGEST + 300, 7))
def test_what_is_cut_is_cut_between_words(before: int) -> None:
    """So that a key is there as a whole, and can be recognised, or not at all."""
    for text in (f"{'a ' * (before // 2)}{KEY} {'b ' * LONGEST}", f"{'a ' * (before // 2)}{KEY}"):
        for line in (clean(text), quote_plain(text), name_page(f"<title>{text}")):
            assert "k" not in line.replace(KEY, "")


HOSTILE = [
    "<title",
    "<title>",
    "<",
    " '",
    " 'a",
    "' ",
    "'a' ",
    '"',
    "``",
    " ",
    "x",
    "&#x41;",
    "%41",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_takes_more_time_than_its_length(piece: str) -> None:
    """Twice as slow as the square of it, and this test would not end."""
    text = piece * (4_000_000 // len(piece))
    assert len(clean(text)) <= LONGEST
    assert len(quote_plain(text)) <= LONGEST
    assert is_page(text) in (True, False)
    assert name_page(text)
