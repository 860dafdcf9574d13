"""The app -> a package for Azure's Python -> a function app: `python -m local.publish APP`.

Rules:
- it is built here and never on Azure, which has been seen to build with another Python
  (Azure/azure-dev#8538);
- it is checked before anything is sent, and the zip stays, whatever becomes of the sending;
- it is sent once: by az where it knows the app, else by azd where its environment here is the
  app's, else by func, which finds a login by itself;
- progress goes to stderr; the path of the zip, on stdout, is for a program.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from local import azd, azure_tools, package, package_check
from local.azure_tools import KnownApp
from local.failure import Failure
from local.lock import AZURES, LOCK, OTEL_LOCK
from local.options import PYTHON, add_publish_options
from local.virtual_environment import say

ROOT = Path(__file__).resolve().parent.parent
REMINDER = (
    "Settings come before the first publish: AZURE_OPENAI_ENDPOINT, ANTHROPIC_AUTH_TOKEN, "
    "BIG_MODEL, SMALL_MODEL (docs/deployment.md)."
)


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser("dev.py publish", description="Builds, checks and sends.")
    add_publish_options(parser)
    options = parser.parse_args(arguments)
    try:
        publish(options, root, os.environ)
    except Failure as failure:
        print(failure, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'publish'}: {error.strerror or error}.", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    else:
        return 0
    return 1


def publish(options: argparse.Namespace, root: Path, environ: Mapping[str, str]) -> None:
    zip_file = Path(options.zip or root / f"{options.app}.zip").resolve()
    az = None if options.no_upload else azure_tools.find_tool("az")
    known = azure_tools.ask_about(options.app, options.resource_group, az) if az else None
    if known:
        azure_tools.refuse_other_python(known)
    make(root, zip_file, environ, OTEL_LOCK if options.opentelemetry else LOCK)
    if not options.no_upload:
        tell_of_settings(options.app, known)
        send(options.app, known, az, zip_file, root)
    print(zip_file)


# --- the package ------------------------------------------------------------


def make(root: Path, zip_file: Path, environ: Mapping[str, str], lock: str = LOCK) -> None:
    started = time.monotonic()
    say(f"Building the package for {package.MADE_FOR}. It takes half a minute or so.")
    python = package_check.find_azures_python(environ)
    with TemporaryDirectory() as name:
        folder = Path(name)
        taken = package.build(root, folder, environ, lock=lock)
        if python:
            package.compile_all(folder, python.path)
        else:
            say(f"Without byte code, so each start is slower: Python {AZURES} is not here.")
        size = package.write_zip(folder, zip_file)
    say(f"Of this folder: {', '.join(taken)}.")
    say(f"{package.megabytes(size)} in {time.monotonic() - started:.0f} s: {zip_file}")
    if python and package_check.can_run_wheels():
        found = package_check.check(zip_file, python.path)
        say("The app in it is imported, and has these routes:")
        say("\n".join(f"  {route}" for route in found))
    else:
        say(f"Not imported here: its wheels are for Python {AZURES} on Linux, x86-64.")


# --- sending it -------------------------------------------------------------


def tell_of_settings(app: str, known: KnownApp | None) -> None:
    if known is None or known.settings is None:
        say(REMINDER)
        return
    missing = azure_tools.missing_settings(known.settings)
    if missing:
        say(f"{app} lacks settings that it cannot serve without: {', '.join(missing)}.")


def send(app: str, known: KnownApp | None, az: str | None, zip_file: Path, root: Path) -> None:
    func, azd_here = azure_tools.find_tool("func"), azure_tools.find_tool("azd")
    place = azd.find_place(azd_here, root, app) if azd_here and not known else None
    url = f"https://{known.host}" if known else (place or {}).get(azd.URL, "")
    if az and known:
        sent = azure_tools.run(azure_tools.az_command(az, known, zip_file), zip_file.parent)
    elif azd_here and place:
        with TemporaryDirectory() as name:
            azd.write_project(Path(name), app, place, zip_file)
            sent = azure_tools.run(azd.command(azd_here), Path(name))
    elif func:
        with TemporaryDirectory() as name:
            with ZipFile(zip_file) as zipped:
                zipped.extractall(name)
            sent = azure_tools.run(azure_tools.func_command(func, app), Path(name))
    else:
        raise Failure(_tell_no_way(app, az, azd_here, zip_file))
    if not sent:
        raise Failure(
            f"The package was not taken; the last words are above. {zip_file} is whole. If the app "
            "answers all the same, see docs/deployment.md."
        )
    say(f"Sent. Ask it: {PYTHON} dev.py doctor --url {url or 'https://HOST'}")


def _tell_no_way(app: str, az: str | None, azd_here: str | None, zip_file: Path) -> str:
    unsaid = KnownApp(app, "GROUP", "", "", None)
    command = " ".join(azure_tools.az_command("az", unsaid, zip_file))
    why = "az is not signed in" if az else "Neither az nor func is here"
    if azd_here:
        why += f", and azd's environment here is not {app}'s"
    return f"{why}, so nothing was sent. `az login`, then: {command}"


if __name__ == "__main__":
    sys.exit(main())
