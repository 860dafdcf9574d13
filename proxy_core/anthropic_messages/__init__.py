"""Anthropic Messages: what Claude Code speaks."""

from proxy_core.anthropic_messages.error_writer import error_headers, error_status, write_error
from proxy_core.anthropic_messages.model_list import ALIASES, list_models, write_model, write_models
from proxy_core.anthropic_messages.overflow import explain_overflow
from proxy_core.anthropic_messages.reply_writer import ReplyHead, ReplyWriter
from proxy_core.anthropic_messages.request_reader import read_count_request, read_request

__all__ = [
    "ALIASES",
    "ReplyHead",
    "ReplyWriter",
    "error_headers",
    "error_status",
    "explain_overflow",
    "list_models",
    "read_count_request",
    "read_request",
    "write_error",
    "write_model",
    "write_models",
]
