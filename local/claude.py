"""`dev.py claude`: Claude Code, with everything set for this proxy.

    python -m local.claude [--url URL | --port PORT] [--print] [ARGUMENT...]

The first argument that is none of these, or `--`, and all behind it are Claude Code's own. What it
is to use is asked of the proxy itself: its list of models tells names and windows, and shows that
the token is right. Where none runs on the port, one is started, and ended with this.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from local.background import ROOT, start_beside
from local.commands import explain
from local.failure import Failure
from local.loopback import is_healthy, is_loopback_name, keep_from_proxies, refuse_taken_port
from local.options import port_number
from local.processes import Processes
from local.proxy_address import read_proxy_url
from local.settings_file import add_settings, setting
from proxy_core.client_setup import ANY, RIVALS, SHELLS, claude_snippets, variables_for
from proxy_core.configuration.exposure import AUTH_TOKEN

ENDING = ("SIGTERM", "SIGHUP")  # what ends this ends Claude Code
INSTALL = "npm install -g @anthropic-ai/claude-code"
ASKING_TIME = 15.0  # seconds; an app that was scaled to nothing starts in about five
LOOKING_INTERVAL = 1.0
USAGE = "usage: dev.py claude [--url URL | --port PORT] [--print] [ARGUMENT...]"


@dataclass(frozen=True)
class Options:
    url: str = ""  # of a proxy that is elsewhere
    port: int = 7071
    prints: bool = False
    arguments: tuple[str, ...] = ()


def main(arguments: Sequence[str]) -> int:
    return explain(lambda: run(read_options(arguments), dict(os.environ)))


def read_options(arguments: Sequence[str]) -> Options:
    url, port, prints, rest = "", 7071, False, [*arguments]
    while rest:
        name, equals, value = rest[0].partition("=")
        if name == "--print" and not equals:
            prints = True
        elif name in ("--url", "--port"):
            if not equals and len(rest) == 1:
                raise Failure(f"{name} needs a value.\n{USAGE}")
            value = value if equals else rest.pop(1)
            url, port = (value, port) if name == "--url" else (url, _port(value))
        else:
            break
        del rest[0]
    return Options(
        read_proxy_url(url) if url else "",
        port,
        prints,
        tuple(rest[1:] if rest[:1] == ["--"] else rest),
    )


def _port(text: str) -> int:
    try:
        return port_number(text)
    except Exception as error:
        raise Failure(f"{error}.".capitalize()) from None


def run(options: Options, environ: dict[str, str]) -> int:
    binary = shutil.which("claude", path=environ.get("PATH"))
    if not (binary or options.prints):
        raise Failure(f"Claude Code is not installed. To install it: {INSTALL}")
    with Processes(ROOT) as processes:
        if options.url:
            token, url = setting(environ, AUTH_TOKEN), options.url
            if not token:
                raise Failure(f"Set {AUTH_TOKEN} to the token of the proxy at {url}.")
        else:
            token = setting(add_settings(environ, ROOT), AUTH_TOKEN).partition(",")[0].strip()
            url = f"http://localhost:{options.port}"
            _make_serve(processes, options.port, environ)
        variables = variables_for(_ask_models(url, token or ANY), url, token or ANY)
        if options.prints or not binary:
            print(_shown(variables, windows=os.name == "nt"))
            return 0
        for sentence in overruled(variables, Path.home() / ".claude" / "settings.json"):
            _say(sentence)
        return _run_claude([binary, *options.arguments], child_environ(environ, variables), url)


def child_environ(environ: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """Ours beside the person's own, without what would win over ours."""
    kept = {name: value for name, value in environ.items() if name.upper() not in RIVALS}
    child = {**kept, **variables}
    local = is_loopback_name(urlsplit(variables["ANTHROPIC_BASE_URL"]).netloc)
    return keep_from_proxies(child) if local else child


def overruled(variables: Mapping[str, str], file: Path) -> Iterator[str]:
    """Claude Code lets the `env` of its settings win over its environment."""
    content: Any = None
    with suppress(OSError, ValueError):
        content = json.loads(file.read_text(encoding="utf-8"))
    env = content.get("env") if isinstance(content, dict) else None
    for name, value in env.items() if isinstance(env, dict) else ():
        if name in RIVALS or value != variables.get(name, value):
            yield f"{file} sets {name}, which wins over what is set here."


