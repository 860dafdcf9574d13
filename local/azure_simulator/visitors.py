"""Who may look at the simulator and steer it: programs on this machine, and no web page.

https://fetch.spec.whatwg.org/#origin-header
https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header

Rules for everything below /simulator/, which asks for no key:
- the Host is a loopback name, so a page whose own name leads here (DNS rebinding) is refused;
- there is no Origin, and no Sec-Fetch-Site but that of an address somebody has typed;
- a body says that it is JSON: for that a page has to ask first, and nobody says yes.
"""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from local.loopback import is_loopback_name

WITHOUT_BODY = ("GET", "HEAD", "DELETE")


class ProgramsOnly:
    """Middleware: the routes behind it answer no web page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = find_refusal(scope["method"], Headers(scope=scope)) or self._app
        await answer(scope, receive, send)


def find_refusal(method: str, headers: Headers) -> JSONResponse | None:
    if not is_loopback_name(headers.get("host", "")):
        return refuse(403, "Only loopback names (localhost, 127.0.0.1, [::1]) are answered here.")
    if "origin" in headers or headers.get("sec-fetch-site", "none") != "none":
        return refuse(403, "Web pages may neither look at the simulator nor steer it.")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if method not in WITHOUT_BODY and kind != "application/json":
        return refuse(415, "Send JSON, and say so: content-type: application/json.")
    return None


def refuse(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message}}, status)
