"""How the log may be written: what LOG_FORMAT and LOG_LEVEL can be."""

from typing import Literal

LogFormat = Literal["auto", "json", "text"]
LogLevel = Literal["debug", "info", "warning", "error"]  # the least important first
