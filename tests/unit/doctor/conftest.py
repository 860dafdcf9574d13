"""One simulator for all tests of the doctor."""

from collections.abc import Iterator

import pytest

from local.azure_simulator import RunningSimulator, running_simulator


@pytest.fixture(scope="session")
def server() -> Iterator[RunningSimulator]:
    with running_simulator(deployments={"prod": "gpt-5.4", "odd": "deepseek-v4"}) as simulator:
        yield simulator


@pytest.fixture
def simulator(server: RunningSimulator) -> RunningSimulator:
    server.reset()
    return server
