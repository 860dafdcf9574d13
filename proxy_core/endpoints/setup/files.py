"""The page's files, read once, when the first is asked for. They are the same for everyone.

https://developer.mozilla.org/docs/Web/HTTP/Guides/CSP
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from html import escape
from pathlib import Path

import msgspec

from proxy_core.client_setup import Snippet, snippets
from proxy_core.endpoints.setup.status import ANY_TOKEN, ANY_URL
from proxy_core.reply.client import Reply
from proxy_core.settings import Settings

FOLDER = Path(__file__).with_name("page")
INDEX = "index.html"
SNIPPETS = b"<!-- snippets -->\n"  # where the page has the lines to paste

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
HEADERS = {
    "cache-control": "no-cache",  # kept, and asked about each time
    "content-security-policy": "; ".join(POLICY),
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class File(msgspec.Struct, frozen=True):
    content: bytes
    media_type: str

    @property
    def tag(self) -> str:
        return f'"{sha256(self.content).hexdigest()[:16]}"'


class PageFiles:
    """By name; the page itself by the empty one."""

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def find(self, headers: Mapping[str, str], path: str) -> Reply | None:
        file = self._files.get(path.removeprefix("setup/"))  # from a page shown at `/setup/`
        if not file:
            return None
        told = {**HEADERS, "content-type": file.media_type, "etag": file.tag}
        if _is_known(file.tag, headers.get("if-none-match", "")):
            return Reply(304, b"", told)
        return Reply(200, file.content, told)

    @cached_property
    def _files(self) -> dict[str, File]:
        return dict(_read_files())


def _read_files() -> Iterator[tuple[str, File]]:
    for path in sorted(FOLDER.iterdir()):
        content, media_type = path.read_bytes(), MEDIA_TYPES[path.suffix]
        if path.name == INDEX:
            lines = "".join(map(_write_snippet, public_snippets())).encode()
            yield "", File(content.replace(SNIPPETS, lines), media_type)
        else:
            yield path.name, File(content, media_type)


def public_snippets() -> tuple[Snippet, ...]:
    """Without anything that is set here. The page puts its own address into them."""
    return snippets(Settings(resources=()), ANY_URL, ANY_TOKEN)


def _write_snippet(snippet: Snippet) -> str:
    return (
        f'<details class="snippet" name="snippet" id="{escape(snippet.id)}">\n'
        f"<summary>{escape(snippet.title)}</summary>\n"
        f'<pre tabindex="0"><code>{escape(snippet.text)}</code></pre>\n'
        "</details>\n"
    )


def _is_known(tag: str, if_none_match: str) -> bool:
    given = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return tag in given or given == ["*"]
