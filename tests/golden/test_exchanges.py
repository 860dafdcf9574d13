"""One folder is one exchange; adding a bug report means adding a folder.

    client_request.json      what the client sends us
    deployment.json          {"name", "family", "effort", "summary", "web_search"}, where it matters
    anthropic.json           {"safeguard_status"}: what a judge has said, where one is asked
    cursor.json              {"display", "path_model"}, where it matters
    earlier_reply.sse        what Azure answered before: its reasoning is put back for Cursor
    upstream_request.json    what we must send to Azure        (expected)
    upstream_reply.sse       what Azure answers
    upstream_reply.json      the same where it is no stream
    upstream_error.json      {"status", "headers", "body"}, where Azure refuses
    client_reply.sse         what we must send to the client   (expected)
    client_reply.json        the same where it is no stream, or fails before it has begun

`python -m local.doctor --record FOLDER` writes such folders, but for what the client must get.

Folders read <client>/<upstream API>/<story>. A request that we answer ourselves has no upstream
files. After an intended change run `pytest tests/golden --update-golden` and review the diff.
"""

import json
import random
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from proxy_core import openai_chat
from proxy_core.conversation import Request
from proxy_core.deployments.lesson import apply_lesson
from proxy_core.deployments.lessons import Lessons
from proxy_core.deployments.models import Deployment, UpstreamApi, find_family
from proxy_core.errors import BadRequest
from proxy_core.openai.errors import read_error_body
from proxy_core.reply.translator import ReplyTranslator, ReplyWriter, write_reply
from proxy_core.translation.reasoning_trace import Trace, TraceRecorder, restored
from proxy_core.translation.search_policy import declined_search
from proxy_core.translation.upstreams import write_events, write_request
from tests import grammar
from tests.contract.azure_wire import check_piece, check_request
from tests.golden.clients import CLIENTS, Client
from tests.streams import read_all

HERE = Path(__file__).parent
MODELS = {"responses": "gpt-5.4", "chat": "gpt-5.2"}

CASES = [
    pytest.param(file.parent, id=str(file.parent.relative_to(HERE)))
    for file in sorted(HERE.rglob("client_request.json"))
]


@pytest.mark.parametrize("case", CASES)
def test_exchange(case: Path, request: pytest.FixtureRequest) -> None:
    play(case, request.config.getoption("--update-golden"))


def play(case: Path, update: bool) -> None:
    name = case.parent.parent.name
    client = CLIENTS[name]
    try:
        asked, new_writer = client.read(
            _load(case / "client_request.json"), _load(case / f"{name}.json")
        )
        deployment = _read_deployment(case)
        traces = _record(case / "earlier_reply.sse", deployment)
        nothing_before = [""] * len(asked.messages)
        messages = restored(asked.messages, nothing_before, traces.get)
        asked = replace(asked, messages=messages)
        if declined := declined_search(asked, deployment, "golden"):
            _check_reply(client, case, write_reply(declined, new_writer()), update)
            return
        body = apply_lesson(Lessons().known(deployment, 0), write_request(asked, deployment))
        _check_json(case / "upstream_request.json", body, update)
    except BadRequest as error:
        _check_json(case / "client_reply.json", client.write_error(error), update)
        return
    if refusal := _load(case / "upstream_error.json"):
        body = refusal["body"].encode()
        refused = read_error_body(refusal["status"], refusal["headers"], body)
        reply = client.write_error(client.explain(refused, asked, deployment))
        _check_json(case / "client_reply.json", reply, update)
        return
    stream = _read_reply(case, deployment.api)
    replies = [
        _answer(client, asked, deployment, new_writer(), pieces)
        for pieces in ([stream], *_splits(stream))
    ]
    _check_reply(client, case, replies[0], update)
    assert {*replies} == {replies[0]}


def _check_reply(client: Client, case: Path, reply: bytes, update: bool) -> None:
    if reply.startswith(b"{"):
        _check_json(case / "client_reply.json", json.loads(reply), update)
    else:
        _check(case / "client_reply.sse", reply.decode(), update)
        client.check_stream(reply)


def _read_reply(case: Path, api: UpstreamApi) -> bytes:
    whole = case / "upstream_reply.json"
    if whole.exists():
        return write_events(api, whole.read_bytes())
    return (case / "upstream_reply.sse").read_bytes()


