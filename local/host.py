"""Serves the app's own routes without Core Tools: `python -m local.host --port 7071`.

Like the real host it streams, cancels a reply whose client has gone, and answers an unknown
route or a wrong method with an empty 404. `--check` only loads the app and its settings. Beyond
loopback (`--host 0.0.0.0`, as in a container) it wants a token, or ALLOW_ANONYMOUS=true.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from socket import socket

import uvicorn
from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from local import trouble
from local.connections import Connection
from local.failure import Failure
from local.loopback import is_own_address, open_listeners
from local.routes import Routes, read_routes
from local.settings_file import add_settings, find_doubts, has_token, is_on
from worker_tuning import end_first

ROOT = Path(__file__).resolve().parent.parent
GRACE = 1.0  # seconds that running replies get when the host is asked to end
CUT_OFF = 3  # seconds until replies that have not ended by then are cut off


class Host:
    """The ASGI application that uvicorn serves."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw_path = scope["raw_path"].decode("latin-1").partition("?")[0]
        found = self._routes.find(scope["method"], raw_path)
        if not found:
            await Response(status_code=404)(scope, receive, send)
            return
        route, values = found
        request = Request({**scope, "path_params": values}, receive, send)
        response = await route.handler(**{route.argument: request})
        await response(scope, receive, send)


def main() -> int:
    options = read_options()
    try:
        os.environ.update(add_settings(os.environ, ROOT))
        for doubt in find_doubts(os.environ, ROOT):
            print(doubt, file=sys.stderr, flush=True)
        os.environ.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")  # as Core Tools do
        host, end_replies, when_ended = load_app()
        if not options.check:
            refuse_strangers(options.host, os.environ)
            listeners = open_listeners(options.host, options.port)
            serve(host, end_replies, listeners, when_ended)
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


def load_app() -> tuple[Host, Callable[[], None], Callable[[], None]]:
    """The app, what ends its replies, and what is done once they have ended."""
    from proxy_core.errors import SettingsError

    try:
        from proxy_app import app, proxy, when_ended
    except SettingsError as error:
        raise Failure(str(error)) from None
    host = Host(read_routes(app, read_prefix(ROOT / "host.json")))
    return host, proxy.end_replies, when_ended


def read_prefix(host_json: Path) -> str:
    settings = json.loads(host_json.read_text(encoding="utf-8"))
    prefix: str = settings.get("extensions", {}).get("http", {}).get("routePrefix", "api")
    return prefix.strip("/")


def make_server(
    app: ASGIApp,
    end_replies: Callable[[], None] = lambda: None,
    when_ended: Callable[[], None] = lambda: None,
) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=Connection,
        loop="auto",  # uvloop where it is installed
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # nobody here asks for the client's address
        timeout_graceful_shutdown=CUT_OFF,
    )
    trouble.log.addFilter(trouble.is_news)  # after Config, which sets the loggers up
    server: uvicorn.Server = end_first(trouble.QuietServer, end_replies, GRACE, when_ended)(config)
    return server


def serve(
    app: ASGIApp,
    end_replies: Callable[[], None],
    listeners: list[socket],
    when_ended: Callable[[], None] = lambda: None,
) -> None:
    with ExitStack() as open_sockets:
        for listener in listeners:
            open_sockets.enter_context(listener)
        make_server(app, end_replies, when_ended).run(sockets=listeners)


if __name__ == "__main__":
    sys.exit(main())
