"""The page's files: the same for everyone, whole, and with nothing from elsewhere."""

import re
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.client_setup import snippets
from proxy_core.endpoints.setup.files import FOLDER, PageFiles, public_snippets
from proxy_core.endpoints.setup.status import ANY_TOKEN, ANY_URL
from proxy_core.reply.client import Reply
from tests.unit.endpoints.setup.settings import some_settings

NAMES = ["", *sorted(path.name for path in FOLDER.iterdir() if path.name != "index.html")]
LONGEST_LOAD = 64 * 1024  # bytes of all files together


def get(name: str, **headers: str) -> Reply:
    reply = PageFiles().find({key.replace("_", "-"): headers[key] for key in headers}, name)
    assert reply
    return reply


def text(name: str) -> str:
    body = get(name).body
    assert isinstance(body, bytes)
    return body.decode()


@pytest.mark.parametrize("name", NAMES)
def test_a_file_and_what_it_may_do(name: str) -> None:
    reply = get(name)
    assert reply.status == 200
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-cache"
    policy = dict(
        directive.split(" ", 1)
        for directive in reply.headers["content-security-policy"].split("; ")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("", "text/html; charset=utf-8"),
        ("page.js", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_what_it_is(name: str, media_type: str) -> None:
    assert get(name).headers["content-type"] == media_type


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_the_browser_has_is_not_sent_again(name: str) -> None:
    tag = get(name).headers["etag"]
    for given_tag in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        known = get(name, if_none_match=given_tag)
        assert (known.status, known.body, known.headers["etag"]) == (304, b"", tag)
    for given_tag in ('"other"', "", tag.strip('"'), f"{tag}x"):
        assert get(name, if_none_match=given_tag).status == 200


@pytest.mark.parametrize(
    "name",
    ["index.html", "nothing", "../status.py", "page", "page.js/", "/page.js", "setup", "PAGE.JS"],
)
def test_no_other_file(name: str) -> None:
    assert PageFiles().find({}, name) is None


def test_a_page_that_is_seen_with_a_slash_behind_it_finds_its_files() -> None:
    assert get("setup/page.js") == get("page.js")


def test_nothing_comes_from_elsewhere() -> None:
    for name in NAMES:
        found = re.findall(r"https?://[\w.-]+", text(name))
        assert {*found} <= {ANY_URL, "http://www.w3.org"}, name


def test_nothing_is_inline() -> None:
    page = text("")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", page)
    for name in (name for name in NAMES if name.endswith(".js")):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\.style\b|eval",
                             text(name)), name  # fmt: skip


def test_nothing_is_stored() -> None:
    for name in (name for name in NAMES if name.endswith(".js")):
        assert not re.search(r"Storage|cookie|indexedDB|history\.", text(name)), name


def test_each_file_that_is_named_exists() -> None:
    linked = re.findall(r'(?:href|src)="setup/([\w.]+)"', text(""))
    imported = [
        each for name in NAMES if name.endswith(".js")
        for each in re.findall(r'from "\./([\w.]+)"', text(name))
    ]  # fmt: skip
    assert {*linked, *imported} == {*NAMES} - {""}


def test_the_page_is_small() -> None:
    assert sum(len(text(name)) for name in NAMES) < LONGEST_LOAD


def test_lines_to_paste_are_in_the_page_itself() -> None:
    page = text("")
    assert "<!--" not in page
    for snippet in public_snippets():
        assert f'id="{snippet.id}"' in page
        assert f"<summary>{escape(snippet.title)}</summary>" in page
    assert ANY_URL in page
    assert ANY_TOKEN in page


def test_what_is_pasted_is_text() -> None:
    assert "{&quot;" in text("")
    assert '{"' not in text("")


@given(some_settings(), st.sampled_from(["https://a.example", "http://localhost:7071"]))
def test_there_is_a_place_for_each_line_that_depends_on_settings(settings, url: str) -> None:
    places = {snippet.id for snippet in public_snippets()}
    assert {snippet.id for snippet in snippets(settings, url, "token")} == places
