"""The setup page: `GET /`, and everything below `/setup`."""

from proxy_core.endpoints.setup.endpoints import MisconfiguredSetup, SetupEndpoints

__all__ = ["MisconfiguredSetup", "SetupEndpoints"]
