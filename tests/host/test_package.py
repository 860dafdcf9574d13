"""What `dev.py publish` builds, unpacked in an empty folder and served under the real runtime."""

import os
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from local import package
from local.failure import Failure
from local.package_check import can_run_wheels, check, find_azures_python
from tests.host.either_host import simulated
from tests.host.processes import Server, stand_in_host_of_package
from tests.host.test_proxy import request, text

UNCHECKED_HASH = bytes([1, 0, 0, 0])  # PEP 552


@pytest.mark.timeout(400)
@pytest.mark.skipif(not can_run_wheels(), reason="its wheels are for Linux on x86-64")
def test_the_life_of_a_package(tmp_path: Path, simulator: Server) -> None:
    """One story, because building it takes half a minute."""
    built, unpacked, zip_file = (tmp_path / name for name in ("built", "wwwroot", "app.zip"))
    python = build(built)
    package.write_zip(built, zip_file)
    assert "/v1/messages POST" in check(zip_file, python)

    with ZipFile(zip_file) as zipped:
        zipped.extractall(unpacked)
    (compiled,) = unpacked.glob("__pycache__/function_app.*.pyc")
    assert compiled.read_bytes()[4:8] == UNCHECKED_HASH
    assert b"/home/site/wwwroot/function_app.py" in compiled.read_bytes()
    files = [path for path in unpacked.rglob("*") if path.is_file()]
    places = [str(place).encode() for place in (package.ROOT, tmp_path)]
    assert [path for path in files if any(place in path.read_bytes() for place in places)] == []

    settings = simulated(simulator)
    with stand_in_host_of_package(unpacked, tmp_path / "host", **settings) as host:
        assert httpx.get(f"{host.url}/cursor/health").json() == {"status": "ok"}
        answer = httpx.post(f"{host.url}/v1/messages", json=request("Say: packed"), timeout=30)
        assert answer.status_code == 200
        assert text(answer.text)
        assert "worker_tuning_skipped" not in host.output()


def build(folder: Path) -> str:
    python = find_azures_python(os.environ)
    if python is None:
        pytest.skip("there is no Python of Azure's version here")
    try:
        package.build(package.ROOT, folder, os.environ)
    except Failure as failure:
        if "cannot be reached" in str(failure):
            pytest.skip(f"without a network no package is built: {failure}")
        raise
    package.compile_all(folder, python.path)
    return python.path
