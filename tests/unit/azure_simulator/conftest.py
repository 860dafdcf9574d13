"""One simulator for all tests, and a caller that knows its paths."""

from collections.abc import Iterator

import pytest

from local.azure_simulator import RunningSimulator, running_simulator
from tests.unit.azure_simulator.caller import Caller


@pytest.fixture(scope="session")
def server() -> Iterator[RunningSimulator]:
    with running_simulator(deployments={"prod-big": "gpt-5.4"}) as simulator:
        yield simulator


@pytest.fixture
def simulator(server: RunningSimulator) -> RunningSimulator:
    server.reset()
    return server


@pytest.fixture
def azure(simulator: RunningSimulator) -> Iterator[Caller]:
    with Caller(simulator.url) as caller:
        yield caller
