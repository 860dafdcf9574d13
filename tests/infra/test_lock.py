"""constraints.txt and the locks fit the requirements, and each other."""

import re
from collections.abc import Mapping
from importlib import metadata

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.lock import AZURES, LOCK, OTEL_LOCK, requirement_lines
from local.virtual_environment import OTEL
from tests.infra.bicep import ROOT

AZURE = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
REMEDY = "python3 dev.py run local.lock"


def on(python: str) -> dict[str, str]:
    here = {name: str(value) for name, value in default_environment().items()}
    return here | AZURE | {"python_version": python, "python_full_version": f"{python}.0"}


def pins(text: str, environment: Mapping[str, str]) -> dict[str, str]:
    """A package -> its version, where the line's marker holds."""
    requirements = (Requirement(line) for line in requirement_lines(text.replace("\\\n", " ")))
    found = {}
    for pinned in requirements:
        if pinned.marker is None or pinned.marker.evaluate(environment):
            (exact,) = pinned.specifier
            assert exact.operator == "==", pinned
            found[canonicalize_name(pinned.name)] = exact.version
    return found


def lacking(wanted: str, pinned: Mapping[str, str], environment: Mapping[str, str]) -> list[str]:
    return [
        line
        for line, requirement in ((w, Requirement(w)) for w in requirement_lines(wanted))
        if requirement.marker is None or requirement.marker.evaluate(environment)
        if not requirement.specifier.contains(pinned.get(canonicalize_name(requirement.name), "0"))
    ]


def unhashed(text: str) -> list[str]:
    entries = text.replace("\\\n", " ").splitlines()
    hashed = re.compile(r"[\w.-]+==[\w.]+( +--hash=sha256:[0-9a-f]{64})+")
    return [line for line in entries if line[:1] not in ("#", "") and not hashed.fullmatch(line)]


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def locked(lock: str = LOCK) -> dict[str, str]:
    without_hashes = re.sub(r"\\\n +--hash=\S+", "", read(lock))
    return pins(re.sub(r" +--hash=\S+", "", without_hashes), on(AZURES))


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_requirement_has_its_version(python: str) -> None:
    environment = on(python)
    pinned = pins(read("constraints.txt"), environment)
    assert lacking(read("requirements.txt"), pinned, environment) == [], REMEDY


def test_the_lock_has_the_same_versions_as_the_constraints() -> None:
    """All of them that Azure's Python needs, so that every way of deploying is one."""
    assert locked() == pins(read("constraints.txt"), on(AZURES)), REMEDY


def test_the_lock_with_opentelemetry_has_the_same_and_more() -> None:
    pinned = locked(OTEL_LOCK)
    assert locked().items() <= pinned.items(), REMEDY
    assert lacking(read(OTEL), pinned, on(AZURES)) == [], REMEDY


@pytest.mark.parametrize("lock", [LOCK, OTEL_LOCK])
def test_every_line_of_a_lock_has_hashes(lock: str) -> None:
    assert unhashed(read(lock)) == []


def test_what_runs_on_azure_is_said_to_the_letter() -> None:
    """worker_tuning replaces parts of it."""
    exact = {line for line in requirement_lines(read("requirements.txt")) if "==" in line[:60]}
    named = {Requirement(line).name for line in exact if ">=" not in line.partition(";")[0]}
    assert named == {"azure-functions-runtime"}


@pytest.mark.parametrize("lock", [LOCK, OTEL_LOCK])
def test_a_lock_is_complete(lock: str) -> None:
    """What its packages need is in it: pip is told not to look for more."""
    pinned, environment = locked(lock), on(AZURES) | {"extra": ""}
    installed = [name for name in pinned if _version(name) == pinned[name]]
    needed = {
        canonicalize_name(requirement.name): name
        for name in installed
        for requirement in map(Requirement, metadata.requires(name) or ())
        if requirement.marker is None or requirement.marker.evaluate(environment)
    }
    assert {name: why for name, why in needed.items() if name not in pinned} == {}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


@pytest.mark.parametrize(
    ("wanted", "pinned", "lacks"),
    [
        ("a>=1,<2", "a==1.5", []),
        ("a>=1,<2", "a==2.0", ["a>=1,<2"]),
        ("a>=1", "b==1", ["a>=1"]),
        ("A_b>=1", "a-b==1", []),
        ("a>=1; python_version < '3.13'", "b==1", []),
        ("-c constraints.txt\n# a\n", "b==1", []),
    ],
)
def test_what_counts_as_lacking(wanted: str, pinned: str, lacks: list[str]) -> None:
    assert lacking(wanted, pins(pinned, on(AZURES)), on(AZURES)) == lacks


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"a==1 \\\n    --hash=sha256:{'0' * 64}", False),
        ("a==1", True),
        ("a==1 \\\n    --hash=sha256:0", True),
        (f"a>=1 --hash=sha256:{'0' * 64}", True),
        ("--index-url https://elsewhere", True),
    ],
)
def test_what_counts_as_unhashed(line: str, found: bool) -> None:
    assert bool(unhashed(f"# made\n{line}\n")) is found
