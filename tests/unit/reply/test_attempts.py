import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator
from threading import current_thread
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from proxy_core.azure.calls import Azure
from proxy_core.conversation import Message, Reasoning, Request, Text
from proxy_core.errors import Disconnected, Unreachable, Unreadable, UpstreamError, UpstreamSilent
from proxy_core.reply.attempts import LONGEST_OWN_WAIT, LONGEST_UNSTREAMED, PASSING, Attempts
from proxy_core.reply.beside_loop import LARGE
from proxy_core.reply.client import Patience
from proxy_core.reply.read_ahead import ReadAhead
from proxy_core.reply.request_log import RequestLog
from proxy_core.settings import Settings
from tests.exchanges import DEPLOYMENT, PLAIN, SETTINGS, make_exchange
from tests.virtual_time import run

REASONED = Request(
    "claude",
    (
        *PLAIN.messages,
        Message("assistant", (Reasoning("rs_1", "gAAAA", (), DEPLOYMENT.origin), Text("Hello."))),
    ),
)
UNREADABLE = UpstreamError("could not be verified", status=400, code="invalid_encrypted_content")


def within(budget: float) -> Patience:
    return Patience(retrying=budget)


def make_attempts(
    request: Request = PLAIN,
    sent: list[list[str]] | None = None,
    budget: float = 10,
    log: RequestLog | None = None,
) -> Attempts:
    def answer(asked: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append([item["type"] for item in json.loads(asked.content)["input"]])
        return httpx.Response(200, headers={"apim-request-id": "abc"}, content=b"data: 1\n\n")

    azure = Azure(SETTINGS, httpx.MockTransport(answer))
    exchange = make_exchange(request, patience=within(budget))
    return Attempts(azure, replace(exchange, log=log) if log else exchange)


async def waits(error: UpstreamError, attempts: Attempts | None = None) -> list[float]:
    """The waits between attempts that all fail at once."""
    attempts = attempts or make_attempts()
    found: list[float] = []
    while (wait := attempts.wait_after(error)) is not None:
        found.append(wait)
        await asyncio.sleep(wait)
    return found


@pytest.mark.parametrize("status", sorted(PASSING))
def test_waits_grow_with_some_chance_in_them_until_the_budget_is_used_up(status: int) -> None:
    found = run(waits(UpstreamError("busy", status=status)))
    assert len(found) in (3, 4)
    assert sum(found) <= 10
    for wait, growing in zip(found, (0.5, 1, 2, 4), strict=False):
        assert 0.75 * growing <= wait <= 1.25 * growing


def test_an_own_wait_is_never_very_long() -> None:
    async def late() -> float | None:
        attempts, wait = make_attempts(budget=60), None
        for _ in range(20):
            wait = attempts.wait_after(UpstreamError("busy", status=503))
        return wait

    wait = run(late())
    assert wait is not None
    assert wait <= 1.25 * LONGEST_OWN_WAIT


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_what_will_not_get_better_is_not_tried_again(status: int) -> None:
    assert run(waits(UpstreamError("no", status=status))) == []


def test_reasoning_that_azure_refuses_is_dropped_once() -> None:
    sent: list[list[str]] = []

    async def ask_twice() -> list[float]:
        log = RequestLog("req_1", "messages")
        attempts = make_attempts(REASONED, sent, log=log)
        found = [chunk async for chunk in attempts.ask()] and await waits(UNREADABLE, attempts)
        assert [chunk async for chunk in attempts.ask()] == [b"data: 1\n\n"]
        assert (log.attempts, log.azure_request_id) == (2, "abc")
        return found

    assert run(ask_twice()) == [0.0]
    assert sent == [["message", "reasoning", "message"], ["message", "message"]]


def test_a_request_without_reasoning_is_not_repeated_for_it() -> None:
    assert run(waits(UNREADABLE)) == []


def test_a_connection_that_turns_out_to_be_closed_is_replaced_at_once() -> None:
    found = run(waits(Disconnected("The connection to Azure failed.")))
    assert found[0] == 0
    assert found[1] > 0.7


def test_silence_beyond_all_thinking_is_not_tried_again() -> None:
    assert run(waits(UpstreamSilent("Azure did not answer in time."))) == []


def test_an_attempt_begins_after_its_wait() -> None:
    async def ask() -> float:
        assert [chunk async for chunk in make_attempts().ask(3.0)]
        return asyncio.get_running_loop().time()

    assert run(ask()) == 3


def test_what_azure_refuses_is_learned_and_the_request_sent_again() -> None:
    sent: list[dict[str, Any]] = []

    def answer(asked: httpx.Request) -> httpx.Response:
        sent.append(json.loads(asked.content))
        if "/responses" in str(asked.url):
            return httpx.Response(400, json={"error": {"message": "Model not supported"}})
        if "parallel_tool_calls" in sent[-1] or "reasoning_effort" in sent[-1]:
            message = "Unknown parameter: 'reasoning_effort'."
            return httpx.Response(400, json={"error": {"message": message}})
        return httpx.Response(200, content=b"data: 1\n\n")

    async def ask(azure: Azure) -> list[float]:
        attempts = Attempts(azure, make_exchange(patience=within(10)))
        waited: list[float] = []
        while True:
            try:
                assert [chunk async for chunk in attempts.ask()]
            except UpstreamError as error:
                wait = attempts.wait_after(error)
                assert wait is not None
                waited.append(wait)
            else:
                return waited

    async def ask_twice() -> list[list[float]]:
        azure = Azure(SETTINGS, httpx.MockTransport(answer))
        return [await ask(azure), await ask(azure)]

    assert run(ask_twice()) == [[0.0, 0.0], []]
    assert ["input" in body for body in sent] == [True, False, False, False]


@pytest.mark.parametrize(("size", "is_loops"), [(LARGE, True), (LARGE + 1, False)])
def test_a_large_body_is_written_beside_the_loop(
    size: int, is_loops: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []

    def write(*_: Any) -> dict[str, Any]:
        threads.append(current_thread().name)
        return {}

    monkeypatch.setattr("proxy_core.reply.attempts.write_request", write)

    async def ask() -> str:
        azure = Azure(SETTINGS, httpx.MockTransport(lambda _: httpx.Response(200, content=b"")))
        assert [chunk async for chunk in Attempts(azure, make_exchange(size=size)).ask()] == []
        return current_thread().name

    assert (asyncio.run(ask()) == threads[0]) == is_loops


@pytest.mark.parametrize("size", [0, LARGE, 2 * LARGE])
def test_a_reply_in_one_piece_is_read_as_a_stream_however_large(size: int) -> None:
    text = "x" * size
    item = {"type": "message", "content": [{"type": "output_text", "text": text}]}

    async def ask() -> bytes:
        answer = httpx.Response(200, json={"status": "completed", "output": [item]})
        azure = Azure(SETTINGS, httpx.MockTransport(lambda _: answer))
        return b"".join([chunk async for chunk in Attempts(azure, make_exchange()).ask()])

    written = asyncio.run(ask())
    assert written.startswith(b"data: {")
    assert text.encode() in written
    assert b"response.completed" in written


def test_a_reply_in_one_piece_is_not_collected_without_end() -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield bytes(LONGEST_UNSTREAMED // 4)

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "application/json"}, stream=Endless())

    async def ask() -> None:
        azure = Azure(SETTINGS, httpx.MockTransport(answer))
        attempts = Attempts(azure, make_exchange(patience=within(0)))
        with pytest.raises(UpstreamError, match="longer than any"):
            [chunk async for chunk in attempts.ask()]

    run(ask())


@pytest.mark.parametrize(
    ("size", "is_taken"), [(LONGEST_UNSTREAMED, True), (LONGEST_UNSTREAMED + 1, False)]
)
def test_how_long_a_reply_in_one_piece_may_be(size: int, is_taken: bool) -> None:
    assert LONGEST_UNSTREAMED == 16 * 1024 * 1024
    body = b'{"output":[]}'.ljust(size)

    async def ask() -> bytes:
        answer = httpx.Response(200, headers={"content-type": "application/json"}, content=body)
        azure = Azure(SETTINGS, httpx.MockTransport(lambda _: answer))
        attempts = Attempts(azure, make_exchange(patience=within(0)))
        return b"".join([chunk async for chunk in attempts.ask()])

    if is_taken:
        assert b"response.completed" in run(ask())
    else:
        with pytest.raises(UpstreamError, match="longer than any"):
            run(ask())


def test_a_wait_beside_a_stream_that_failed_counts_and_is_not_remembered() -> None:
    answers = [
        httpx.Response(200, headers={"retry-after": "4"}, content=b"data: 1\n\n"),
        httpx.Response(200, content=b"data: 1\n\n"),
    ]

    async def ask() -> list[float | None]:
        azure = Azure(SETTINGS, httpx.MockTransport(lambda _: answers.pop(0)))
        attempts = Attempts(azure, make_exchange(patience=within(60)))
        found: list[float | None] = []
        for _ in range(2):
            assert [chunk async for chunk in attempts.ask()]
            found.append(attempts.wait_after(UpstreamError("busy", status=429)))
        return found

    first, second = run(ask())
    assert first == 4
    assert second is not None
    assert second < 4


def test_an_own_wait_is_not_cut_by_a_shorter_one_of_azures() -> None:
    async def third() -> float | None:
        attempts, wait = make_attempts(), None
        for _ in range(3):
            wait = attempts.wait_after(UpstreamError("busy", status=429, retry_after=1))
        return wait

    wait = run(third())
    assert wait is not None
    assert wait >= 0.75 * 2


def test_a_wait_is_not_remembered_when_the_next_attempt_gets_no_answer() -> None:
    answers = [httpx.Response(200, headers={"retry-after": "4"}, content=b"data: 1\n\n")]

    def answer(_: httpx.Request) -> httpx.Response:
        if answers:
            return answers.pop()
        raise httpx.ConnectError("refused")

    async def ask() -> float | None:
        azure = Azure(SETTINGS, httpx.MockTransport(answer))
        attempts = Attempts(azure, make_exchange(patience=within(60)))
        assert [chunk async for chunk in attempts.ask()]
        with pytest.raises(UpstreamError) as caught:
            [chunk async for chunk in attempts.ask()]
        attempts.wait_after(caught.value)
        return attempts.wait_after(caught.value)

    wait = run(ask())
    assert wait is not None
    assert wait < 4


@pytest.mark.parametrize("error", [UpstreamError("busy", status=503), Unreachable("gone")])
def test_without_a_budget_nothing_is_waited_for(error: UpstreamError) -> None:
    async def fail() -> list[float]:
        return await waits(error, make_attempts(budget=0))

    assert run(fail()) == []


# --- several resources ------------------------------------------------------

TWO = Settings.from_environ(
    {
        "AZURE_OPENAI_ENDPOINT": "first.openai.azure.com",
        "AZURE_OPENAI_API_KEY": "key",
        "AZURE_OPENAI_FALLBACK_ENDPOINT": "second.openai.azure.com",
        "AZURE_OPENAI_FALLBACK_API_KEY": "key",
    }
)
FIRST = TWO.find_deployment("gpt-5.4")
[SECOND] = FIRST.elsewhere

BUSY = UpstreamError("busy", status=503)
QUOTA = UpstreamError("no quota", status=429, retry_after=86_400)
SLOW_DOWN = UpstreamError("slow down", status=429, retry_after=45)
REFUSED = UpstreamError("no such deployment", status=404)
WRONG_KEY = UpstreamError("wrong key", status=401)
NOT_ALLOWED = UpstreamError("no role", status=403)
DEPENDENCY = UpstreamError("failed dependency", status=424)
FILTERED = UpstreamError("filtered", status=400, code="content_filter")
DOWN = Unreachable("The connection to Azure failed.")


def attempts_at_two(
    azure: Azure | None = None, request: Request = PLAIN
) -> tuple[Attempts, RequestLog]:
    exchange = make_exchange(request, FIRST)
    return Attempts(azure or Azure(TWO), exchange), exchange.log


def follow(*errors: UpstreamError) -> tuple[list[int], list[bool], str]:
    """Which resource is asked after each of the errors; whether at once; the verdict."""

    async def fail() -> tuple[list[int], list[bool], str]:
        attempts, log = attempts_at_two()
        places, at_once, verdict = [log.resource], [], ""
        for error in errors:
            wait = attempts.wait_after(error)
            if wait is None:
                verdict = attempts.verdict(error).message
                break
            places.append(log.resource)
            at_once.append(wait == 0)
        return places, at_once, verdict

    return run(fail())


@pytest.mark.parametrize(
    "error", [QUOTA, SLOW_DOWN, REFUSED, WRONG_KEY, NOT_ALLOWED, DEPENDENCY, DOWN]
)
def test_the_next_resource_is_asked_at_once(error: UpstreamError) -> None:
    assert follow(error) == ([0, 1], [True], "")


def test_what_makes_no_sense_is_repeated_once_at_the_next_resource_where_there_is_one() -> None:
    nonsense = Unreadable("Azure sent an event that cannot be read.")
    assert follow(nonsense, nonsense) == ([0, 1], [True], nonsense.message)


def test_a_resource_that_stumbles_gets_a_second_chance() -> None:
    assert follow(BUSY, BUSY) == ([0, 0, 1], [False, True], "")


@pytest.mark.parametrize(("said", "places"), [(1, [0, 0]), (2, [0, 1])])
def test_a_brief_wait_is_waited_for_rather_than_moving(said: int, places: list[int]) -> None:
    assert follow(UpstreamError("busy", status=429, retry_after=said))[0] == places


def test_at_another_resource_the_own_waits_begin_again() -> None:
    async def fail() -> float | None:
        attempts, _ = attempts_at_two()
        for _ in range(2):
            attempts.wait_after(BUSY)
        return attempts.wait_after(BUSY)

    wait = run(fail())
    assert wait is not None
    assert wait <= 1.25 * 0.5


def test_at_the_last_resource_it_is_waited_as_ever() -> None:
    assert follow(DOWN, BUSY, BUSY, BUSY) == ([0, 1, 1, 1, 1], [True, False, False, False], "")


@pytest.mark.parametrize(
    ("errors", "verdict"),
    [
        ((WRONG_KEY, SLOW_DOWN), "slow down"),  # it may pass
        ((WRONG_KEY, QUOTA), "wrong key"),  # neither does
        ((QUOTA, SLOW_DOWN), "slow down"),  # it passes sooner
        ((SLOW_DOWN, WRONG_KEY), "slow down"),
        ((WRONG_KEY, REFUSED), "wrong key"),
        ((QUOTA, FILTERED), "filtered"),  # an answer, which no other resource would change
    ],
)
def test_the_most_hopeful_error_is_reported(
    errors: tuple[UpstreamError, ...], verdict: str
) -> None:
    assert follow(*errors) == ([0, 1], [True], verdict)


def test_what_is_wrong_with_the_request_goes_nowhere_else() -> None:
    assert follow(FILTERED) == ([0], [], "filtered")


def test_a_resting_resource_is_passed_over_by_the_next_request() -> None:
    async def ask_twice() -> list[int]:
        azure = Azure(TWO)
        attempts_at_two(azure)[0].wait_after(QUOTA)
        return [attempts_at_two(azure)[1].resource]

    assert run(ask_twice()) == [1]


def test_reasoning_does_not_move_with_the_conversation() -> None:
    sent: list[tuple[str, list[str]]] = []

    def answer(asked: httpx.Request) -> httpx.Response:
        types = [item["type"] for item in json.loads(asked.content)["input"]]
        sent.append((asked.url.host, types))
        return httpx.Response(200, content=b"data: 1\n\n")

    thought = Reasoning("rs_1", "gAAAA", (), FIRST.origin)
    answered = Message("assistant", (thought, Text("Hello.")))
    request = Request("claude", (*PLAIN.messages, answered))

    async def move() -> None:
        attempts, _ = attempts_at_two(Azure(TWO, httpx.MockTransport(answer)), request)
        assert [chunk async for chunk in attempts.ask()]
        assert attempts.wait_after(QUOTA) == 0
        assert [chunk async for chunk in attempts.ask()]

    run(move())
    assert sent == [
        ("first.openai.azure.com", ["message", "reasoning", "message"]),
        ("second.openai.azure.com", ["message", "message"]),
    ]


def test_each_resource_is_learned_by_itself() -> None:
    effort = UpstreamError("Unknown parameter: 'reasoning_effort'.", status=400)

    async def learn() -> list[bool]:
        lessons = Azure(TWO).lessons
        places = (FIRST, FIRST, SECOND)
        return [lessons.learn(one, lessons.known(one, 0.0), effort, 0.0) for one in places]

    assert run(learn()) == [True, False, True]


def test_requests_that_are_refused_for_the_same_reason_at_once_are_all_sent_again() -> None:
    deployment = SETTINGS.find_deployment("of-unknown-family")

    def answer(asked: httpx.Request) -> httpx.Response:
        if "temperature" in json.loads(asked.content):
            words = "Unsupported parameter: 'temperature' is not supported with this model."
            return httpx.Response(400, json={"error": {"message": words}})
        return httpx.Response(200, content=b"data: 1\n\n")

    async def ask(attempts: Attempts) -> bytes:
        with pytest.raises(UpstreamError) as caught:
            [chunk async for chunk in attempts.ask()]
        await asyncio.sleep(1.0)  # all have been refused before any is sent again
        assert attempts.wait_after(caught.value) == 0.0
        return b"".join([chunk async for chunk in attempts.ask()])

    async def ask_at_once() -> list[bytes]:
        azure = Azure(SETTINGS, httpx.MockTransport(answer))
        request = replace(PLAIN, temperature=0.5)
        asking = (ask(Attempts(azure, make_exchange(request, deployment))) for _ in range(5))
        return await asyncio.gather(*asking)

    assert run(ask_at_once()) == [b"data: 1\n\n"] * 5


# --- an API that the resource may not have ----------------------------------

FOREIGN = (
    "The requested item was created under a different Azure OpenAI resource. Use the same resource "
    "that created the item to access it."
)
NOTHING = (404, "Resource not found")
NO_DEPLOYMENT = (404, "The API deployment for this resource does not exist.")
SERVED = (200, "")


@pytest.mark.parametrize("status", [400, 500])
def test_an_item_of_another_resource_costs_its_reasoning_and_one_request(status: int) -> None:
    refused = UpstreamError(FOREIGN, status=status)

    async def ask() -> list[float | None]:
        attempts = make_attempts(REASONED)
        return [attempts.wait_after(refused) for _ in range(2)]

    assert run(ask()) == [0.0, None]


class Resource:
    """Answers each API with what it is told, the last of it for ever."""

    def __init__(self, responses: list[tuple[int, str]], chat: list[tuple[int, str]]) -> None:
        self._answers = {"responses": responses, "completions": chat}
        self.asked: list[str] = []
        self.azure = Azure(SETTINGS, httpx.MockTransport(self._answer))

    def _answer(self, asked: httpx.Request) -> httpx.Response:
        api = asked.url.path.rpartition("/")[2]
        self.asked.append(api)
        answers = self._answers[api]
        status, words = answers.pop(0) if len(answers) > 1 else answers[0]
        if status == 200:
            return httpx.Response(200, content=b"data: 1\n\n")
        return httpx.Response(status, json={"error": {"message": words}})

    async def ask(self, model: str = "gpt-5.4", **fields: Any) -> str:
        """What the client is told; nothing where it is served."""
        deployment = replace(SETTINGS.find_deployment(model), **fields)
        attempts = Attempts(self.azure, make_exchange(PLAIN, deployment, patience=within(10)))
        wait: float | None = 0.0
        while True:
            try:
                assert [chunk async for chunk in attempts.ask(wait or 0.0)]
            except UpstreamError as error:
                wait = attempts.wait_after(error)
                if wait is None:
                    return attempts.verdict(error).message
            else:
                return ""

    def ask_twice(self, **fields: Any) -> tuple[list[str], list[str]]:
        async def ask() -> list[str]:
            return [await self.ask(**fields), await self.ask(**fields)]

        return run(ask()), self.asked


@pytest.mark.parametrize(
    ("responses", "chat", "told", "asked"),
    [
        # it works, so it is learned
        ([NOTHING], [SERVED], ["", ""], "R C C"),
        ([NOTHING], [(503, "busy"), SERVED], ["", ""], "R C C C"),
        (
            [NOTHING],
            [(400, "Unknown parameter: 'reasoning_effort'."), SERVED],
            ["", ""],
            "R C C C",
        ),
        # it does not, so it is tried anew, and the first error told
        ([NOTHING], [NOTHING], [NOTHING[1]] * 2, "R C R C"),
        ([(404, "Not Found")], [NOTHING], ["Not Found"] * 2, "R C R C"),
        ([NOTHING], [NO_DEPLOYMENT], [NO_DEPLOYMENT[1]] * 2, "R C R C"),
        ([NOTHING], [(400, "filtered")], ["filtered"] * 2, "R C R C"),
        # a deployment that is missing is missing on Chat as well
        ([NO_DEPLOYMENT], [SERVED], [NO_DEPLOYMENT[1]] * 2, "R R"),
    ],
)
def test_where_nothing_answers_chat_is_tried_once(
    responses: list[tuple[int, str]], chat: list[tuple[int, str]], told: list[str], asked: str
) -> None:
    apis = {"R": "responses", "C": "completions"}
    resource = Resource([*responses], [*chat])
    assert resource.ask_twice() == (told, [apis[letter] for letter in asked.split()])


@pytest.mark.parametrize("fields", [{"api_is_set": True}, {"model": "gpt-5.1-codex"}])
def test_chat_is_not_tried_against_a_setting_or_a_family(fields: dict[str, Any]) -> None:
    resource = Resource([NOTHING], [SERVED])
    assert resource.ask_twice(**fields) == ([NOTHING[1]] * 2, ["responses"] * 2)


def test_chat_is_tried_before_another_resource() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.host} {request.url.path.rpartition('/')[2]}")
        if request.url.host.startswith("second"):
            return httpx.Response(200, content=b"data: 1\n\n")
        return httpx.Response(404, json={"error": {"message": "Resource not found"}})

    async def ask() -> None:
        attempts, _ = attempts_at_two(Azure(TWO, httpx.MockTransport(answer)))
        for _ in range(2):
            with pytest.raises(UpstreamError) as caught:
                [chunk async for chunk in attempts.ask()]
            assert attempts.wait_after(caught.value) == 0.0
        assert [chunk async for chunk in attempts.ask()]

    run(ask())
    assert asked == [
        "first.openai.azure.com responses",
        "first.openai.azure.com completions",
        "second.openai.azure.com responses",
    ]


def test_what_was_taken_is_not_kept_until_more_comes() -> None:
    size = 1_000_000

    class Pausing(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for _ in range(2):
                yield b"data: " + b"x" * size
                await asyncio.sleep(10)
            await asyncio.sleep(3_600)

    async def take_both() -> int:
        azure = Azure(
            SETTINGS, httpx.MockTransport(lambda _: httpx.Response(200, stream=Pausing()))
        )
        ahead = ReadAhead(Attempts(azure, make_exchange()).ask())
        for moment in (1, 11):
            await ahead.wait(moment)
            chunk = ahead.take()
            assert isinstance(chunk, bytes)
            assert len(chunk) > size
        del chunk
        await asyncio.sleep(100)
        ahead.close()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        assert run(take_both()) < size
    finally:
        tracemalloc.stop()
