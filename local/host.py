"""Serves the app's own routes without Core Tools: `python -m local.host --port 7071`.

Like the real host it streams, cancels a reply whose client has gone, and answers an unknown
route or a wrong method with an empty 404. `--check` only loads the app and its settings. Beyond
loopback (`--host 0.0.0.0`, as in a container) it wants a token, or ALLOW_ANONYMOUS=true.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from socket import socket

import uvicorn

from local import trouble
from local.connections import Connection
from local.failure import Failure
from local.loopback import is_own_address, open_listeners
from local.routes import Routes, read_routes
from local.settings_file import add_settings, find_doubts, has_token, is_on
from proxy_response import Receive, Scope, Send
from web_extension import ASGIApp, Ending, EndingServer, Request, configure

ROOT = Path(__file__).resolve().parent.parent
GRACE = 1.0  # seconds that running replies get when the host is asked to end
CUT_OFF = 3  # seconds until replies that have not ended by then are cut off
NO_CONTENT = [(b"content-length", b"0")]
NOTHING = Ending()


class Host:
    """The ASGI application that uvicorn serves."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw_path = scope["raw_path"].decode("latin-1").partition("?")[0]
        found = self._routes.find(scope["method"], raw_path)
        if not found:
            await send({"type": "http.response.start", "status": 404, "headers": NO_CONTENT})
            await send({"type": "http.response.body"})
            return
        route, values = found
        response = await route.handler(**{route.argument: Request(scope, values)})
        await response(scope, receive, send)


class _Server(trouble.QuietServer, EndingServer):
    pass


def main() -> int:
    options = read_options()
    try:
        os.environ.update(add_settings(os.environ, ROOT))
        for doubt in find_doubts(os.environ, ROOT):
            print(doubt, file=sys.stderr, flush=True)
        os.environ.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")  # as Core Tools do
        host, ending = load_app()
        if not options.check:
            refuse_strangers(options.host, os.environ)
            listeners = open_listeners(options.host, options.port)
            serve(host, listeners, ending)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass  # uvicorn has ended in good order and passes the signal on
    return 0


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("local.host", description="Serves the app's routes.")
    parser.add_argument("--host", default="localhost", help="else both loopback addresses")
    parser.add_argument("--port", type=int, default=7071)
    parser.add_argument("--check", action="store_true", help="load the app, do not serve")
    return parser.parse_args()


def refuse_strangers(address: str, environ: Mapping[str, str]) -> None:
    """Beyond this machine whoever finds the port may ask, and is served on the owner's account."""
    if is_own_address(address) or has_token(environ) or is_on(environ, "ALLOW_ANONYMOUS"):
        return
    raise Failure(
        f"Not listening on {address}, which others can reach: the setting ANTHROPIC_AUTH_TOKEN is "
        "missing. Set it, or set ALLOW_ANONYMOUS=true to let anyone in."
    )


def load_app() -> tuple[Host, Ending]:
    from proxy_core.errors import SettingsError

    try:
        from proxy_app import app, ending
    except SettingsError as error:
        raise Failure(str(error)) from None
    return Host(read_routes(app, read_prefix(ROOT / "host.json"))), ending


def read_prefix(host_json: Path) -> str:
    settings = json.loads(host_json.read_text(encoding="utf-8"))
    prefix: str = settings.get("extensions", {}).get("http", {}).get("routePrefix", "api")
    return prefix.strip("/")


def make_server(app: ASGIApp, ending: Ending = NOTHING) -> uvicorn.Server:
    config = configure(
        app,
        http=Connection,
        loop="auto",  # uvloop where it is installed
        log_level="warning",
        timeout_graceful_shutdown=CUT_OFF,
    )
    trouble.log.addFilter(trouble.is_news)  # after Config, which sets the loggers up
    return _Server(config, ending, GRACE)


def serve(app: ASGIApp, listeners: list[socket], ending: Ending = NOTHING) -> None:
    with ExitStack() as open_sockets:
        for listener in listeners:
            open_sockets.enter_context(listener)
        make_server(app, ending).run(sockets=listeners)


if __name__ == "__main__":
    sys.exit(main())
