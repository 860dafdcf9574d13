"""What works, and what to do about the rest: `python -m local.doctor`.

On the configured resource; or, with --url, of a deployed app.

    --quick            what is free, and one small call of each deployment
    --json             one document for a program
    --record FOLDER    keep what was sent and answered, redacted, as golden exchanges
    --url URL          ask a deployed app instead, from outside, as its clients do
    --token-file FILE  with --url: where the app's token is, - for stdin
    --start            a line for each deployment, for whoever has just started the app

A token has no option of its own: what is on a command line is in the shell's history and in the
list of processes. It is read from ANTHROPIC_AUTH_TOKEN, and never from local.settings.json, which
has the token of another proxy.

Exit code: 0 when nothing has failed, 1 when something has, 2 for usage, 130 after Ctrl-C.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from local.deployed import Examination, Visitor, open_client
from local.doctor_report import JsonReport, LineReport, Report, StartReport
from local.failure import Failure
from local.options import add_doctor_options
from local.proxy_address import read_proxy_url
from local.settings_file import add_settings, setting
from proxy_core.azure.calls import Azure
from proxy_core.configuration.exposure import AUTH_TOKEN
from proxy_core.doctor import Depth, Doctor, Recording, refused_settings
from proxy_core.doctor.recording import Redaction
from proxy_core.errors import SettingsError
from proxy_core.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
INTERRUPTED = 130
NOT_CONFIGURED = (
    "No Azure resource is configured, so there is nothing to ask. Copy local.settings.sample.json "
    "to local.settings.json, and fill in AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_KEY and the names "
    "of your deployments."
)


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    options = read_options(arguments)
    try:
        if options.url:
            return run_outside(options, os.environ)
        environ = {"AZURE_FUNCTIONS_ENVIRONMENT": "Development", **add_settings(os.environ, root)}
        return run(options, environ)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    # No abbreviations: `--token SECRET` is no file's name.
    parser = argparse.ArgumentParser(
        "dev.py doctor", description="Asks what works.", allow_abbrev=False
    )
    add_doctor_options(parser)
    parser.add_argument("--start", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.token_file and not options.url:
        parser.error("--token-file belongs to --url")
    return options


# --- a deployed app -----------------------------------------------------------


def run_outside(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    url = read_proxy_url(options.url)
    token = read_token(options.token_file, environ)
    report = choose_report(options)
    with open_client(url) as client:
        examination = Examination(Visitor(url, client, token), options.quick)
        report.begin(examination.plan(), url)
        try:
            for finding in examination.examine():
                report.add(finding)
        except KeyboardInterrupt:
            report.end(examination, interrupted=True)
            return INTERRUPTED
    report.end(examination)
    return 1 if report.counts["failed"] else 0


def read_token(file: str | None, environ: Mapping[str, str]) -> str:
    """Of several, the first: each opens the app."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8") if file else ""
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "it is no text")
        raise Failure(f"What --token-file names cannot be read: {why}.") from None
    token = (text if file else setting(environ, AUTH_TOKEN)).partition(",")[0].strip()
    if file and not token:
        raise Failure("There is no token in what --token-file names.")
    if any(char < " " or char == "\x7f" for char in token):
        raise Failure("What was given as the token has more than one line.")
    return token


# --- the configured resource --------------------------------------------------


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    report = choose_report(options)
    if not setting(environ, "AZURE_OPENAI_ENDPOINT"):
        raise Failure(NOT_CONFIGURED)
    try:
        settings = Settings.from_environ(environ)
        record = Recorder(Path(options.record), settings) if options.record else lambda _: None
        azure = Azure(settings)
        doctor = Doctor(settings, azure, record=record)
    except SettingsError as error:
        for finding in refused_settings(error):
            report.add(finding)
        report.end(None)
        return 1
    try:
        asyncio.run(examine(doctor, azure, depth_of(options), report))
    except KeyboardInterrupt:
        report.end(doctor, interrupted=True)
        return INTERRUPTED
    report.end(doctor)
    return 1 if report.counts["failed"] else 0


def depth_of(options: argparse.Namespace) -> Depth:
    if options.start:
        return "first"
    return "quick" if options.quick else "full"


def choose_report(options: argparse.Namespace) -> Report:
    if options.json:
        return JsonReport(sys.stdout)
    return StartReport(sys.stdout) if options.start else LineReport(sys.stdout)


async def examine(doctor: Doctor, azure: Azure, depth: Depth, report: Report) -> None:
    report.begin(doctor.plan(depth))
    examination = doctor.examine(depth)
    try:
        async for finding in examination:
            report.add(finding)
    finally:
        await examination.aclose()
        await azure.close()


class Recorder:
    """Writes each exchange as it ends. A folder that is there already is written over."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder
        self._redaction = Redaction(settings)
        self._make(folder)

    def __call__(self, recording: Recording) -> None:
        for path, text in self._redaction.write(recording):
            file = self._folder / path
            self._make(file.parent)
            self._do(lambda file=file, text=text: file.write_text(text, "utf-8", newline=""))  # type: ignore[misc]

    def _make(self, folder: Path) -> None:
        self._do(lambda: folder.mkdir(parents=True, exist_ok=True))

    def _do(self, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError as error:
            raise Failure(f"{self._folder} cannot be written: {error.strerror}.") from None


if __name__ == "__main__":
    sys.exit(main())
