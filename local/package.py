"""This folder and a lock -> the zip that Azure runs as it is, wherever it is built.

https://learn.microsoft.com/azure/azure-functions/functions-reference-python#remote-build
https://pip.pypa.io/en/stable/cli/pip_install/#install-platform

Rules:
- of this folder everything but what .funcignore leaves out, as Core Tools and azd do;
- packages are wheels for Azure's Python on Linux, of the very files that the lock names;
- the same content makes the same zip: names are sorted, times left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from local.failure import Failure
from local.install_errors import Attempt, explain_output
from local.lock import AZURES, LOCK
from local.virtual_environment import RETRIES, child_environ, run_quietly

ROOT = Path(__file__).resolve().parent.parent
PIP = (sys.executable, "-m", "pip")
PACKAGES = Path(".python_packages", "lib", "site-packages")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
MADE_FOR = f"Azure's Python {AZURES} on Linux"
WHERE_IT_RUNS = "/home/site/wwwroot"
LARGEST = 200_000_000  # bytes; ours has about 20 million, so whatever is larger is a mistake
NO_TIME = (1980, 1, 1, 0, 0, 0)


def build(
    root: Path,
    folder: Path,
    environ: Mapping[str, str],
    pip: Sequence[str] = PIP,
    lock: str = LOCK,
) -> list[str]:
    """What of the root is in it."""
    copy_app(root, folder)
    taken = sorted(path.name for path in folder.iterdir())
    _install(root / lock, folder / PACKAGES, environ, pip)
    return taken


# --- the app ----------------------------------------------------------------


def copy_app(root: Path, folder: Path) -> None:
    ignored = read_ignored(root)
    for path in _files(root, ignored):
        copy = folder / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def read_ignored(root: Path) -> list[str]:
    """Names and wildcards only; a test keeps the file to that."""
    lines = (root / ".funcignore").read_text("utf-8").splitlines()
    # What was built here before is not asked for: it may be another Python's.
    return [*(line for line in lines if line and not line.startswith("#")), ".python_packages"]


def is_ignored(name: str, ignored: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in ignored)


def _files(folder: Path, ignored: Sequence[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if is_ignored(path.name, ignored):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files(path, ignored)
        elif path.is_file():
            yield path


# --- its packages -----------------------------------------------------------


def _install(lock: Path, packages: Path, environ: Mapping[str, str], pip: Sequence[str]) -> None:
    command = [*pip, "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-deps", "--requirement", str(lock)]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", AZURES]
    command += [option for name in PLATFORMS for option in ("--platform", name)]
    # uv has seen to it that they fit Azure's Python; pip would judge by the Python it runs on.
    command += ["--ignore-requires-python"]
    command += ["--no-compile", "--target", str(packages)]
    packages.mkdir(parents=True, exist_ok=True)
    status, output = run_quietly(command, {"PIP_RETRIES": RETRIES, **child_environ(environ)})
    if status:
        attempt = Attempt(packages, lock.name, AZURES, "the package", MADE_FOR)
        cause = explain_output(output, attempt)
        if not cause:
            print("\n".join(output.splitlines()[-10:]), file=sys.stderr)
        raise Failure(cause or f"pip cannot install {lock.name}; its last words are above.")
    _drop_scripts(packages)


def _drop_scripts(packages: Path) -> None:
    """They begin with the path of the Python that built them, and nobody runs them there."""
    shutil.rmtree(packages / "bin", ignore_errors=True)
    for record in packages.glob("*.dist-info/RECORD"):
        lines = record.read_text("utf-8").splitlines()
        kept = [line for line in lines if not line.startswith("../")]
        record.write_bytes("".join(f"{line}\n" for line in kept).encode())


def compile_all(folder: Path, python: str) -> None:
    """Byte code that nobody checks against its source, because a zip keeps no exact times.

    It remembers the path that it will have. A file that is no Python of today stays as it is.
    """
    command = [python, "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(folder), "-p", WHERE_IT_RUNS, str(folder)]
    subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)


# --- the zip ----------------------------------------------------------------


def write_zip(folder: Path, file: Path, largest: int = LARGEST) -> int:
    """How many bytes it has. A zip that was there before stays until this one is whole."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        with ZipFile(unfinished, "w", ZIP_DEFLATED) as written:
            for path in sorted(folder.rglob("*"), key=Path.as_posix):  # a path's own is Windows's
                if path.is_file():
                    _add(written, path, path.relative_to(folder).as_posix())
        size = unfinished.stat().st_size
        if size > largest:
            raise Failure(_too_large(folder, size, largest))
        os.replace(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)
    return size


def _add(written: ZipFile, path: Path, name: str) -> None:
    entry = ZipInfo(name, NO_TIME)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    written.writestr(entry, path.read_bytes())


def _too_large(folder: Path, size: int, largest: int) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    heaviest = max(files, key=lambda path: path.stat().st_size)
    return (
        f"The package has {megabytes(size)}, and {megabytes(largest)} is the most: "
        f"{heaviest.relative_to(folder).as_posix()} is the largest file, and .funcignore says "
        "what is left out."
    )


def megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
