"""Packages that were built elsewhere are told before they fail at import."""

from pathlib import Path

import pytest

from proxy_core.built_for import MODULE, PACKAGE, WrongPackages, check_packages

LINUX = [".cpython-313-x86_64-linux-gnu.so", ".abi3.so", ".so"]
WINDOWS = [".cp313-win_amd64.pyd", ".pyd"]


def install(folder: Path, *built: str) -> list[str]:
    package = folder / PACKAGE
    package.mkdir()
    for name in ("__init__.py", "_core.pyi", *built):
        (package / name).touch()
    return [str(folder)]


def test_ours_are_built_for_us() -> None:
    check_packages()


@pytest.mark.parametrize(
    ("built", "suffixes"),
    [
        ([LINUX[0]], LINUX),
        ([".abi3.so"], LINUX),
        ([".so"], LINUX),
        ([".cpython-312-x86_64-linux-gnu.so", LINUX[0]], LINUX),
        ([WINDOWS[0]], WINDOWS),
    ],
    ids=["its own", "any Python's", "a tag less", "another one's beside it", "Windows"],
)
def test_what_this_python_loads(tmp_path: Path, built: list[str], suffixes: list[str]) -> None:
    check_packages(install(tmp_path, *(MODULE + suffix for suffix in built)), suffixes)


@pytest.mark.parametrize(
    ("built", "theirs"),
    [
        (["cpython-311-x86_64-linux-gnu.so"], "cpython-311-x86_64-linux-gnu"),
        (["cpython-313-aarch64-linux-gnu.so"], "cpython-313-aarch64-linux-gnu"),
        (["cpython-313-darwin.so"], "cpython-313-darwin"),
        (["cp313-win_amd64.pyd"], "cp313-win_amd64"),
        (["cp313-win_amd64.pyd", "cp312-win_amd64.pyd"], "cp312-win_amd64, cp313-win_amd64"),
        ([], "no Python at all"),
    ],
)
def test_what_it_does_not_load(tmp_path: Path, built: list[str], theirs: str) -> None:
    places = install(tmp_path, *(f"{MODULE}.{name}" for name in built))
    with pytest.raises(WrongPackages) as caught:
        check_packages(places, LINUX)
    assert str(caught.value).startswith(
        f"The packages beside this app were built for {theirs}, and it runs on "
        "cpython-313-x86_64-linux-gnu. "
    )


@pytest.mark.parametrize("leftover", [False, True], ids=["nothing", "an empty folder"])
def test_no_packages_at_all(tmp_path: Path, leftover: bool) -> None:
    if leftover:
        (tmp_path / PACKAGE).mkdir()
    with pytest.raises(WrongPackages, match=r"requirements\.txt names are not beside this app"):
        check_packages([str(tmp_path)])