def _make_serve(processes: Processes, port: int, environ: Mapping[str, str]) -> None:
    log = None
    if not is_healthy(port):
        refuse_taken_port(port)  # by something that is no proxy of ours
        _say("Starting the proxy.")
        log = start_beside(processes, port, environ)
        if log:
            _say(f"The proxy serves at http://localhost:{port} until this ends; its log: {log}")
    if log is None:
        _say(f"Using the proxy that runs at http://localhost:{port}; it ends with who started it.")


def _ask_models(url: str, token: str) -> list[dict[str, Any]]:
    """What the proxy lists: that it is one of ours, its models, and that the token is right."""
    wrong = f"What answers at {url} is not this proxy."
    request = Request(f"{url}/v1/models", headers={"authorization": f"Bearer {_latin(token)}"})
    local = is_loopback_name(urlsplit(url).netloc)
    opener = build_opener(*([ProxyHandler({})] if local else []))
    try:
        with opener.open(request, timeout=ASKING_TIME) as response:
            models: Any = json.load(response)["data"]
    except HTTPError as error:
        said = _error_message(error)
        raise Failure(f"The proxy at {url} says: {said}" if said else wrong) from None
    except (URLError, OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise Failure(f"No proxy can be reached at {url}: {reason}.") from None
    except (ValueError, KeyError, TypeError):
        raise Failure(wrong) from None
    if not isinstance(models, list) or not all(map(_is_ours, models)):
        raise Failure(wrong)
    return models


def _is_ours(model: Any) -> bool:
    match model:
        case {"id": str(), "display_name": str(name), "max_input_tokens": int() | None}:
            return name.isprintable()
        case _:
            return False


def _latin(token: str) -> str:
    """Headers are Latin-1; the proxy knows UTF-8 that is spelt so."""
    return token.encode("utf-8", "surrogateescape").decode("latin-1")


def _error_message(error: HTTPError) -> str:
    with suppress(ValueError, KeyError, TypeError, OSError):
        return "".join(c for c in str(json.load(error)["error"]["message"]) if c.isprintable())
    return ""


def _shown(variables: Mapping[str, str], *, windows: bool) -> str:
    found = {snippet.id: snippet for snippet in claude_snippets(variables)}
    shown = (found[id] for id in (*SHELLS[windows], "claude-settings"))
    return "\n\n".join(f"{snippet.title}\n\n{snippet.text}" for snippet in shown)


def _run_claude(command: Sequence[str], environ: Mapping[str, str], url: str) -> int:
    """It has the terminal. Its exit code is ours; of a signal, as shells tell it."""
    # A handler would run only once the wait for the child is interrupted, and a signal that comes
    # right before it does not interrupt it. So each is written down, and a thread reads it.
    heard, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.fileno())
    for name in ("SIGINT", *ENDING):
        if hasattr(signal, name):
            # Not SIG_IGN, which it would inherit: Ctrl-C reaches both, and is for it alone.
            signal.signal(getattr(signal, name), lambda number, frame: None)
    child = subprocess.Popen(command, env=environ)
    threading.Thread(target=_pass_on, args=(heard, child), daemon=True).start()
    ended = threading.Event()
    if is_loopback_name(urlsplit(url).netloc):
        threading.Thread(target=_watch, args=(url, ended), daemon=True).start()
    code = child.wait()
    ended.set()
    signal.set_wakeup_fd(-1)  # before the socket is gone
    return code if code >= 0 else 128 - code


def _pass_on(heard: socket.socket, child: subprocess.Popen[bytes]) -> None:
    while number := heard.recv(1):
        if signal.Signals(number[0]).name in ENDING:
            child.terminate()


def _watch(url: str, ended: threading.Event) -> None:
    """The proxy may be another program's and end with it: that must not look like a failure."""
    port = urlsplit(url).port or 80
    while is_healthy(port):
        if ended.wait(LOOKING_INTERVAL):
            return
    if not ended.is_set():
        _say(
            f"\r\nThe proxy at {url} has ended. Start one (dev.py start), and Claude Code goes on."
        )


def _say(sentence: str) -> None:
    """Beside what Claude Code prints, which programs may read."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
