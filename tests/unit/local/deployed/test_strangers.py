"""Answers of everything that can stand before an app, or in its place: who gave them."""

import httpx
import pytest

from local.deployed.strangers import STRANGERS, judge_stranger
from local.deployed.visitor import Answer, Piece
from tests.unit.local.deployed.app import URL

LOGIN = "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=a"
REF = {"x-azure-ref": "20261127T000000Z-1"}
BEARER = 'Bearer realm="app" authorization_uri="https://login.windows.net/t/oauth2/authorize"'
PAGES = [
    (403, {"x-ms-forbidden-ip": "203.0.113.7"}, "Ip Forbidden", "this machine. It says: 203.0.113"),
    (403, {}, "<title>Error 403 - Ip Forbidden</title>", "network rules of the app refuse"),
    (403, {}, "<h1>Error 403 - This web app is stopped.</h1>", "function app is stopped"),
    (400, {}, '{"error": {"message": "The packages beside this app were built for', "its packages"),
    (503, {}, "The packages that requirements.txt names are not beside this app.", "its packages"),
    (302, {"location": LOGIN}, "", "Easy Auth"),
    (302, {"location": "/.auth/login/aad?post_login_redirect_uri=/"}, "", "Easy Auth"),
    (401, {"www-authenticate": BEARER}, "", "Easy Auth"),
    (401, {}, "You do not have permission to view this directory or page.", "Easy Auth"),
    (
        404,
        {},
        "<title>Microsoft Azure Web App - Error 404</title> 404 Web Site not found.",
        "No app",
    ),
    (503, {}, "Function host is not running.", "did not start"),
    (403, REF, "<h1>The request is blocked.</h1>", "firewall of Front Door"),
    (404, REF, "Page not found", "Front Door has no route"),
    (
        502,
        REF | {"x-azure-externalerror": "0x830c1011,The certificate authority is unfamiliar"},
        "Our services aren\u2019t available right now",
        "not get an answer of the app. It says: 0x830c1011,The certificate",
    ),
    (504, {}, "Our services aren't available right now", "Front Door does not get"),
    (502, {}, "502 Bad Gateway Microsoft-Azure-Application-Gateway/v2", "Application Gateway"),
    (530, {"server": "cloudflare"}, "error code: 1033", "tunnel has ended"),
    (502, {"server": "cloudflare"}, "Bad gateway", "nothing answers behind it"),
    (524, {"server": "cloudflare"}, "", "gave up waiting"),
]
OTHERS = [
    (
        401,
        '{"statusCode": 401, "message": "Access denied due to missing subscription key."}',
        "API Management: Access denied",
    ),
    (404, '{"statusCode": 404, "message": "Resource not found"}', "Resource not found"),
    (500, '{"statusCode": 500, "message": "Internal server error"}', "API Management: 500"),
    (404, "", "404 without a word: a Functions host"),
    (503, "<html>", "503 (text/html), and not by the app"),
    (301, "", "it sends its clients on to https://other.example.com"),
    (200, "<html>", f"What answers at {URL} is not this proxy: 200 (text/html)"),
    (418, "", "is not this proxy: 418"),
]


def answer(status: int, headers: dict[str, str], page: str) -> Answer:
    pieces = (Piece(0.1, page.encode()),) if page else ()
    return Answer(status, httpx.Headers(headers), pieces, 0.1)


@pytest.mark.parametrize(("status", "headers", "page", "told"), PAGES)
def test_who_it_was(status: int, headers: dict[str, str], page: str, told: str) -> None:
    verdict = judge_stranger(answer(status, headers, page), URL)
    assert verdict.state == "failed"
    assert told in verdict.detail
    assert verdict.remedy


def test_every_stranger_is_met() -> None:
    met = set()
    for status, headers, page, _ in PAGES:
        given = answer(status, headers, page)
        text = page.lower().replace("\u2019", "'")
        met.add(next(n for n, each in enumerate(STRANGERS) if each.gave(given, text)))
    assert met == {*range(len(STRANGERS))}


@pytest.mark.parametrize(("status", "page", "told"), OTHERS)
def test_what_is_not_in_the_table(status: int, page: str, told: str) -> None:
    headers = {"content-type": "text/html", "location": "https://other.example.com/deep?token=1"}
    verdict = judge_stranger(answer(status, headers, page), URL)
    assert told in verdict.detail
    assert "token=1" not in verdict.detail + verdict.remedy


def test_what_a_stranger_says_can_be_printed() -> None:
    given = answer(403, {"x-ms-forbidden-ip": "1\x1b[2J" + "9" * 999}, "")
    detail = judge_stranger(given, URL).detail
    assert detail.isprintable()
    assert len(detail) < 400
