"""One simulated Azure OpenAI resource: its key, its memory, and what it replies."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from local.azure_simulator import chat_api, responses_api
from local.azure_simulator.deployment import Deployment, IssuedItems
from local.azure_simulator.faults import (
    ConnectionFault,
    FaultQueue,
    HttpFault,
    StreamFault,
    faults,
)
from local.azure_simulator.model_checks import check_window
from local.azure_simulator.models import find_family, model_of
from local.azure_simulator.plan import AskedFault, Place, Plan
from local.azure_simulator.plan_writer import write_plan
from local.azure_simulator.reasoning_seal import ReasoningSeal
from local.azure_simulator.refusals import Refusal, invalid_request, missing_parameter
from local.azure_simulator.reply_stream import FaultPoint, NoReply, Pause, ReplyWriter, Step
from local.azure_simulator.request_log import RequestLog, RequestRecord
from local.azure_simulator.tokens import AUDIENCES, TokenIssuer
from local.azure_simulator.usage import PromptCache, Usage, count_output

Api = Literal["responses", "chat"]
APIS = {"responses": responses_api, "chat": chat_api}
MISSING_DEPLOYMENTS = "missing-"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is about to be delivered."""

    writer: ReplyWriter
    gap: float
    streams: bool
    opening: tuple[Step, ...] = ()
    """What comes before the status line."""
    point: FaultPoint | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Simulator:
    """The state of one resource. Its routes are app.py's."""

    resource: str = "simulated-resource"
    key: str = "simulated-key"
    token: str = "simulated-token"
    """An Entra ID token that is always accepted."""
    takes_keys: bool = True
    audiences: tuple[str, ...] = AUDIENCES
    """Whom the other tokens have to be for."""
    tokens: TokenIssuer = field(default_factory=TokenIssuer)
    identity_header: str = "simulated-identity"
    """Who shows it is given tokens."""
    deployments: Mapping[str, str] = field(default_factory=dict)
    """The models behind deployments whose names do not tell."""
    log: RequestLog = field(default_factory=RequestLog)
    faults: FaultQueue = field(default_factory=FaultQueue)
    cache: PromptCache = field(default_factory=PromptCache)
    items: IssuedItems = field(default_factory=IssuedItems)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def reset(self) -> None:
        """Forget everything that was received, asked for, issued and cached."""
        self.log.clear()
        self.tokens.forget()
        self.faults.clear()
        self.cache = PromptCache()
        self.items = IssuedItems()

    def hang_up(self) -> None:
        """End the replies that are under way."""
        for task in list(self.tasks):
            task.cancel()

    def reply(self, api: Api, name: str | None, content: bytes, record: RequestRecord) -> Reply:
        """The reply to a request, or a Refusal. `name`: the deployment, where the path tells it."""
        body = _read_body(content)
        self.log.keep_body(record, content)
        name = name or body.get("model")
        if name is None:
            raise missing_parameter("model")
        body = {**body, "model": name}
        deployment = self._find_deployment(str(name), record)
        if api == "responses" and not deployment.family.openai:
            raise Refusal(400, {"error": {"message": "Model not supported"}})
        package = APIS[api]
        package.check_request(body, deployment)
        plan = write_plan(package.read_task(body, deployment.family))
        usage = self._count(body, deployment, plan, list(package.prompt_parts(body)), api)
        asked = self.faults.take(plan.fault)
        fault = self._strike(asked, record)
        writer = package.write_reply(body, plan, deployment, usage, int(time.time()))
        reply = Reply(writer, plan.gap, streams=bool(body.get("stream")))
        match fault:
            case StreamFault(headers=headers):
                point = FaultPoint(fault, _position(asked, fault, plan))
                return replace(reply, point=point, headers=headers)
            case ConnectionFault():
                return replace(reply, opening=_opening(asked, fault))
            case _:
                return reply

    def _find_deployment(self, name: str, record: RequestRecord) -> Deployment:
        if name.startswith(MISSING_DEPLOYMENTS):
            raise _http_fault("deployment_not_found")
        family = find_family(model_of(name, self.deployments))
        return Deployment(name, family, self.seal, self.items, record.warnings)

    @property
    def seal(self) -> ReasoningSeal:
        return ReasoningSeal(self.resource)

    def _count(
        self, body: dict[str, Any], deployment: Deployment, plan: Plan, parts: list[Any], api: Api
    ) -> Usage:
        scope = f"{deployment.name} {body.get('prompt_cache_key')}"
        tokens, cached = self.cache.count(scope, parts)
        check_window(deployment.family, tokens, "input" if api == "responses" else "messages")
        output, reasoning = count_output(plan.outputs)
        return Usage(tokens, cached, output, reasoning)

    def _strike(
        self, asked: AskedFault | None, record: RequestRecord
    ) -> StreamFault | ConnectionFault | None:
        """An HTTP fault is answered at once; the others wait for their place."""
        if asked is None:
            return None
        record.fault = asked.name
        match faults().get(asked.name):
            case HttpFault() as fault:
                raise fault.refusal()
            case StreamFault() | ConnectionFault() as fault:
                return fault
            case _:
                raise invalid_request(f"No fault is called '{asked.name}'.", None, "unknown_fault")


def _position(asked: AskedFault | None, fault: StreamFault, plan: Plan) -> int | Place:
    if asked and asked.after_events is not None:
        return asked.after_events
    is_placed = asked is plan.fault and plan.breaks and fault.at not in (0, "end")
    return "script" if is_placed else fault.at


def _opening(asked: AskedFault | None, fault: ConnectionFault) -> tuple[Step, ...]:
    given = asked.seconds if asked else None
    seconds = fault.seconds if given is None else given
    silence = (Pause(seconds),) if seconds else ()
    return silence if fault.then == "reply" else (*silence, NoReply(fault.then))


def _read_body(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _unreadable_body() from error
    if not isinstance(body, dict):
        raise _unreadable_body()
    return body


def _unreadable_body() -> Refusal:
    return invalid_request(
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't "
        "using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was "
        "sent was not valid JSON.)"
    )


def _http_fault(name: str) -> Refusal:
    fault = faults()[name]
    assert isinstance(fault, HttpFault)
    return fault.refusal()
