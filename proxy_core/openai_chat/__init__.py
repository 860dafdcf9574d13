"""OpenAI Chat Completions: the other Azure API."""

from proxy_core.openai_chat.reply_reader import ReplyReader
from proxy_core.openai_chat.request_writer import NAME_LIMIT, write_request

__all__ = ["NAME_LIMIT", "ReplyReader", "write_request"]
