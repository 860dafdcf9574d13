"""A package that another Python built, under the real runtime: the start ends with our sentence."""

from pathlib import Path

import pytest

from tests.host.processes import ROOT, stand_in_host


def test_the_start_says_what_is_wrong(tmp_path: Path) -> None:
    package = tmp_path / "pydantic_core"
    package.mkdir()
    (package / "__init__.py").write_text("from ._pydantic_core import __version__\n")
    (package / "_pydantic_core.cpython-39-x86_64-linux-gnu.so").touch()
    with (
        pytest.raises(RuntimeError, match="built for cpython-39-x86_64-linux-gnu, and it runs on"),
        stand_in_host(ROOT, PYTHONPATH=str(tmp_path)),
    ):
        pass
