"""The setup page: `GET /`, and everything below `/setup`."""

from proxy_core.endpoints.setup.endpoints import SetupEndpoints

__all__ = ["SetupEndpoints"]
