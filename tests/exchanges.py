"""Exchanges for tests of the reply: a request, its deployment, and what writes the reply."""

from typing import Any

from proxy_core.anthropic_messages import ReplyHead, ReplyWriter
from proxy_core.conversation import Message, Request, Text
from proxy_core.deployments.models import Deployment
from proxy_core.reply.client import Patience
from proxy_core.reply.exchange import Exchange
from proxy_core.reply.request_log import RequestLog
from proxy_core.settings import Settings

SETTINGS = Settings.from_environ(
    {"AZURE_OPENAI_ENDPOINT": "my.openai.azure.com", "AZURE_OPENAI_API_KEY": "key"}
)
DEPLOYMENT = SETTINGS.find_deployment("gpt-5.4")
PLAIN = Request("claude", (Message("user", (Text("hi"),)),), thinking="shown", stream=True)


def make_exchange(
    request: Request = PLAIN,
    deployment: Deployment = DEPLOYMENT,
    patience: Patience = Patience(),  # noqa: B008 - it is frozen
    **more: Any,
) -> Exchange:
    """For an Anthropic client."""
    head = ReplyHead("msg_1", request.model, request.thinking, "req_1", lambda: 5)
    writer = ReplyWriter(head, stream=request.stream)
    log = RequestLog("req_1", "messages", stream=request.stream)
    return Exchange(request, deployment, writer, log, patience, **more)
