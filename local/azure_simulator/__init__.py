"""A local Azure OpenAI: both APIs, streaming, reasoning, tools, and every failure by name.

It imports nothing of proxy_core, so that it can disagree with it. README.md is its manual.
"""

from local.azure_simulator.app import create_app
from local.azure_simulator.faults import faults
from local.azure_simulator.request_log import RequestRecord
from local.azure_simulator.server import RunningSimulator, running_simulator
from local.azure_simulator.simulator import Simulator
from local.azure_simulator.tokens import IssuedToken

__all__ = [
    "IssuedToken",
    "RequestRecord",
    "RunningSimulator",
    "Simulator",
    "create_app",
    "faults",
    "running_simulator",
]
