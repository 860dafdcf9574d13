"""The proxy with no proxy in it: `python -m tests.bench.speed.bare PORT_OF_UPSTREAM`.

The app's web server, as it is configured, and its client of Azure; a body is collected and sent,
a reply's pieces are passed on. So no change of the conversion can be faster than this.
"""

import sys

import httpx
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, HTTPScope

from local.host import make_server
from local.loopback import open_listener
from proxy_core.azure.calls import HEADERS, LIMITS
from proxy_core.azure.connections import AzureTransport


class Bare:
    """An ASGI application."""

    def __init__(self, upstream: int) -> None:
        self._url = httpx.URL(f"http://127.0.0.1:{upstream}/openai/v1/responses")
        self._azure = AzureTransport(limits=LIMITS)

    async def __call__(
        self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        body = bytearray()
        while True:
            message = await receive()
            assert message["type"] == "http.request"
            body += message["body"]
            if not message["more_body"]:
                break
        sent = httpx.ByteStream(bytes(body))
        request = httpx.Request("POST", self._url, headers=HEADERS, stream=sent)
        response = await self._azure.handle_async_request(request)
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async for piece in response.aiter_raw():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def main(upstream: int) -> None:
    listener = open_listener("127.0.0.1", 0)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    make_server(Bare(upstream)).run(sockets=[listener])


if __name__ == "__main__":
    main(int(sys.argv[1]))
