"""What pip-audit says -> what `dev.py check` says. The outputs here are real ones, shortened."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from local.audit import (
    ANSWER,
    LONGEST_AUDIT,
    NO_ANSWER,
    Finished,
    ask,
    audit_command,
    closure,
    deployed,
    judge,
    run,
)

VERSIONS = {"idna": "3.6", "requests": "2.34.2"}
WARNING = "WARNING:pip_audit._cli:--no-deps is supported, but users are encouraged to hash\n"
FOUND = {
    "id": "PYSEC-2024-60",
    "fix_versions": ["3.7"],
    "aliases": ["GHSA-jjg7-2v4v-x38h", "CVE-2024-3651"],
}
UNKNOWN = "Dependency not found on PyPI and could not be audited: "


def audited(name: str, *vulnerabilities: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "version": VERSIONS[name], "vulns": [*vulnerabilities]}


def skipped(name: str) -> dict[str, Any]:
    return {"name": name, "skip_reason": f"{UNKNOWN}{name} ({VERSIONS[name]})"}


def report(code: int, *packages: dict[str, Any], errors: str = WARNING) -> Finished:
    return Finished(code, json.dumps({"dependencies": [*packages], "fixes": []}), errors)


def judged(finished: Finished | None) -> tuple[str, bool]:
    verdict = judge(VERSIONS, finished)
    return verdict.word, verdict.failed


# --- verdicts ---------------------------------------------------------------


def test_nothing_is_known() -> None:
    verdict = judge(VERSIONS, report(0, audited("idna"), audited("requests")))
    assert (verdict.word, verdict.details, verdict.failed) == ("ok", "", False)


def test_a_vulnerability_is_shown_and_fails() -> None:
    verdict = judge(VERSIONS, report(1, audited("idna", FOUND), audited("requests")))
    assert (verdict.word, verdict.failed) == ("FAILED", True)
    assert verdict.details.splitlines()[0] == (
        "idna 3.6: PYSEC-2024-60, CVE-2024-3651, GHSA-jjg7-2v4v-x38h; mended in 3.7"
    )
    assert "IGNORED (local/audit.py)" in verdict.details


def test_a_vulnerability_nobody_has_mended() -> None:
    found = {"id": "PYSEC-2024-60", "fix_versions": [], "aliases": []}
    verdict = judge(VERSIONS, report(1, audited("idna", found), audited("requests")))
    assert verdict.details.splitlines()[0] == "idna 3.6: PYSEC-2024-60; mended in no version"


@pytest.mark.parametrize("rest", [[audited("requests")], [skipped("requests")], []])
def test_a_vulnerability_counts_whatever_else_is_known(rest: list[dict[str, Any]]) -> None:
    assert judged(report(1, audited("idna", FOUND), *rest)) == ("FAILED", True)
    assert judged(report(0, audited("idna", FOUND), *rest)) == ("FAILED", True)


TRACEBACK = 'Traceback (most recent call last):\n  File "pypi.py", line 64, in query\n'


@pytest.mark.parametrize(
    "errors",
    [
        f"{TRACEBACK}requests.exceptions.ConnectionError: HTTPSConnectionPool(host='pypi.org')\n",
        f"{TRACEBACK}requests.exceptions.ProxyError: HTTPSConnectionPool(host='pypi.org')\n",
        f"{TRACEBACK}requests.exceptions.ReadTimeout: Read timed out. (read timeout=5)\n",
        f"{TRACEBACK}requests.exceptions.HTTPError: 503 Server Error: None for url: https://\n\n"
        f"The above exception was the direct cause of the following exception:\n\n{TRACEBACK}"
        "pip_audit._service.interface.ServiceError\n",
        "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed\n",
        "ERROR:pip_audit._cli:PyPI is not redirecting properly\n",
    ],
)
def test_without_a_network_it_is_skipped(errors: str) -> None:
    assert judge(VERSIONS, Finished(1, "", WARNING + errors)) == NO_ANSWER
    assert NO_ANSWER.word == "skipped (no vulnerability service can be reached)"
    assert not NO_ANSWER.failed


def test_out_of_time_it_is_skipped() -> None:
    assert judge(VERSIONS, None) == NO_ANSWER


def test_with_nothing_but_a_mirror_it_is_skipped() -> None:
    """pip-audit calls this "No known vulnerabilities found", and ends with 0."""
    assert judge(VERSIONS, report(0, skipped("idna"), skipped("requests"))) == NO_ANSWER


@pytest.mark.parametrize("rest", [[skipped("requests")], []])
def test_what_was_not_audited_is_named(rest: list[dict[str, Any]]) -> None:
    word, failed = judged(report(0, audited("idna"), *rest))
    assert (word, failed) == ("skipped for what PyPI does not know: requests", False)


@pytest.mark.parametrize(
    "finished",
    [
        Finished(1, "", "python: No module named pip_audit\n"),
        Finished(1, "", f"{WARNING}{TRACEBACK}  File \"requests/models.py\"\nKeyError: 'id'\n"),
        Finished(1, "", "pip_audit._service.interface.ServiceError: Received malformed version\n"),
        Finished(0, "No known vulnerabilities found\n", ""),
        Finished(0, '{"packages": []}', ""),
        Finished(0, "[]", ""),
        report(2, audited("idna"), audited("requests"), errors="pip-audit: error: arguments\n"),
    ],
)
def test_any_other_failure_is_seen(finished: Finished) -> None:
    verdict = judge(VERSIONS, finished)
    assert (verdict.word, verdict.failed) == ("FAILED", True)
    assert verdict.details == (finished.errors or finished.output).rstrip()


# --- what is audited --------------------------------------------------------

REQUIRES = {
    "web-app": ["server>=2", "colour; extra == 'tint'", "never; python_version < '3'"],
    "server": ["web-app", "Deep.Thing"],
    "colour": ["paint"],
}


def brought(*lines: str) -> set[str]:
    return closure(lines, lambda name: REQUIRES.get(name, []))


def test_what_a_requirement_brings() -> None:
    assert brought("Web_App>=1,<2") == {"web-app", "server", "deep-thing"}
    assert brought("Web_App[tint]") == {"web-app", "server", "deep-thing", "colour", "paint"}
    assert brought("Web_App", "Web_App[tint]") == brought("Web_App[tint]")
    assert brought("server; sys_platform == 'none'") == set()


def test_only_what_is_deployed() -> None:
    names = deployed()
    assert {"aiohttp", "azure-functions", "uvicorn", "httpx", "yarl", "requests"} <= names
    assert not names & {"pytest", "starlette", "pip-audit", "ruff", "anthropic", "pip"}


# --- asking -----------------------------------------------------------------


def test_what_is_ignored_is_handed_on() -> None:
    command = audit_command(Path("a.txt"), ["CVE-1", "CVE-2"])
    assert command[-4:] == ["--ignore-vuln", "CVE-1", "--ignore-vuln", "CVE-2"]
    assert "--ignore-vuln" not in audit_command(Path("a.txt"), {})


def test_it_never_takes_long() -> None:
    assert ANSWER < LONGEST_AUDIT <= 15
    waits = "import threading; threading.Event().wait(20)"
    assert run([sys.executable, "-c", waits], patience=0.3) is None


def test_pip_audit_says_what_we_expect_when_it_is_offline() -> None:
    environ = {n: value for n, value in os.environ.items() if not n.upper().endswith("_PROXY")}
    finished = ask({"idna": "0.0.1"}, environ | {"HTTPS_PROXY": "http://127.0.0.1:9"})
    assert finished is not None
    assert finished.code
    assert judge({"idna": "0.0.1"}, finished) == NO_ANSWER, finished.errors[-2_000:]
