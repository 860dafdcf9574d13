"""What a person reads once the app serves: `python -m local.banner --port 7071`, run by `start`.

In .venv, for it says what the app's own settings mean; `start` itself may run on an older Python.
Rule: the token is shown on a terminal only, and every console can print the rest.
"""

import argparse
import io
import os
import sys
from collections.abc import Iterator, Mapping
from textwrap import indent, wrap
from typing import Literal
from urllib.parse import urlsplit

import worker_tuning
from proxy_core.client_setup import SHELLS, Snippet, snippets
from proxy_core.errors import SettingsError
from proxy_core.settings import Settings

# Why the simulator answers: no resource is configured, or SIMULATE_AZURE asks for it.
Simulated = Literal["", "unconfigured", "asked"]

WIDTH = 88  # columns


def write_banner(
    port: int,
    environ: Mapping[str, str],
    *,
    simulated: Simulated,
    windows: bool,
    show_token: bool,
) -> str:
    """`environ` is the app's. `show_token`: whether a person reads this, not a log file."""
    url, settings = f"http://localhost:{port}", Settings.from_environ(environ)
    token = settings.auth_tokens[0] if show_token and settings.auth_tokens else ""
    found = {snippet.id: snippet for snippet in snippets(settings, url, token)}
    python = "py" if windows else "python3"
    at_port = "" if port == 7071 else f" --port {port}"
    lines = [
        "",
        f"Ready at {url}",
        "Opened in a browser, it shows what is configured and what is wrong.",
        "",
        *(_about_the_simulator(simulated) if simulated else _about_azure(settings)),
        *_warnings((*settings.warnings, *worker_tuning.warnings(environ))),
        "",
        f"Claude Code, in another terminal: {python} dev.py claude{at_port}",
        "Or paste this there, then run `claude`:",
        *(line for shell in SHELLS[windows] for line in _lines_of(found[shell], windows)),
        "",
        f"For ~/.claude/settings.json instead: {python} dev.py claude{at_port} --print",
        "",
        *_about_cursor(found["cursor"], settings),
        "",
        "Ctrl-C ends everything.",
        "",
    ]
    return "\n".join(lines)


def _about_the_simulator(simulated: Simulated) -> Iterator[str]:
    yield "REPLIES COME FROM THE LOCAL SIMULATOR, not from Azure OpenAI."
    if simulated == "asked":
        yield "SIMULATE_AZURE is true; take that away to use the resource you configured."
    else:
        yield "For your own resource: copy local.settings.sample.json to local.settings.json,"
        yield "fill it in and start again."


def _about_azure(settings: Settings) -> Iterator[str]:
    first, *others = (urlsplit(resource.address.base).netloc for resource in settings.resources)
    yield f"Replies come from Azure OpenAI at {first}."
    for host in others:
        yield f"Where it is out of quota or down, from {host}."


def _about_cursor(snippet: Snippet, settings: Settings) -> Iterator[str]:
    yield snippet.title
    if settings.cursor_model:
        yield indent(snippet.text, "  ")
    else:
        yield "  For Cursor, set CURSOR_AZURE_DEPLOYMENT to a deployment and start again."


def _warnings(sentences: tuple[str, ...]) -> Iterator[str]:
    """Each once, whoever else says it."""
    for sentence in dict.fromkeys(sentences):
        yield ""
        yield from wrap(
            sentence, WIDTH, initial_indent="! ", subsequent_indent="  ", break_on_hyphens=False
        )


def _lines_of(snippet: Snippet, windows: bool) -> Iterator[str]:
    yield ""
    if windows:
        yield f"  {snippet.title.partition(': ')[2]}:"
    yield indent(snippet.text, "  ")


def main() -> int:
    parser = argparse.ArgumentParser("local.banner")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--simulated", choices=("unconfigured", "asked"), default="")
    options = parser.parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a token may have letters that no console has
    try:
        banner = write_banner(
            options.port,
            os.environ,
            simulated=options.simulated,
            windows=os.name == "nt",
            show_token=sys.stdout.isatty(),
        )
    except SettingsError as error:  # the app has said so, and does not serve
        print(error, file=sys.stderr)
        return 1
    print(banner, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
