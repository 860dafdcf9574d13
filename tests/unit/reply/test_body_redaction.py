"""A body as it may stand in a log."""

import json
from typing import Any

import pytest

from proxy_core.reply.body_redaction import LONGEST_STRING, BodyRedaction, fit, shorten

REDACTION = BodyRedaction(["the-azure-key", "tök/en+1", "short"])
BASE64 = "iVBORw0KGgo" * 30
JWT = "eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJodHRwcyI.c2lnbmF0dXJl"


def seen(body: Any) -> str:
    return REDACTION.write(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a plain question about data: what is it?", "a plain question about data: what is it?"),
        ("short words are no secrets", "short words are no secrets"),
        ("/home/user/azure-gpt-proxy/proxy_core/reply/body_log.py", None),
        ("say THE-AZURE-KEY twice: the-azure-key", "say … twice: …"),
        ("t\u00f6k/en+1 t%C3%B6k%2Fen%2B1", "… …"),
        ("7468652d617a7572652d6b6579", "…"),  # in hexadecimal
        ("dGhlLWF6dXJlLWtleQ==", "…Q=="),  # in base64
        ("dXNlcjp0aGUtYXp1cmUta2V5", "dXNlcjp…"),  # behind a user's name
        ("Authorization: Bearer abc.def-123", "Authorization: …(18 characters)"),
        ("curl -H 'api-key: 0123456789' x", "curl -H 'api-key: …(10 characters)' x"),
        ("Bearer abcdefgh12", "Bearer …(10 characters)"),
        (f"take {JWT}, please", f"take …({len(JWT)} characters), please"),
        ("sk-ant-api03-0123456789abcdef", "…(29 characters)"),
        (f"data:image/png;base64,{BASE64}", "data:image/png;base64,…(330 characters)"),
        ("![](data:text/plain,hello) there", "![](data:text/plain,…(6 characters) there"),
        (f"see {BASE64}.", "see …(330 characters)."),
        ("\n".join([BASE64[:76]] * 3), "…(232 characters)"),
        ("{'password': 'hunter2', 'a': 1}", "{'password': '…(7 characters)', 'a': 1}"),
    ],
)
def test_what_is_not_for_anyone_is_taken_out_of_a_text(value: str, text: str | None) -> None:
    assert seen({"content": value}) == json.dumps(
        {"content": text or value}, ensure_ascii=False, separators=(",", ":")
    )


@pytest.mark.parametrize(
    "name",
    [
        *("encrypted_content", "signature", "data", "file_data", "b64_json", "authorization"),
        *("authorization_token", "x-api-key", "apiKey", "client_secret", "Cookie", "password"),
    ],
)
def test_nor_is_what_its_name_says_is_not(name: str) -> None:
    body = {name: "abc", "max_tokens": 5, "nested": json.dumps({name: 'a"b', "x": 1})}
    shown = json.loads(seen(body))
    assert shown[name] == "…(3 characters)"
    assert shown["max_tokens"] == 5
    assert json.loads(shown["nested"]) == {name: "…(6 characters)", "x": 1}


def test_a_stream_is_read_event_by_event() -> None:
    stream = b'event: a\ndata: {"text": "the\\u002dazure-key"}\n\ndata: [DONE]\n\ndata: {"da'
    assert REDACTION.write(stream) == ('event: a\ndata: {"text":"…"}\n\ndata: [DONE]\n\ndata: {"da')


def test_what_is_no_json_is_searched_as_it_is() -> None:
    assert REDACTION.write(b'\xff{"data": "abc') == '\ufffd{"data": "…(3 characters)'
    assert REDACTION.write(b"[" * 100_000).startswith("[[[")  # nested beyond Python's stack


def test_long_strings_lose_their_middle() -> None:
    shown = json.loads(seen({"a": "b " * 5_000, "c": "d"}))
    assert shown["c"] == "d"
    assert len(shown["a"]) < LONGEST_STRING + 50
    assert "characters)…" in shown["a"]


def test_a_text_keeps_its_beginning_and_its_end() -> None:
    assert shorten("abcdefghij", 6) == "abcd…(4 characters)…ij"
    assert shorten("abcdefghij", 0) == "…(10 characters)…"
    assert fit("abc", 5) == "abc"


@pytest.mark.parametrize("char", ["a", '"', "\u4f60", "\U0001f511"])
def test_what_fits_is_measured_as_the_line_spells_it(char: str) -> None:
    shown = fit(char * 9_000 + "the end", 6_000)
    assert 3_000 < len(json.dumps(shown)) <= 6_000
    assert shown.endswith("the end")


def test_without_secrets_there_is_nothing_to_look_for() -> None:
    assert BodyRedaction([]).write(b"the-azure-key") == "the-azure-key"
