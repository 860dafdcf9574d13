"""The doctor's calls to one deployment: each in its time, counted, and recorded if asked for."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from msgspec import structs

from proxy_core.anthropic_messages import read_request
from proxy_core.azure.calls import Azure
from proxy_core.deployments.lesson import NO_LESSON, Lesson, adapt, apply_lesson
from proxy_core.deployments.lessons import Lessons, guess
from proxy_core.deployments.models import Deployment
from proxy_core.deployments.refusals import nothing_is_there
from proxy_core.doctor.answer import Answer, read_answer
from proxy_core.doctor.bodies import Body
from proxy_core.doctor.recording import Recording
from proxy_core.errors import UpstreamError, UpstreamSilent
from proxy_core.translation.upstreams import write_events, write_request
from proxy_core.wire.json import encode_json

LONGEST_REPLY = 1024 * 1024  # bytes; the doctor asks for little
SHORTEST_PAUSE = 1.0  # seconds after a 429 that names no wait

Change = Callable[[dict[str, Any]], dict[str, Any]]
Record = Callable[[Recording], None]


@dataclass(slots=True)
class Spent:
    """What an examination has cost so far."""

    calls: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Practice:
    """What all visits share."""

    azure: Azure
    spent: Spent
    patience: float  # seconds for one call
    waits_for_limits: bool
    record: Record


class Visit:
    """Asks as the proxy would with what it knows by then; what it learns, it keeps to itself."""

    def __init__(self, practice: Practice, deployment: Deployment) -> None:
        self._practice = practice
        self._configured = deployment
        self._lessons = Lessons()
        self.lesson = NO_LESSON
        self.deployment = deployment
        self.model = ""  # as the last reply called it
        self._heed(self._lessons.known(deployment, 0))

    async def ask(self, story: str, body: Body, change: Change | None = None) -> Answer:
        """Raises UpstreamError. `change` makes of a body what no client could ask for."""
        try:
            return await self._ask_once(story, body, change)
        except UpstreamError as error:
            if not (self._practice.waits_for_limits and error.status == 429 and error.may_pass):
                raise
            await asyncio.sleep(max(error.retry_after or 0, SHORTEST_PAUSE))
        return await self._ask_once(story, body, change)

    async def ask_as_the_proxy(self, story: str, body: Body) -> tuple[Answer, UpstreamError | None]:
        """Learning from refusals, with the first that taught something."""
        taught: UpstreamError | None = None
        while True:
            try:
                return await self.ask(story, body), taught
            except UpstreamError as error:
                is_guess = taught is not None and nothing_is_there(error)
                if is_guess or not self._learn(error):
                    raise (taught if taught and is_guess else error) from error
                taught = taught or error

    async def _ask_once(self, story: str, body: Body, change: Change | None) -> Answer:
        request = read_request(body)
        sent = apply_lesson(self.lesson, write_request(request, self.deployment))
        sent = change(sent) if change else sent
        said, headers = bytearray(), dict[str, str]()
        call = self._practice.azure.call(
            self.deployment, encode_json(sent), lambda _, noted: headers.update(noted)
        )
        self._practice.spent.calls += 1
        asked = None if change else body
        recording = Recording(story, self.deployment, sent, asked)
        try:
            await self._read(call.chunks(), said)
        finally:
            if said or call.refusal:
                recording = replace(recording, reply=bytes(said), is_whole=call.is_unstreamed)
                self._practice.record(replace(recording, refusal=call.refusal, headers=headers))
        stream = write_events(self.deployment.api, said) if call.is_unstreamed else bytes(said)
        answer = read_answer(stream, request, self.deployment, is_streamed=not call.is_unstreamed)
        usage = answer.usage
        self._practice.spent.tokens += (usage.input_tokens or 0) + (usage.output_tokens or 0)
        self.model = answer.model or self.model
        return answer

    async def _read(self, chunks: Any, said: bytearray) -> None:
        try:
            async with asyncio.timeout(self._practice.patience), aclosing(chunks):
                async for chunk in chunks:
                    said += chunk
                    if len(said) > LONGEST_REPLY:
                        raise UpstreamError("Azure's reply is longer than what was asked for.")
        except TimeoutError as error:
            raise UpstreamSilent(
                f"Azure did not answer within {self._practice.patience:.0f} seconds."
            ) from error

    def _learn(self, error: UpstreamError) -> bool:
        known = self.lesson
        if self._lessons.learn(self.deployment, known, error, 0):
            self._heed(self._lessons.known(self.deployment, 0))
        else:
            self._heed(guess(self.deployment, error))
        return self.lesson != known

    def _heed(self, lesson: Lesson) -> None:
        self.lesson += lesson
        self.deployment = adapt(structs.replace(self._configured, effort=None), self.lesson)
