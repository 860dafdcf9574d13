"""A conversation with reasoning, over two resources of which each refuses the other's reasoning."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anthropic
import pytest

from local.azure_simulator import RunningSimulator, running_simulator
from tests.e2e.servers import App, copy_app, local_host

Messages = list[dict[str, Any]]


@pytest.fixture(scope="module")
def resources() -> Iterator[tuple[RunningSimulator, RunningSimulator]]:
    with running_simulator() as first, running_simulator() as second:
        yield first, second


@pytest.fixture
def first(resources: tuple[RunningSimulator, RunningSimulator]) -> RunningSimulator:
    resources[0].reset()
    return resources[0]


@pytest.fixture
def second(resources: tuple[RunningSimulator, RunningSimulator]) -> RunningSimulator:
    resources[1].reset()
    return resources[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy_app(tmp_path)
    return tmp_path


@contextmanager
def app_over(folder: Path, first: RunningSimulator, second: RunningSimulator) -> Iterator[App]:
    settings = {
        "AZURE_OPENAI_ENDPOINT": f"{first.url}/openai/v1",
        "AZURE_OPENAI_API_KEY": "simulated-key",
        "AZURE_OPENAI_FALLBACK_ENDPOINT": f"{second.url}/openai/v1",
        "AZURE_OPENAI_FALLBACK_API_KEY": "simulated-key",
        "BIG_MODEL": "gpt-5.4",
    }
    with local_host(folder, folder / "log", **settings) as app:
        yield app


def say(app: App, messages: Messages, words: str) -> Messages:
    """The conversation with one more turn, and what was thought and said in it."""
    asked = [*messages, {"role": "user", "content": f"[[think Hm.]] [[say {words}]]"}]
    with anthropic.Anthropic(base_url=app.url, api_key="x", max_retries=0) as client:
        reply = client.messages.create(
            model="claude-x",
            max_tokens=9_000,
            thinking={"type": "enabled", "budget_tokens": 2_000},
            messages=asked,  # type: ignore[arg-type]
        )
    assert [block.type for block in reply.content] == ["thinking", "text"]
    content = [block.to_dict() for block in reply.content]
    return [*asked, {"role": "assistant", "content": content}]


def reasoning_sent(simulator: RunningSimulator) -> list[int]:
    """How many reasoning items each request carried that the resource served."""
    return [
        sum(item.get("type") == "reasoning" for item in request.body["input"])
        for request in simulator.requests
        if request.status == 200
    ]


def test_a_conversation_moves_without_its_reasoning_and_stays_where_it_went(
    folder: Path, first: RunningSimulator, second: RunningSimulator
) -> None:
    with app_over(folder, first, second) as app:
        messages = say(app, say(app, [], "One."), "Two.")
        first.fail_next("no_quota")
        messages = say(app, messages, "Three.")  # moves
        messages = say(app, messages, "Four.")
    with app_over(folder, first, second) as restarted:  # another instance knows nothing of it
        say(restarted, messages, "Five.")

    assert reasoning_sent(first) == [0, 1]
    assert reasoning_sent(second) == [0, 1, 2]
    assert [request.status for request in second.requests] == [200] * 3, "a repair was needed"


def test_while_a_resource_rests_new_conversations_begin_elsewhere(
    folder: Path, first: RunningSimulator, second: RunningSimulator
) -> None:
    with app_over(folder, first, second) as app:
        first.fail_next("unavailable", times=2)
        say(app, [], "One.")
        say(app, [], "Two.")
    assert [request.status for request in first.requests] == [503, 503]
    assert [request.status for request in second.requests] == [200, 200]
    assert [line for line in app.output().splitlines() if '"resource": 1' in line][1:]
