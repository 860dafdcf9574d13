"""What pip and venv said, word for word -> the sentence for it."""

import errno
import os
from pathlib import Path

import pytest

from local.install_errors import Attempt, explain_error, explain_output

RETRY = "WARNING: Retrying (Retry(total=0, connect=None, read=None)) after connection broken by "
NOTHING = "ERROR: No matching distribution found for azure-functions<3,>=2.1"
PROXY = "ProxyError('Cannot connect to proxy.', NewConnectionError('<HTTPSConnection at 0x7f>: "


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (
            f"{RETRY}'NewConnectionError('<HTTPSConnection at 0x7f>: Failed to establish a new "
            f"connection: [Errno -3] Temporary failure in name resolution')': /simple/\n{NOTHING}",
            "index cannot be reached ([Errno -3] Temporary failure in name resolution)",
        ),
        (
            f"{RETRY}'NewConnectionError('<HTTPSConnection at 0x7f>: Failed to establish a new "
            "connection: [Errno 11001] getaddrinfo failed')': /simple/",
            "([Errno 11001] getaddrinfo failed)",
        ),
        (
            f"{RETRY}'NewConnectionError(\"HTTPSConnection(host='pypi.org', port=443): Failed to "
            'establish a new connection: [WinError 10061] Verweigert")',
            "([WinError 10061] Verweigert)",
        ),
        (
            f"{RETRY}'ConnectTimeoutError(<HTTPSConnection at 0x7f>, 'Connection to pypi.org timed "
            f"out. (connect timeout=15)')': /simple/\n{NOTHING}",
            "(Connection to pypi.org timed out)",
        ),
        (
            f"{RETRY}\"ReadTimeoutError(\"HTTPSConnectionPool(host='files.pythonhosted.org', "
            'port=443): Read timed out. (read timeout=15)")": /packages/',
            "(Read timed out)",
        ),
        (f"{RETRY}'{PROXY}[Errno 111] Connection refused'))'", "([Errno 111] Connection refused)"),
        (f"{RETRY}'RemoteDisconnected('gone')': /simple/\n{NOTHING}", "(RemoteDisconnected)"),
        (
            f"{RETRY}'ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: "
            f"407 Proxy Authentication Required'))'\n{NOTHING}",
            "asks for a name and a password: set HTTPS_PROXY=",
        ),
        (
            f"{RETRY}'SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] "
            f"certificate verify failed: self-signed certificate'))'\n{NOTHING}",
            "set PIP_CERT to the file",
        ),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on "
            "device",
            "The disk is full: .venv needs about 100 MB; free are ",
        ),
        ("OSError: [WinError 112] Es steht nicht genug Speicherplatz", "The disk is full"),
        ("ERROR: Could not install: [Errno 13] Permission denied: '/x'", "may not write in /"),
        ("[WinError 5] Zugriff verweigert", "may not write in /"),
        ("Error: [Errno 30] Read-only file system: '/x'", "is on a read-only file system"),
        (NOTHING, "no azure-functions that installs on Python 3.15 here. Set PYTHON"),
        ("ERROR: Failed building wheel for aiohttp", "no aiohttp that installs on Python 3.15"),
        (
            "Error: Command '['/x/.venv/bin/python', '-m', 'ensurepip']' returned non-zero exit "
            "status 1.",
            "apt install python3.15-venv",
        ),
    ],
)
def test_a_cause_is_one_line(output: str, sentence: str) -> None:
    explained = explain_output(output, Attempt(Path("/"), "requirements-local.txt", "3.15"))
    assert explained
    assert sentence in explained
    assert "\n" not in explained


def test_a_try_that_was_not_the_last_is_no_cause(tmp_path: Path) -> None:
    output = f"{RETRY.replace('total=0', 'total=1')}'X('y')'\n{NOTHING}"
    explained = explain_output(output, Attempt(tmp_path, "requirements-local.txt", "3.15"))
    assert explained
    assert "no azure-functions" in explained


def test_what_is_not_known_is_left_to_pips_own_words(tmp_path: Path) -> None:
    words = "ERROR: Could not open requirements file: 'nowhere.txt'"
    assert explain_output(words, Attempt(tmp_path, "requirements-local.txt")) is None


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "The disk is full: .venv needs about 500 MB; free are "),
        (errno.EROFS, "is on a read-only file system"),
        (errno.EACCES, "dev.py may not write in"),
        (errno.ENOTDIR, f"/x/.venv: {os.strerror(errno.ENOTDIR)}."),
    ],
)
def test_the_systems_own_errors_too(tmp_path: Path, number: int, sentence: str) -> None:
    error = OSError(number, os.strerror(number), "/x/.venv")
    assert sentence in explain_error(error, Attempt(tmp_path, "requirements-dev.txt"))
