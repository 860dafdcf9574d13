"""Asks Azure, and asks again where that can help.

Rules, all of them only as long as the model has said nothing:
* a passing failure (a broken connection, 408, 409, 429, 5xx) is tried again, not before the wait
  that Azure asks for, nor before a growing one with jitter, within the budget of the client;
* where there are several resources (`failover.py`), only a brief wait is waited for: else the next
  resource is asked, and so it is where one refuses what another may take;
* reasoning that Azure does not take back is dropped, and the request sent once more;
* a reply that cannot be read is asked for once more, for each is paid;
* what a refusal teaches about the deployment (`lessons.py`) is heeded, and the request sent again;
* where a resource may have no Responses API, Chat is tried once, and learned if it answers.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from functools import partial

from proxy_core.azure.calls import Azure
from proxy_core.conversation import Request
from proxy_core.deployments.lesson import NO_LESSON, ON_CHAT, adapt, apply_lesson, read_effort
from proxy_core.deployments.lessons import guess
from proxy_core.deployments.models import Deployment
from proxy_core.deployments.refusals import nothing_is_there
from proxy_core.errors import (
    PASSING,
    Disconnected,
    Unreachable,
    Unreadable,
    UpstreamError,
    UpstreamSilent,
)
from proxy_core.openai.advice import explain_error
from proxy_core.openai.errors import read_wait, refuses_reasoning
from proxy_core.reply.attempt import Attempt
from proxy_core.reply.beside_loop import work_on
from proxy_core.reply.body_log import watch_call
from proxy_core.reply.exchange import Exchange
from proxy_core.translation.upstreams import (
    without_reasoning,
    write_events,
    write_request,
)
from proxy_core.wire.encoded_body import encode_body

# Statuses of what one resource refuses; another may have the key, the role or the deployment.
REFUSING = frozenset({401, 403, 404, 424})

FIRST_WAIT = 0.5  # seconds; doubles with every attempt
LONGEST_OWN_WAIT = 8.0
# Bytes of a reply in one piece. A model's own words are a few megabytes at most; Azure repeats the
# instructions and the tools beside them.
LONGEST_UNSTREAMED = 16 * 1024 * 1024
BRIEF = 1.0  # what is waited for rather than moving: a conversation that moves loses its reasoning


class Attempts:
    """The attempts at one request. Make it on the running loop."""

    def __init__(self, azure: Azure, exchange: Exchange) -> None:
        self.failures = 0
        self.deployment = exchange.deployment
        self._azure = azure
        self._log = exchange.log
        self._request, self._size = exchange.request, exchange.size
        self._configured = exchange.deployment
        self._budget = exchange.retry_budget
        self._lesson = NO_LESSON  # what the body is written with; it only grows
        self._tries_chat_after: UpstreamError | None = None  # until it answers
        self._deadline: float | None = None
        self._said_wait: int | None = None
        self._failed: list[str] = []  # resources that were given up, and what they said
        self._errors: list[UpstreamError] = []
        self._was_unreadable = False
        self._go_to(azure.failover.choose(exchange.deployment, exchange.request, _now()))

    async def ask(self, wait: float = 0.0) -> AsyncGenerator[bytes]:
        """Azure's reply, asked for after `wait` seconds."""
        if wait:
            await asyncio.sleep(wait)
        attempt = self._log.begin_attempt(self.deployment)
        self._said_wait = None
        # nothing here keeps the body, for the reply may take long
        call = self._azure.call(
            self.deployment,
            await work_on(self._size, self._write),
            partial(self._note, attempt),
        )
        unstreamed = bytearray()
        with attempt:
            async with aclosing(watch_call(self._log, call)) as chunks:
                async for chunk in chunks:
                    if attempt.first_chunk is None:
                        attempt.see_first_chunk()
                        self._keep_guess()
                    if not call.is_unstreamed:
                        yield chunk
                        del chunk  # or it is kept until the next one comes
                        continue
                    unstreamed += chunk
                    if len(unstreamed) > LONGEST_UNSTREAMED:
                        raise UpstreamError("Azure's reply is longer than any model's.")
        if unstreamed:
            yield await self._read_unstreamed(unstreamed)

    def _write(self) -> bytes:
        body = apply_lesson(self._lesson, write_request(self._request, self.deployment))
        self._log.effort = read_effort(body)
        return encode_body(body)

    async def _read_unstreamed(self, reply: bytearray) -> bytes:
        return await work_on(len(reply), lambda: write_events(self.deployment.api, reply))

    def wait_after(self, error: UpstreamError) -> float | None:
        """Seconds until the next attempt, or None when another would not help or come too late."""
        self.failures += 1
        if refuses_reasoning(error):
            bare = without_reasoning(self._request)
            changed, self._request = bare != self._request, bare
            return 0.0 if changed else None
        if self._learn(error):
            return 0.0
        if isinstance(error, UpstreamSilent):
            return None
        if error.retry_after is None:
            error.retry_after = self._said_wait  # beside a 200 whose stream failed
        self._failures_here += 1
        if isinstance(error, Disconnected) and self._failures_here == 1:
            return 0.0  # most likely one that was kept from an earlier request
        wait = max(self._own_wait(), error.retry_after or 0)
        if isinstance(error, Unreadable):
            return self._repeat_once(error, wait)
        if error.may_pass and self._is_brief(wait, error):
            return self._within_budget(wait)
        if error.status in PASSING | REFUSING and self._move(error, wait):
            return 0.0
        return self._within_budget(wait) if error.may_pass else None

    def let_go(self, rest: Request) -> None:
        """There will be no other attempt: nothing but this is to be known of the request."""
        self._request = rest

    def verdict(self, error: UpstreamError) -> UpstreamError:
        """What the client is told after the last error: of all resources' the most hopeful."""
        if self._tries_chat_after and nothing_is_there(error):
            error = self._tries_chat_after
        last = explain_error(error, self.deployment)
        if error.status not in PASSING | REFUSING:
            return last
        return min((*self._errors, last), key=_hopelessness)

    def _note(self, attempt: Attempt, status: int, headers: Mapping[str, str]) -> None:
        self._log.note_azure(headers)
        attempt.status, attempt.azure_request_id = status, self._log.azure_request_id
        self._said_wait = read_wait(headers)

    def _learn(self, error: UpstreamError) -> bool:
        """Whether the next body is written otherwise for it."""
        if not self._azure.lessons.learn(self.deployment, self._lesson, error, _now()):
            guessed = self._lesson + guess(self.deployment, error)
            if guessed == self._lesson:
                return False
            self._lesson, self._tries_chat_after = guessed, error
        self._heed()
        return True

    def _keep_guess(self) -> None:
        if self._tries_chat_after:
            self._azure.lessons.keep(self.deployment, ON_CHAT, _now())
            self._tries_chat_after = None

    def _heed(self) -> None:
        """Write the next body with all that is known by now."""
        self._lesson += self._azure.lessons.known(self.deployment, _now())
        self.deployment = adapt(self.deployment, self._lesson)
        self._failures_here = 0
        self._log.api = self.deployment.api

    def _go_to(self, place: Deployment) -> None:
        self.deployment = place
        self._lesson, self._tries_chat_after = NO_LESSON, None
        self._heed()
        resources = [place.resource for place in (self._configured, *self._configured.elsewhere)]
        self._log.resource = resources.index(place.resource)

    def _is_brief(self, wait: float, error: UpstreamError) -> bool:
        """Whether the resource deserves another chance before any other is asked."""
        return self._failures_here == 1 and wait <= BRIEF and not isinstance(error, Unreachable)

    def _within_budget(self, wait: float) -> float | None:
        now = _now()
        if self._deadline is None:
            self._deadline = now + self._budget
        return wait if now + wait <= self._deadline else None

    def _repeat_once(self, error: Unreadable, wait: float) -> float | None:
        is_first, self._was_unreadable = not self._was_unreadable, True
        if is_first and self._move(error, wait):
            return 0.0
        return self._within_budget(wait) if is_first else None

    def _move(self, error: UpstreamError, wait: float) -> bool:
        self._failed.append(self.deployment.resource)
        failover = self._azure.failover
        place = failover.move(self._configured, self._request, self._failed, wait, _now())
        if place:
            self._log.failovers += 1
            self._errors.append(explain_error(error, self.deployment))
            self._go_to(place)
        return place is not None

    def _own_wait(self) -> float:
        growing = FIRST_WAIT * 2.0 ** (self._failures_here - 1)
        return min(growing, LONGEST_OWN_WAIT) * random.uniform(0.75, 1.25)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _hopelessness(error: UpstreamError) -> tuple[bool, int]:
    return not error.may_pass, error.retry_after or 0
