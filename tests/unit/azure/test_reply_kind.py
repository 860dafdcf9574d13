"""What a body is, is told by how it begins; only what does not tell goes by its type."""

import pytest

from proxy_core.azure.reply_kind import kind_by_type, tell_kind

JSON, STREAM, HTML = "application/json", "text/event-stream", "text/html; charset=utf-8"


@pytest.mark.parametrize("content_type", ["", JSON, STREAM, HTML, "text/plain"])
@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"{", "json"),
        (b' \n\t{"a": 1}', "json"),
        (b"\xef\xbb\xbf[1]", "json"),
        (b"data: x", "stream"),
        (b"data:", "stream"),
        (b"\n\nevent: x", "stream"),
        (b"\xef\xbb\xbfid: 1", "stream"),
        (b"retry: 1", "stream"),
        (b": a comment", "stream"),
        (b"<!doctype html>", "other"),
        (b"\r\n<html>", "other"),
        (b"", None),
        (b" \r\n", None),
        (b"d", None),
        (b"retry", None),
    ],
)
def test_how_it_begins(head: bytes, kind: str | None, content_type: str) -> None:
    assert tell_kind(head, content_type) == kind


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("Application/JSON", "json"),
        ("application/problem+json; charset=utf-8", "json"),
        ("text/event-stream", "stream"),
        ("Text/Event-Stream;charset=utf-8", "stream"),
        ("", "stream"),
        ("text/html", "other"),
        ("text/plain", "other"),
        ("application/octet-stream", "other"),
    ],
)
def test_what_does_not_tell_goes_by_its_type(content_type: str, kind: str) -> None:
    assert kind_by_type(content_type) == kind
    assert tell_kind(b"upstream connect error", content_type) == kind
