"""OpenAI Responses: the API that Azure is asked through by default, and a shape Cursor posts."""

from proxy_core.openai_responses.item_writer import NAME_LIMIT
from proxy_core.openai_responses.reply_reader import ReplyReader
from proxy_core.openai_responses.request_writer import LEAST_OUTPUT, write_request
from proxy_core.openai_responses.unstreamed_reply import write_events

__all__ = [
    "LEAST_OUTPUT",
    "NAME_LIMIT",
    "ReplyReader",
    "write_events",
    "write_request",
]