def _load(file: Path) -> dict[str, Any]:
    """Empty where there is no such file."""
    loaded: dict[str, Any] = json.loads(file.read_bytes()) if file.exists() else {}
    return loaded


def _read_deployment(case: Path) -> Deployment:
    api: Any = case.parent.name
    fields = _load(case / "deployment.json")
    name = fields.get("name", MODELS[api])
    family = find_family(fields.get("family", name))
    resource = "https://golden.openai.azure.com"
    searches = fields.get("web_search", False)
    summary = fields.get("summary", "auto")
    return Deployment(
        name, api, family, resource, fields.get("effort"), summary, web_search=searches
    )


def _record(earlier: Path, deployment: Deployment) -> dict[str, Trace]:
    """The reasoning of an earlier reply, by the calls it led to."""
    traces: dict[str, Trace] = {}
    if earlier.exists():
        recorder = TraceRecorder("", traces.__setitem__)
        writer = openai_chat.ReplyWriter(openai_chat.ReplyHead("", "", 0), stream=True)
        translator = ReplyTranslator(Request("", ()), deployment, writer, recorder)
        read_all(translator, earlier.read_bytes())
        recorder.end()
    return traces


def _answer(
    client: Client,
    asked: Request,
    deployment: Deployment,
    writer: ReplyWriter,
    pieces: Iterable[bytes],
) -> bytes:
    """What the proxy sends; like it, an error before the first word is JSON with a status."""
    translator = ReplyTranslator(asked, deployment, writer)
    reply, error = read_all(translator, *pieces)
    if not error:
        return reply
    ending = translator.fail(error)
    if asked.stream and translator.has_spoken:
        return reply + ending
    explained = client.explain(error, asked, deployment)
    return json.dumps(client.write_error(explained)).encode()


def _splits(stream: bytes) -> Iterable[list[bytes]]:
    yield [stream[i : i + 1] for i in range(len(stream))]
    for seed in range(5):
        cuts = sorted(random.Random(seed).choices(range(len(stream) + 1), k=20))
        yield [stream[a:b] for a, b in pairwise([0, *cuts, len(stream)])]


def _check_json(path: Path, actual: Any, update: bool) -> None:
    _check(path, json.dumps(actual, indent=2, ensure_ascii=False) + "\n", update)


def _check(path: Path, actual: str, update: bool) -> None:
    if update:
        path.write_text(actual)
    assert actual == path.read_text()


def test_a_replayed_signature_is_one_that_we_sent() -> None:
    folder = HERE / "anthropic" / "responses"
    reply = grammar.read_stream((folder / "thinking_then_tool" / "client_reply.sse").read_bytes())
    request = _load(folder / "reasoning_round_trip" / "client_request.json")
    assert reply["content"] == request["messages"][-2]["content"]


def test_a_turn_begins_with_the_bytes_of_the_one_before() -> None:
    """Azure caches a prompt from its first token on; the attribution line differs in each turn."""
    folder = HERE / "anthropic" / "responses"
    first, second = (
        _load(folder / f"prompt_cache_{turn}_turn" / "upstream_request.json")
        for turn in ("first", "second")
    )
    sent, continued = json.dumps(first.pop("input")), json.dumps(second.pop("input"))
    assert json.dumps(first) == json.dumps(second)
    assert continued.startswith(sent.removesuffix("]"))


# --- Azure's contracts ---


@pytest.mark.parametrize("case", CASES)
def test_azure_would_accept_what_we_send(case: Path) -> None:
    if (case / "upstream_request.json").exists():
        request = json.loads((case / "upstream_request.json").read_bytes())
        check_request(_api(case), request)


@pytest.mark.parametrize("case", CASES)
def test_azure_could_have_sent_what_it_answers(case: Path) -> None:
    if (case / "upstream_reply.sse").exists():
        for line in (case / "upstream_reply.sse").read_text().splitlines():
            if line.startswith("data: {"):
                check_piece(_api(case), json.loads(line.removeprefix("data: ")))


def _api(case: Path) -> UpstreamApi:
    return "chat" if case.parent.name == "chat" else "responses"
