"""dev.py's command line -> what is asked of it; and all that --help says.

Rule: what a command passes on (to pytest, to Claude Code, to a module) is not read here.
"""

from __future__ import annotations

import argparse
import re
import sys

PYTHON = "py" if sys.platform == "win32" else "python3"
LINES = {
    "start": "run the app; without an Azure resource, on a simulator",
    "claude": "run Claude Code on this proxy, with everything set for it",
    "doctor": "ask the configured Azure resource, or a deployed app, what works",
    "publish": "build the package for Azure, check it, and send it to a function app",
    "test": "run the tests; --quick: those without I/O",
    "check": "format, lint, types, layers, audit, and the checkers of infra/",
    "bench": "what requests, events and streams cost, against their targets; some minutes",
    "run": "run a module of this project in .venv",
}
BENCH_PARTS = {
    "streams": "streams per second, and the CPU of one",
    "requests": "fixed CPU of a request, its conversation seen before or not",
    "events": "an event inside the process, in a burst and one by one",
    "paced": "an event that comes alone, through the served app",
    "first": "what the first event waits",
    "large": "what a 3 MB and a 30 MB request make others wait",
    "counting": "count_tokens",
    "memory": "at rest, of an open stream, after many requests",
    "starts": "import, and until it is ready",
    "runtime": "the Functions worker against plain uvicorn",
}
PASSED_ON = {
    "claude": (
        "[--url URL] [--print] [ARGUMENT...]",
        """\
  --url URL   the proxy to use, instead of the one on this machine
  --print     show what to set, for a shell and for settings.json, and run nothing
  ARGUMENT    Claude Code's, from the first that is none of these; -- included""",
    ),
    "test": (
        "[--quick] [ARGUMENT...]",
        f"""\
  --quick     the golden exchanges and the units of what performs no I/O
  ARGUMENT    pytest's; `{PYTHON} dev.py run pytest --help` lists them

Without arguments: the whole suite and its coverage.""",
    ),
    "run": (
        "MODULE [ARGUMENT...]",
        """\
  local.azure_simulator       a local Azure OpenAI
  tests.faults                injects every fault, and says how many were handled
  tests.fuzz FOLDER SECONDS   libFuzzer on every target
  pytest ARGUMENT...          as `test`, with every option""",
    ),
}


def is_passed_on(arguments: list[str]) -> bool:
    """Whether what follows the command belongs to another program."""
    command, rest = arguments[:1], arguments[1:]
    if command == ["run"] and not rest:
        return False
    return bool(command) and command[0] in PASSED_ON and rest[:1] not in (["-h"], ["--help"])


def read_options(arguments: list[str], title: str) -> argparse.Namespace:
    parser, commands = _make_parsers(title)
    options = parser.parse_args(arguments)
    if options.command == "bench" and options.load and arguments != ["bench", "--load"]:
        commands["bench"].error("--load takes no other option")
    if options.command in PASSED_ON:
        commands[options.command].error("the MODULE is missing")
    return options


def _make_parsers(
    title: str,
) -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    parser = argparse.ArgumentParser(
        "dev.py",
        usage=f"{PYTHON} dev.py COMMAND ...",
        description=title,
        epilog=f"`{PYTHON} dev.py COMMAND --help` tells more.",
    )
    parser.add_argument("--version", action="store_true", help="the version, and git's commit")
    adding = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", title="commands", prog="dev.py"
    )
    commands = {
        name: adding.add_parser(name, help=line, allow_abbrev=False) for name, line in LINES.items()
    }
    for name, command in commands.items():
        command.description = LINES[name]
    _add_options(commands)
    return parser, commands


def _add_options(commands: dict[str, argparse.ArgumentParser]) -> None:
    start, doctor = commands["start"], commands["doctor"]
    start.add_argument("--port", type=port_number, default=7071, help="7071 if not said")
    start.add_argument("--no-check", action="store_true", help="do not try the deployments")
    add_doctor_options(doctor)
    add_publish_options(commands["publish"])
    add_bench_options(commands["bench"])
    for name, (usage, epilog) in PASSED_ON.items():
        command = commands[name]
        command.usage = f"{PYTHON} dev.py {name} {usage}"
        command.epilog = epilog
        command.formatter_class = argparse.RawDescriptionHelpFormatter


def add_bench_options(bench: argparse.ArgumentParser) -> None:
    bench.add_argument("--load", action="store_true", help="1,000 streams and worse instead")
    bench.add_argument(
        "--only", metavar="NAME", action="append", choices=BENCH_PARTS, help="this part; repeatable"
    )
    bench.add_argument("--full", action="store_true", help="20,000 requests for the memory")
    bench.add_argument("--json", metavar="FILE", help="the rows, for a program to read")
    width = max(map(len, BENCH_PARTS))
    parts = "\n".join(f"  {name:{width}}  {line}" for name, line in BENCH_PARTS.items())
    bench.epilog = f"parts:\n{parts}"
    bench.formatter_class = argparse.RawDescriptionHelpFormatter


def add_doctor_options(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument("--quick", action="store_true", help="one small call of each deployment")
    doctor.add_argument("--json", action="store_true", help="one document for a program")
    # what works has its details on its line: there is no more to tell
    doctor.add_argument("-v", "--verbose", action="store_true", help=argparse.SUPPRESS)
    asked = doctor.add_mutually_exclusive_group()
    asked.add_argument("--record", metavar="FOLDER", help="keep what was sent and answered")
    asked.add_argument("--url", metavar="URL", help="ask a deployed app, as its clients do")
    doctor.add_argument(
        "--token-file",
        metavar="FILE",
        help="with --url: the app's token, - for stdin; else ANTHROPIC_AUTH_TOKEN",
    )


def add_publish_options(publish: argparse.ArgumentParser) -> None:
    publish.add_argument("app", metavar="APP", type=app_name, help="the function app's name")
    publish.add_argument("--resource-group", metavar="GROUP", help="asked for if not said")
    publish.add_argument("--no-upload", action="store_true", help="build and check only")
    publish.add_argument(
        "--opentelemetry", action="store_true", help="with what OPENTELEMETRY=true needs"
    )
    publish.add_argument("--zip", metavar="FILE", help="where the package goes; APP.zip here")


def app_name(text: str) -> str:
    """https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules"""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,58}[A-Za-z0-9]", text):
        return text
    raise argparse.ArgumentTypeError(
        f"an app's name has 2 to 60 letters, digits and hyphens, unlike {text}"
    )


def port_number(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text}")
