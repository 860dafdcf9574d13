"""Core Tools serve only where nobody else on the network is let in without a token."""

import os
import sys
from pathlib import Path

import pytest

from local.core_tools import Choice, ask_version, choose_host, read_version
from local.settings_file import has_token

POSIX = pytest.mark.skipif(os.name == "nt", reason="a script stands for func")
TOKEN = {"ANTHROPIC_AUTH_TOKEN": "a-token"}
START = ["start", "--port", "7071"]
ON_LOOPBACK = [*START, "--address", "127.0.0.1"]


def make_func(folder: Path, code: str) -> str:
    func = folder / "func"
    func.write_text(f"#!{sys.executable}\n{code}\n")
    func.chmod(0o755)
    return str(func)


def choose(folder: Path, version: str, environ: dict[str, str]) -> Choice:
    func = make_func(folder, f"import sys; print({version!r}) if sys.argv[1] == '--version' else 1")
    choice = choose_host(func, environ, 7071)
    assert choice.core_tools is None or choice.core_tools.pop(0) == func
    return choice


@POSIX
@pytest.mark.parametrize("version", ["4.13.0", "4.14.0", "4.13.0-preview.1", "4.100.2"])
@pytest.mark.parametrize("environ", [{}, TOKEN])
def test_loopback_is_asked_for_where_it_can_be(
    tmp_path: Path, version: str, environ: dict[str, str]
) -> None:
    reason = f"Served by Core Tools {version}, on loopback only."
    assert choose(tmp_path, version, environ) == Choice(ON_LOOPBACK, reason)


@POSIX
@pytest.mark.parametrize("version", ["4.12.0", "4.0.5455", "3.0.3904", "5.0.0-preview.1", "soon"])
@pytest.mark.parametrize("environ", [{}, {"ANTHROPIC_AUTH_TOKEN": " , "}])
def test_without_a_token_others_are_not_used(
    tmp_path: Path, version: str, environ: dict[str, str]
) -> None:
    choice = choose(tmp_path, version, environ)
    assert choice.core_tools is None
    shown = "of an unknown version" if version == "soon" else version
    assert f"Core Tools {shown} may listen on every address" in choice.reason
    assert "\n" not in choice.reason


@POSIX
@pytest.mark.parametrize("version", ["4.12.0", "5.0.0", "soon"])
def test_with_a_token_they_are_started_as_they_are(tmp_path: Path, version: str) -> None:
    choice = choose(tmp_path, version, TOKEN)
    assert choice.core_tools == START
    assert "a token is asked for" in choice.reason


def test_without_core_tools_there_is_the_own_host() -> None:
    choice = choose_host(None, {}, 7071)
    assert choice.core_tools is None
    assert "not installed" in choice.reason


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ("4.0.6821\n", "4.0.6821"),
        ("\ufeff\r\n4.13.0\r\n", "4.13.0"),
        ("A newer version (4.14.0) is there.\n4.12.0\n", "4.12.0"),
        ("func: command failed\n", None),
        ("", None),
    ],
)
def test_the_version_is_a_line_of_its_own(output: str, version: str | None) -> None:
    assert read_version(output) == version


@POSIX
def test_a_func_that_does_not_run_has_no_version(tmp_path: Path) -> None:
    assert ask_version(str(tmp_path / "missing"), {}) is None
    assert ask_version(make_func(tmp_path, "raise SystemExit(3)"), {}) is None


@pytest.mark.parametrize(
    ("value", "is_one"), [("", False), (" ", False), (",", False), (" , ,", False), (",a", True)]
)
def test_what_counts_as_a_token(value: str, is_one: bool) -> None:
    assert has_token({"ANTHROPIC_AUTH_TOKEN": value}) is is_one
