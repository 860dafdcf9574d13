"""Which program calls, in a word of ours: what a client says of itself is nobody's log line."""

from collections.abc import Mapping

# How the user agents of clients begin, in small letters.
USER_AGENTS = {
    "claude-cli/": "Claude Code",
    "cursor": "Cursor",
    "anthropic/": "SDK",
    "asyncanthropic/": "SDK",
    "openai/": "SDK",
    "asyncopenai/": "SDK",
    "ai-sdk/": "SDK",
    "ai/": "SDK",
    "curl/": "curl",
    "mozilla/": "browser",
}
ROUTES = {"cursor": "Cursor", "safeguards": "safety"}


def name_client(route: str, headers: Mapping[str, str]) -> str:
    """`headers` are looked up by lower-case names. Cursor's servers call as many a program does."""
    if route == "cursor":
        return ROUTES[route]
    agent = headers.get("user-agent", "").lower()
    found = (name for beginning, name in USER_AGENTS.items() if agent.startswith(beginning))
    return next(found, ROUTES.get(route, "client"))
