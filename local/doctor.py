"""What works on the configured resource, and what to do about the rest: `python -m local.doctor`.

    --quick            what is free, and one small call of each deployment
    --json             one document for a program
    --record FOLDER    keep what was sent and answered, redacted, as golden exchanges
    --start            a line for each deployment, for whoever has just started the app

Exit code: 0 when nothing has failed, 1 when something has, 2 for usage, 130 after Ctrl-C.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from local.doctor_report import JsonReport, LineReport, Report, StartReport
from local.failure import Failure
from local.settings_file import add_settings, setting
from proxy_core.azure.calls import Azure
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
        environ = {"AZURE_FUNCTIONS_ENVIRONMENT": "Development", **add_settings(os.environ, root)}
        return run(options, environ)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("dev.py doctor", description="Asks Azure what works.")
    parser.add_argument("--quick", action="store_true", help="one small call of each deployment")
    parser.add_argument("--json", action="store_true", help="one document for a program")
    # what works has its details on its line: there is no more to tell
    parser.add_argument("-v", "--verbose", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--record", type=Path, metavar="FOLDER", help="keep what was said")
    parser.add_argument("--start", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    report = choose_report(options)
    if not setting(environ, "AZURE_OPENAI_ENDPOINT"):
        raise Failure(NOT_CONFIGURED)
    try:
        settings = Settings.from_environ(environ)
        record = Recorder(options.record, settings) if options.record else lambda _: None
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
