"""Which names the local host answers to, while it asks for no token.

Rule: only names that nobody else can own. A web page may not read what another origin says, unless
the page makes its own name lead to this machine (DNS rebinding): then its name is the Host.
"""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from local.loopback import is_loopback_name

# Read by Anthropic's clients and by OpenAI's: each finds its own fields.
REFUSAL = {
    "type": "error",
    "error": {
        "type": "permission_error",
        "message": "This proxy asks for no token, so it answers to loopback names only "
        "(localhost, 127.0.0.1, [::1]). Set ANTHROPIC_AUTH_TOKEN to let others call it.",
        "param": None,
        "code": "host_not_allowed",
    },
}


class LoopbackNamesOnly:
    """Middleware: what it wraps is not reached by any other name."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = is_loopback_name(Headers(scope=scope).get("host", ""))
        answer = self._app if is_ours else refuse()
        await answer(scope, receive, send)


def refuse() -> JSONResponse:
    return JSONResponse(REFUSAL, 403, {"x-should-retry": "false"})
