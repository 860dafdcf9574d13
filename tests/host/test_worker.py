"""The stand-in host's worker is what Azure runs: its loop, its tasks, the pinned runtime."""

from importlib.metadata import version

import httpx
import pytest

from local.lock import requirement_lines
from tests.host.processes import ROOT, STREAMS, UVLOOP, Server, stand_in_host


@pytest.mark.skipif(not UVLOOP, reason="uvloop has no wheel for this system")
def test_the_loop_is_uvloops(proxy: Server) -> None:
    assert proxy.state()["loop"] == "uvloop"


def test_tasks_know_their_invocation(proxy: Server) -> None:
    assert proxy.state()["task"] == "ContextEnabledTask"


def test_the_runtime_is_the_one_that_is_deployed() -> None:
    deployed = [
        line.removeprefix("azure-functions-runtime==").partition(";")[0]
        for line in requirement_lines((ROOT / "requirements.txt").read_text())
        if line.startswith("azure-functions-runtime==")
    ]
    assert deployed == [version("azure-functions-runtime")]


def test_the_worker_alone_answers_at_its_own_address() -> None:
    with stand_in_host(STREAMS, "--worker-only") as worker:
        for number in range(2):
            headers = {"x-ms-invocation-id": f"alone-{number}"}
            answer = httpx.get(f"{worker.url}/echo/x", headers=headers)
            assert answer.status_code == 200
