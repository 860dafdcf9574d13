"""OpenAI Chat Completions: what Cursor speaks, and the other Azure API."""

from proxy_core.openai_chat.custom_calls import CustomCalls
from proxy_core.openai_chat.error_writer import error_status, write_error
from proxy_core.openai_chat.reply_reader import ReplyReader
from proxy_core.openai_chat.reply_writer import ReplyHead, ReplyWriter
from proxy_core.openai_chat.request_writer import LEAST_OUTPUT, NAME_LIMIT, write_request
from proxy_core.openai_chat.unstreamed_reply import write_chunks

__all__ = [
    "LEAST_OUTPUT",
    "NAME_LIMIT",
    "CustomCalls",
    "ReplyHead",
    "ReplyReader",
    "ReplyWriter",
    "error_status",
    "write_chunks",
    "write_error",
    "write_request",
]
