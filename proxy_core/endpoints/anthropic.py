"""Everything below `/v1/`: Anthropic Messages, for Claude Code and the official SDKs."""

from collections.abc import AsyncIterable, Collection, Mapping
from functools import lru_cache, partial

from proxy_core import anthropic_messages
from proxy_core.azure.calls import Azure
from proxy_core.conversation import Request
from proxy_core.endpoints import access, cors, counting
from proxy_core.endpoints.body import read
from proxy_core.endpoints.paths import WrongMethod, not_found, split
from proxy_core.errors import UpstreamError
from proxy_core.openai.input_estimate import InputEstimate, TokenRates, measured
from proxy_core.reply.client import CLAUDE, JSON_HEADERS, Reply, json_reply, new_id
from proxy_core.reply.exchange import Exchange
from proxy_core.reply.relays import Relays
from proxy_core.reply.request_log import RequestLog
from proxy_core.safeguards.review import Review
from proxy_core.settings import Settings
from proxy_core.wire import fields

MOST_MODELS = 64  # whose deployments are remembered, by the names that clients give them


def answer_anyone(
    headers: Mapping[str, str], method: str, path: str, origins: Collection[str]
) -> Reply | None:
    """What needs no token. `path` is what follows `/v1/`."""
    if split(path) == [""] and method == "GET":
        return Reply(200, b"", dict(JSON_HEADERS))  # a probe, which asks for nothing more
    if method == "OPTIONS" and cors.is_allowed(headers.get("origin", ""), origins):
        return Reply(204, b"", dict(cors.PREFLIGHT))  # browsers send no token with it
    return None


class AnthropicEndpoints:
    def __init__(self, settings: Settings, azure: Azure, relays: Relays) -> None:
        self._settings = settings
        self._azure = azure
        self._relays = relays
        self._rates = TokenRates()
        self._find_deployment = lru_cache(MOST_MODELS)(settings.find_deployment)

    async def messages(
        self, log: RequestLog, headers: Mapping[str, str], body: AsyncIterable[bytes]
    ) -> Reply:
        log.caller = access.check(headers, self._settings)
        read_request = measured(anthropic_messages.read_request)
        (request, media), size = await read(headers, body, read_request)
        log.model, log.stream = request.model, request.stream
        deployment = self._find_deployment(request.model)
        review = self._review(request, log)
        estimate = InputEstimate(self._rates, size, media, deployment.name, request.conversation_id)
        writer = anthropic_messages.ReplyWriter(
            anthropic_messages.ReplyHead(
                id=new_id("msg"),
                model=request.model,
                thinking=request.thinking,
                request_id=log.request_id,
                input_tokens=estimate,
                safeguard_status=review.status if review else lambda: None,
            ),
            stream=request.stream,
        )
        exchange = Exchange(
            request,
            deployment,
            writer,
            log,
            CLAUDE.patience,
            size,
            recorder=review.recorder if review else None,
            review=review,
            when_ended=estimate.learn,
        )
        try:
            return await self._relays.relay(exchange)
        except UpstreamError as error:
            if error.about != "overflow":
                raise
            explain = partial(anthropic_messages.explain_overflow, error, request, deployment)
            raise await counting.beside_loop(size, explain) from error

    async def count_tokens(
        self, log: RequestLog, headers: Mapping[str, str], body: AsyncIterable[bytes]
    ) -> Reply:
        log.caller = access.check(headers, self._settings)
        request, size = await read(
            headers, body, anthropic_messages.read_count_request, counting.beside_loop
        )
        log.model = request.model
        tokens = await counting.count(request, size)
        log.outcome = {"input_tokens": tokens}
        return json_reply({"input_tokens": tokens})

    async def other(
        self, log: RequestLog, headers: Mapping[str, str], method: str, path: str
    ) -> Reply:
        """`path` is what follows `/v1/`."""
        if reply := answer_anyone(headers, method, path, self._settings.cors_origins):
            return reply
        if method != "OPTIONS":
            log.caller = access.check(headers, self._settings)
        places = split(path)
        match method, places:
            case "GET", ["models"]:
                models = anthropic_messages.list_models(self._settings.find_deployment)
                return json_reply(anthropic_messages.write_models(models))
            case "GET", ["models", id]:
                id = fields.at_most(fields.LONGEST_MODEL, id, "model")
                deployment = self._settings.find_deployment(id)
                return json_reply(anthropic_messages.write_model(id, deployment))
            case _, ["models"] | ["models", _]:
                raise WrongMethod(method, f"/v1/{path}", "GET")
            case _, ["messages"] | ["messages", "count_tokens"] if method != "POST":
                raise WrongMethod(method, f"/v1/{path}", "POST")
            case _:
                raise not_found(method, f"/v1/{path}")

    def _review(self, request: Request, log: RequestLog) -> Review | None:
        if request.safeguard_context is None:
            return None
        judge = self._settings.find_safeguards_deployment()
        return Review(self._azure, request, judge, log)
