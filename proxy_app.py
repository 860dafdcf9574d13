"""The functions: which request goes to what of `Proxy`. All else is in proxy_core."""

import gc
import json
import os
from functools import partial
from pathlib import Path

gc.disable()  # none of what is imported is garbage; looking for it is a sixth of the start

import azure.functions as func

import worker_tuning
from proxy_core.azure.calls import Azure
from proxy_core.configuration.deployed import is_deployed
from proxy_core.configuration.reader import EnvironReader
from proxy_core.errors import SettingsError
from proxy_core.misconfigured import MisconfiguredProxy
from proxy_core.proxy import Proxy
from proxy_core.reply import body_log, log_lines
from proxy_core.reply.client import Reply, json_reply
from proxy_core.settings import FUNCTION_TIMEOUT, Settings
from proxy_core.telemetry import NoTelemetry, Telemetry, start_telemetry
from proxy_response import Body, ProxyResponse
from web_extension import Ending, Request, WebServer

host = json.loads(Path(__file__).with_name("host.json").read_text(encoding="utf-8"))
# Asked for by its name, which Windows does not keep as it was written.
longest = os.environ.get(FUNCTION_TIMEOUT) or host.get("functionTimeout", "")
environ = {**os.environ, FUNCTION_TIMEOUT: longest}
host_warnings = tuple(worker_tuning.warnings(os.environ))
proxy: Proxy | MisconfiguredProxy
telemetry: Telemetry = NoTelemetry()
try:
    settings = Settings.from_environ(environ)
    telemetry = start_telemetry(settings, environ)
    host_warnings += telemetry.warnings
    proxy = Proxy(settings, Azure(settings), None, host_warnings, also=telemetry.write)
except SettingsError as error:
    if not is_deployed(EnvironReader(environ)):
        raise  # whoever starts it reads why
    settings = Settings.of_access(environ)
    proxy = MisconfiguredProxy(settings, error, host_warnings)


def when_ended() -> None:
    telemetry.close()
    body_log.close()


WebServer.ending = ending = Ending(proxy.end_replies, when_ended)
worker_tuning.tune()
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

log_lines.choose(settings.log_format, settings.log_level, settings.secrets)
body_log.choose(settings.log_bodies, settings.secrets)
for problem in proxy.problems:
    log_lines.write_problem(problem)
for warning in proxy.warnings:
    if not os.environ.get(log_lines.BANNER_TELLS):
        log_lines.write_warning(warning)

route = partial(app.route, trigger_arg_name="request")
POST = func.HttpMethod.POST
READING = [func.HttpMethod.GET, func.HttpMethod.HEAD]
# By name: azure-functions 2 has QUERY as well, which nobody who calls us sends.
ANY = [*READING, POST, *(func.HttpMethod[name] for name in ("PUT", "PATCH", "DELETE", "OPTIONS"))]


def method_of(request: Request) -> str:
    """HEAD asks for what GET would answer; the web server leaves the body out."""
    return "GET" if request.method == "HEAD" else str(request.method)


@route("v1/messages", methods=[POST])
async def messages(request: Request) -> ProxyResponse:
    return ProxyResponse(partial(proxy.messages, request.headers))


@route("v1/messages/count_tokens", methods=[POST])
async def count_tokens(request: Request) -> ProxyResponse:
    return ProxyResponse(partial(proxy.count_tokens, request.headers))


@route("v1/{*path}", methods=ANY)
async def other(request: Request) -> ProxyResponse:
    path = request.path_params.get("path", "")
    return ProxyResponse(partial(proxy.other, request.headers, method_of(request), path))


@route("api/hello", methods=READING)
async def hello(request: Request) -> ProxyResponse:
    """Claude Code's probe at its start."""
    return ProxyResponse(partial(proxy.other, request.headers, method_of(request), ""))


@route("cursor/{*path}", methods=ANY)
async def cursor(request: Request) -> ProxyResponse:
    path = request.path_params.get("path", "")
    return ProxyResponse(partial(proxy.cursor, request.headers, method_of(request), path))


@route("/", methods=READING)
async def root(request: Request) -> ProxyResponse:
    """Not "", which the Functions host takes for the function's name."""
    return ProxyResponse(partial(proxy.setup, request.headers, method_of(request), ""))


@route("setup/{*path}", methods=ANY)
async def setup(request: Request) -> ProxyResponse:
    path = request.path_params.get("path", "")
    return ProxyResponse(partial(proxy.setup, request.headers, method_of(request), path))


@route("cursor/health", methods=READING)
async def health(request: Request) -> ProxyResponse:
    return ProxyResponse(tell_health)


async def tell_health(body: Body) -> Reply:
    return json_reply({"status": "ok"})
