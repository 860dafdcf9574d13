"""What the model did on the web: searches, and the pages that its text cites."""

from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.conversation import Cited, WebPage, WebSearched

LONGEST_QUOTE = 1_000  # characters of a cited text; Anthropic's own quotes have 150


def read_search(item: Mapping[str, Any], index: int) -> WebSearched | None:
    """Pages that the model opens or looks through are no searches, and are not billed as such."""
    action = item.get("action") or {}
    if action.get("type", "search") != "search":
        return None
    query = action.get("query") or ", ".join(action.get("queries") or ())
    pages = tuple(
        WebPage(source["url"], str(source.get("title") or ""))
        for source in action.get("sources") or ()
        if isinstance(source.get("url"), str)  # some sources are no pages
    )
    failed = item.get("status") == "failed"
    return WebSearched(str(item.get("id") or index), str(query), None if failed else pages)


def read_citations(message: Mapping[str, Any]) -> Iterator[Cited]:
    parts = message.get("content")
    for part in parts if isinstance(parts, list) else ():
        for annotation in (part.get("annotations") if isinstance(part, dict) else None) or ():
            match annotation:
                case {"type": "url_citation", "url": str(url)}:
                    page = WebPage(url, str(annotation.get("title") or ""))
                    yield Cited(page, _cited_text(part, annotation))


def _cited_text(part: dict[str, Any], place: dict[str, Any]) -> str:
    match part, place:
        case {"text": str(text)}, {"start_index": int(start), "end_index": int(end)}:
            return text[start : min(end, start + LONGEST_QUOTE)]
        case _:
            return ""
