"""Cursor's own habits, on top of the OpenAI formats it posts."""

from proxy_core.cursor.model_ids import list_models, read_model
from proxy_core.cursor.request_reader import CursorRequest, read_request

__all__ = ["CursorRequest", "list_models", "read_model", "read_request"]
