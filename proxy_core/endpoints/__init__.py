"""What the proxy answers on, a module for each kind of client.

The setup page is not among them: few ask for it, so it is imported when it is asked for.
"""

from proxy_core.endpoints.anthropic import AnthropicEndpoints
from proxy_core.endpoints.cursor import CursorEndpoints

__all__ = ["AnthropicEndpoints", "CursorEndpoints"]
