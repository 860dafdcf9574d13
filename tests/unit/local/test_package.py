"""A package of a small project, with a stand-in for pip: no network, no wheels."""

import re
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from local import package
from local.failure import Failure
from local.lock import AZURES, LOCK
from local.package import PACKAGES, build, compile_all, is_ignored, write_zip

INSTALLS = """
import json, os, pathlib, sys
target = pathlib.Path(sys.argv[sys.argv.index("--target") + 1])
for name in ("bin/uvicorn", "httpx/__init__.py", "httpx-1.dist-info/RECORD"):
    (target / name).parent.mkdir()
    (target / name).write_text("../../bin/uvicorn,sha256=0,5\\nhttpx/__init__.py,,\\n")
(target / "asked.json").write_text(json.dumps([sys.argv[1:], dict(os.environ)]))
"""
RETRY = "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by "
NOTHING = "ERROR: No matching distribution found for msgspec==0.22.0"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name in (
        "function_app.py",
        "core/a.py",
        "core/__pycache__/a.pyc",
        "core/.env",
        "local.settings.json",
        ".azure/dev/.env",
        "tests/test_a.py",
        "old.zip",
        f"{PACKAGES.as_posix()}/stale.py",
        LOCK,
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("1\n")
    real = package.ROOT / ".funcignore"
    (root / ".funcignore").write_text("# why\n" + real.read_text())
    return root


def pip(tmp_path: Path, script: str = INSTALLS) -> list[str]:
    (tmp_path / "pip.py").write_text(script)
    return [sys.executable, str(tmp_path / "pip.py")]


def refusing(tmp_path: Path, words: str) -> list[str]:
    return pip(tmp_path, f"print({words!r}); raise SystemExit(1)")


def names(zip_file: Path) -> list[str]:
    with ZipFile(zip_file) as zipped:
        return zipped.namelist()


def test_it_holds_the_app_and_its_packages_alone(project: Path, tmp_path: Path) -> None:
    """No secret, no test, no script, nothing that was built before."""
    folder, zip_file = tmp_path / "app", tmp_path / "app.zip"
    assert build(project, folder, {}, pip(tmp_path)) == ["core", "function_app.py"]
    (folder / PACKAGES / "asked.json").unlink()
    size = write_zip(folder, zip_file)
    assert names(zip_file) == [
        ".python_packages/lib/site-packages/httpx-1.dist-info/RECORD",
        ".python_packages/lib/site-packages/httpx/__init__.py",
        "core/a.py",
        "function_app.py",
    ]
    assert size == zip_file.stat().st_size
    record = folder / PACKAGES / "httpx-1.dist-info" / "RECORD"
    assert record.read_text() == "httpx/__init__.py,,\n"


def test_pip_is_held_to_the_lock_and_to_azures_python(project: Path, tmp_path: Path) -> None:
    build(project, tmp_path / "app", {"PIP_TARGET": "x", "PIP_INDEX_URL": "y"}, pip(tmp_path))
    asked = (tmp_path / "app" / PACKAGES / "asked.json").read_text()
    for option in (
        "--require-hashes",
        "--no-deps",
        "--only-binary=:all:",
        "--ignore-requires-python",
        "manylinux2014_x86_64",
    ):
        assert f'"{option}"' in asked
    assert f'"--python-version", "{AZURES}"' in asked
    assert '"PIP_INDEX_URL": "y"' in asked
    assert "PIP_TARGET" not in asked


def test_another_lock_may_be_the_one(project: Path, tmp_path: Path) -> None:
    build(project, tmp_path / "app", {}, pip(tmp_path), lock="requirements-otel.lock")
    asked = (tmp_path / "app" / PACKAGES / "asked.json").read_text()
    assert "requirements-otel.lock" in asked
    assert LOCK not in asked


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            f"{RETRY}'NewConnectionError: [Errno -3] Temporary failure in name resolution'\n"
            f"{NOTHING}",
            r"index cannot be reached \(\[Errno -3\]",
        ),
        (NOTHING, rf"^There is no wheel of msgspec for Azure's Python {AZURES} on Linux"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            f"^The package index gives another file than {LOCK} has the hash of",
        ),
        (
            "ERROR: [Errno 28] No space left on device",
            "^The disk is full: the package needs about 200 MB",
        ),
        ("ERROR: a new kind", f"^pip cannot install {LOCK}; its last words are above.$"),
    ],
)
def test_what_pip_refuses_is_one_sentence(
    project: Path, tmp_path: Path, words: str, sentence: str
) -> None:
    with pytest.raises(Failure, match=sentence) as raised:
        build(project, tmp_path / "app", {}, refusing(tmp_path, words))
    assert "\n" not in str(raised.value)


def test_the_same_content_makes_the_same_zip(project: Path, tmp_path: Path) -> None:
    zips = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for zip_file in zips:
        folder = tmp_path / zip_file.stem
        build(project, folder, {}, pip(tmp_path))
        (folder / PACKAGES / "asked.json").unlink()
        compile_all(folder, sys.executable)
        write_zip(folder, zip_file)
    assert zips[0].read_bytes() == zips[1].read_bytes()
    assert [name for name in names(zips[0]) if re.fullmatch(r"core/__pycache__/a\..*pyc", name)]


def test_too_large_names_the_largest_file_and_keeps_the_old_zip(tmp_path: Path) -> None:
    folder, zip_file = tmp_path / "app", tmp_path / "app.zip"
    folder.mkdir()
    (folder / "small.bin").write_text("1")
    (folder / "large.bin").write_text("1" * 100)
    zip_file.write_text("old")
    with pytest.raises(Failure, match=r"and 0\.0 MB is the most: large\.bin is the largest file"):
        write_zip(folder, zip_file, largest=10)
    assert zip_file.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["app", "app.zip"]


@pytest.mark.parametrize(
    ("name", "ignored"),
    [(".gitignore", True), (".env.x", True), ("a.zip", True), ("locals", False), ("A.py", False)],
)
def test_what_is_left_out(name: str, ignored: bool) -> None:
    assert is_ignored(name, [".git*", ".env.*", "*.zip", "local"]) is ignored
