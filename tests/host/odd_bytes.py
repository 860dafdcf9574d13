"""Requests to the byte, most of which no client should send."""

import json
from typing import Any

from tests.e2e.servers import TOKEN

PAGE = "https://page.example"


def ask(**fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": "hi"}]
    return {"model": "claude-sonnet-5", "max_tokens": 99, "messages": messages, **fields}


def head(path: str = "/v1/messages", *, method: str = "POST", **headers: str) -> bytes:
    """The head of a request, with the token and JSON unless `headers` say otherwise."""
    fields = {"host": "x", "x_api_key": TOKEN, "content_type": "application/json", **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode("latin-1")


BODIES = {
    "utf-16": json.dumps(ask()).encode("utf-16"),
    "latin-1": json.dumps(ask(system="é"), ensure_ascii=False).encode("latin-1"),
    "nul": b'{"model": "a\0"}',
    "deep": json.dumps(ask(tools=[{"name": "a", "input_schema": {}}]))
    .replace("{}", '{"items":' * 5_000 + "{}" + "}" * 5_000)
    .encode(),
    "infinite": b'{"max_tokens": 1e999}',
    "nan": b'{"max_tokens": NaN}',
    "long": b'{"max_tokens": ' + b"9" * 100_000 + b"}",
    "list": b"[]",
    "nothing": b"",
}


CLOSE = b"connection: close\r\n"
END = b"\r\n\r\n"
ODD = {
    "a line of its own": head()[:-2]
    + b"x-a: b\r\n c: d\r\n"
    + CLOSE
    + b"content-length: 2\r\n\r\n{}",
    "a bare CR": head()[:-2] + b"x-a: b\rc: d" + END,
    "NUL": head()[:-2] + b"x-a: \0" + END,
    "no colon": head()[:-2] + b"x-a" + END,
    "an origin with CR": head(origin=f"{PAGE}\rx: y"),
    "a long header": head(x_a="b" * 200_000),
    "many headers": head(**{f"x_{number}": "a" for number in range(20_000)}),
    "no host": head(host=""),
    "no HTTP": b"GET /v1/models" + END,
    "TLS": b"\x16\x03\x01\x02\0\x01\0" + END,
    "a tab for a method": head(method="GE\tT"),
    "no target": head(""),
    "NUL in the path": head("/v1/messages\0"),
    "beyond ASCII": head("/v1/m\xe9ssages"),
    "a negative length": head(content_length="-2") + b"{}",
    "a length of 40 digits": head(content_length="9" * 40) + b"{}",
    "two lengths": head(content_length="2\r\ncontent-length: 3") + b"{}",
    "gzip for a transfer": head(transfer_encoding="gzip, chunked") + b"2\r\n{}\r\n0" + END,
    "a chunk of no size": head(transfer_encoding="chunked") + b"zz\r\n{}\r\n0" + END,
    "a chunk of less than none": head(transfer_encoding="chunked") + b"-2\r\n{}\r\n0" + END,
    "an endless size": head(transfer_encoding="chunked") + b"0" * 70_000,
    "a short length": head(content_length="1", connection="close") + b"{}",
    "a custom method": head(method="FOO", connection="close"),
    "TRACE": head(method="TRACE", connection="close"),
    "CONNECT": head("x:443", method="CONNECT", connection="close"),
    "another host's address": head("http://x/v1/models", method="GET", connection="close"),
    "an asterisk": head("*", method="OPTIONS", connection="close"),
    "HTTP/1.0": head(host="", connection="close").replace(b"HTTP/1.1", b"HTTP/1.0"),
    "a WebSocket": head("/v1/x", method="GET", connection="upgrade", upgrade="websocket"),
}


PATHS = [
    *("/v1/../x", "/v1/%2e%2e/", "/v1/%2e%2e/cursor/models", "/v1/../cursor/health"),
    *("//v1//messages", "/v1/messages;x=1", "/v1/messages%00"),
    *("/v1\\messages", "/v1/..\\messages", "/v1/messages/../models", "/v1/models/a/b"),
    *("/v1/%", "/v1/%zz", "/v1/%ff", f"/v1/{'x' * 30_000}", "/../etc/passwd", "/docs"),
    *("/api/hello/x", "/api/hello%2f..%2f..%2fv1%2fmodels", "/admin/functions"),
]
