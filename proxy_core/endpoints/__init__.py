"""What the proxy answers on, a module for each kind of client."""

from proxy_core.endpoints.anthropic import AnthropicEndpoints
from proxy_core.endpoints.cursor import CursorEndpoints
from proxy_core.endpoints.setup import MisconfiguredSetup, SetupEndpoints

__all__ = ["AnthropicEndpoints", "CursorEndpoints", "MisconfiguredSetup", "SetupEndpoints"]
