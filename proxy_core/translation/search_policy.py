"""What becomes of a web search that Azure may not do: its setting is off, or its API has none.

A search sends words of the conversation beyond Azure's boundary, so it is the user's to allow.
Nothing is refused for it: where searching is all that was asked for, the answer says that it is
off; beside other tools the model is told so.
"""

from msgspec.structs import replace

from proxy_core.conversation import (
    ReplyEvent,
    ReplyFinished,
    Request,
    Text,
    TextDelta,
    Usage,
    WebSearched,
)
from proxy_core.deployments.models import Deployment

SEARCH_IS_OFF = "The tool web_search is off on this proxy (setting WEB_SEARCH). Do without it."
NOTHING_SEARCHED = (
    "Web search is off on this proxy, so nothing was searched for. It needs the setting "
    "WEB_SEARCH=on and a deployment that is asked through the Responses API. Go on without "
    "searching, and tell the user."
)


def allowed_search(request: Request, deployment: Deployment) -> Request:
    """The request, without the web search that this deployment may not do."""
    if request.web_search is None or deployment.can_search:
        return request
    return replace(
        request,
        web_search=None,
        tool_choice="auto" if request.tool_choice == "web_search" else request.tool_choice,
        # last, so that the beginning of the prompt stays the same and cached
        instructions="\n\n".join(filter(None, (request.instructions, SEARCH_IS_OFF))),
    )


def declined_search(request: Request, deployment: Deployment, id: str) -> tuple[ReplyEvent, ...]:
    """The whole reply where nothing but a search was asked for that may not be; else nothing."""
    if request.web_search is None or deployment.can_search:
        return ()
    if request.tools or request.tool_choice == "none":
        return ()
    return (
        WebSearched(id, _query(request), None),
        TextDelta(NOTHING_SEARCHED),
        ReplyFinished("end", Usage()),
    )


def _query(request: Request) -> str:
    """What was to be searched for: the last words of the conversation."""
    parts = (part for message in request.messages[-1:] for part in message.parts)
    return "\n".join(part.text for part in parts if isinstance(part, Text))
