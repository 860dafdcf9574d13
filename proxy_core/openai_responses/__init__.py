"""OpenAI Responses: the API that Azure is asked through by default."""

from proxy_core.openai_responses.reply_reader import ReplyReader
from proxy_core.openai_responses.request_writer import NAME_LIMIT, write_request

__all__ = ["NAME_LIMIT", "ReplyReader", "write_request"]
