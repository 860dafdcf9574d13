"""Anthropic's web search, as a tool and in a reply.

https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/web-search-tool

A search is two blocks: what was searched for, and what was found. In a history both are text
(wire/block_text.py), because Azure would look for searches of its own that it has not kept.
"""

import re
from collections.abc import Iterator
from typing import Any

from proxy_core.conversation import Cited, WebPage, WebSearch, WebSearched
from proxy_core.wire import fields

NAME = "web_search"

_TYPE = re.compile(r"web_search_\d{8}")
_LOCATION = ("city", "region", "country", "timezone")
_SCHEME = re.compile(r"^https?://(www\.)?")


def is_web_search(tool: dict[str, Any]) -> bool:
    """Of any version: what newer ones add are knobs."""
    return _TYPE.fullmatch(str(tool.get("type"))) is not None


def read_web_search(tool: dict[str, Any], path: str) -> WebSearch:
    domains = fields.optional(tool, "allowed_domains", list, path) or []
    place = f"{path}.user_location"
    location = fields.optional(tool, "user_location", dict, path)
    return WebSearch(
        tuple(fields.check(domain, str, f"{path}.allowed_domains") for domain in domains),
        {name: text for name in _LOCATION if (text := fields.optional(location, name, str, place))}
        if location
        else None,
        fields.optional(tool, "max_uses", int, path),
    )


class Searches:
    """The searches of one reply. Create one per reply.

    A result follows its search at once, if Azure says what was found. Often Azure says it only by
    citing pages in its text; then the result waits until the text is over.
    """

    def __init__(self) -> None:
        self._done = 0
        self._ids: set[str] = set()
        self._waiting: list[str] = []  # ids of searches without a result
        self._cited: dict[str, WebPage] = {}

    def begin(self, search: WebSearched) -> str:
        """The id under which the client knows it, which is no other search's."""
        id = _write_id(search.id)
        while id in self._ids:
            id = f"{id}_{len(self._ids)}"
        self._ids.add(id)
        if search.pages is not None:
            self._done += 1
        if search.pages == ():
            self._waiting.append(id)
        return id

    def cite(self, page: WebPage) -> None:
        self._cited.setdefault(page.url, page)

    def late_results(self) -> Iterator[dict[str, Any]]:
        """Nobody knows which search found which page: the first is credited with all of them."""
        waiting, self._waiting = self._waiting, []
        for id in waiting:
            pages, self._cited = tuple(self._cited.values()), {}
            yield write_result(id, pages)

    def usage(self) -> dict[str, Any]:
        if not self._done:
            return {}
        return {"server_tool_use": {"web_search_requests": self._done, "web_fetch_requests": 0}}


def _write_id(id: str) -> str:
    """Clients know the prefix; Azure has one of its own."""
    return "srvtoolu_" + re.sub(r"\W", "_", id.removeprefix("ws_"), flags=re.ASCII)


def write_result(id: str, pages: tuple[WebPage, ...] | None) -> dict[str, Any]:
    """The rest of a web_search_tool_result block. None: the search failed."""
    if pages is None:
        content: Any = {"type": "web_search_tool_result_error", "error_code": "unavailable"}
    else:
        content = [_write_page(page) for page in {page.url: page for page in pages}.values()]
    return {"tool_use_id": id, "content": content}


def _write_page(page: WebPage) -> dict[str, Any]:
    return {
        "type": "web_search_result",
        "url": page.url,
        "title": _title(page),
        "encrypted_content": "",  # Azure keeps to itself what the page says
        "page_age": None,
    }


def write_citation(cited: Cited) -> dict[str, Any]:
    return {
        "type": "web_search_result_location",
        "url": cited.page.url,
        "title": _title(cited.page),
        "encrypted_index": "",
        "cited_text": cited.text,
    }


def _title(page: WebPage) -> str:
    """Azure's list of sources has no titles."""
    return page.title or _SCHEME.sub("", page.url)
