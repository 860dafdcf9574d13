import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from local.azure_simulator import RunningSimulator, Simulator, create_app, running_simulator
from local.azure_simulator.request_log import KEPT, RequestLog, RequestRecord
from local.azure_simulator.usage import CACHE_SIZE, PromptCache
from tests.unit.azure_simulator.caller import CHAT, RESPONSES, Caller, user

ROOT = Path(__file__).parents[3]
BODY = {"model": "gpt-5.4", "input": "hi"}
DATED = "/openai/responses?api-version=2025-04-01-preview"
DATED_CHAT = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (RESPONSES, {"api-key": "simulated-key"}, 200),
        (RESPONSES, {"Authorization": "Bearer simulated-key"}, 200),
        (RESPONSES, {"Authorization": "Bearer simulated-token"}, 200),
        (DATED, {"Authorization": "Bearer simulated-token"}, 200),
        (DATED, {"api-key": "simulated-key"}, 200),
        (RESPONSES, {"api-key": "wrong"}, 401),
        (RESPONSES, {"Authorization": "Bearer wrong"}, 401),
        (RESPONSES, {}, 401),
        (DATED, {"Authorization": "Bearer simulated-key"}, 401),
    ],
)
def test_access(
    simulator: RunningSimulator, path: str, headers: dict[str, str], status: int
) -> None:
    answer = httpx.post(simulator.url + path, json=BODY, headers=headers)
    assert answer.status_code == status
    if status == 401 and path == RESPONSES:
        assert answer.json()["error"]["code"] == "401"
    elif status == 401:
        assert answer.json()["statusCode"] == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/openai/v1/responses?api-version=v1", 200),
        ("/openai/v1/responses?api-version=preview", 200),
        ("/openai/v1/responses?api-version=2025-04-01-preview", 400),
        (DATED, 200),
        ("/openai/responses?api-version=2024-10-21", 400),
        ("/openai/responses?api-version=soon", 400),
        ("/openai/responses", 404),
        (DATED_CHAT, 200),
        (DATED_CHAT.partition("?")[0], 404),
        ("/openai/v1/embeddings", 404),
        ("/openai/v1/models", 404),
    ],
)
def test_paths(azure: Caller, path: str, status: int) -> None:
    body = {"messages": [user("hi")]} if "chat" in path else BODY
    answer = azure.post(path, json=body)
    assert answer.status_code == status
    if status == 404:
        assert answer.json()["error"]["message"] == "Resource not found"
    if status == 400:
        assert answer.json()["error"]["message"] == "API version not supported"


def test_missing_deployments(azure: Caller) -> None:
    error = azure.refusal(RESPONSES, {**BODY, "model": "missing-1"}, 404)
    assert error["code"] == "DeploymentNotFound"


def test_models(azure: Caller) -> None:
    ids = [model["id"] for model in azure.get("/openai/v1/models").json()["data"]]
    assert {"gpt-5.4", "o4-mini", "prod-big"} <= set(ids)
    assert azure.get("/openai/v1/models", headers={"api-key": "x"}).status_code == 401


def test_headers_of_azure(azure: Caller) -> None:
    served = azure.post(RESPONSES, json={**BODY, "stream": True})
    refused = azure.post(RESPONSES, json={})
    for answer in (served, refused):
        for name in ("apim-request-id", "x-request-id", "x-ms-region"):
            assert answer.headers[name]
        assert answer.headers["x-ratelimit-remaining-tokens"]
    assert served.headers["azureai-fe-is-streaming"] == "true"
    assert served.headers["content-type"].startswith("text/event-stream")


def test_requests_are_recorded(azure: Caller, simulator: RunningSimulator) -> None:
    azure.respond("hi")
    azure.post(DATED_CHAT, json={"messages": []}, headers={"anthropic-version": "1"})
    first, second = azure.get("/simulator/requests").json()["requests"]
    assert (first["path"], first["status"], first["finished"]) == (RESPONSES, 200, True)
    assert first["body"] == {"model": "gpt-5.4", "input": "hi"}
    assert "api-key" not in first["headers"]
    assert second["query"] == {"api-version": "2024-10-21"}
    assert second["status"] == 400
    assert "empty array" in second["problems"][0]
    assert "anthropic-version" in second["warnings"][0]
    assert simulator.requests[0].body == first["body"]
    assert azure.delete("/simulator/requests").status_code == 204
    assert simulator.requests == []
    assert azure.get("/simulator/health").json() == {"status": "ok", "open_requests": 0}


@pytest.mark.parametrize("script", ["[[silent 60]] [[say x]]", "[[slow 0.001]] [[long 100000]]"])
def test_a_client_that_leaves(azure: Caller, simulator: RunningSimulator, script: str) -> None:
    body = {**BODY, "input": script, "stream": True}
    with azure.stream("POST", RESPONSES, json=body) as response:
        parts = response.iter_bytes()  # held: httpx hangs up when it is collected
        next(parts)
        assert simulator.open_requests == 1
    assert simulator.wait_until_idle()
    (record,) = simulator.requests
    assert record.disconnected
    assert record.events < 90_000


def test_a_client_that_leaves_before_a_whole_reply(simulator: RunningSimulator) -> None:
    body = {**BODY, "input": "[[silent 60]]"}
    with Caller(simulator.url) as azure, pytest.raises(httpx.ReadTimeout):
        azure.post(RESPONSES, json=body, timeout=0.05)
    assert simulator.wait_until_idle()
    assert simulator.requests[0].disconnected


def test_streams_are_not_held_back(azure: Caller) -> None:
    body = {**BODY, "input": "[[say a]] [[silent 60]]", "stream": True}
    with azure.stream("POST", RESPONSES, json=body) as response:
        text = ""
        for part in response.iter_text():
            text += part
            if "response.output_item.done" in text:
                break


def test_large_requests(azure: Caller) -> None:
    events = azure.events("[[echo]] " + "word " * 20_000)
    assert len(events) < 300


def test_one_of_two_resources_is_down(azure: Caller, simulator: RunningSimulator) -> None:
    with running_simulator() as second, Caller(second.url) as other:
        second.fail_next("unavailable", times=10**9)
        assert [other.ask("hi").status_code for _ in range(5)] == [503] * 5
        assert [azure.ask("hi").status_code for _ in range(2)] == [200] * 2
        second.clear_faults()
        assert other.ask("hi").status_code == 200
        assert (len(simulator.requests), len(second.requests)) == (2, 6)


def test_the_log_is_bounded() -> None:
    log = RequestLog()
    for number in range(KEPT + 5):
        with log.recording(RequestRecord(str(number), {}, {})):
            assert not log.wait_until_idle(0)
    assert len(log.records) == KEPT
    assert log.records[0].path == "5"
    assert log.wait_until_idle(0)


def test_the_cache_is_bounded() -> None:
    cache = PromptCache()
    for number in range(CACHE_SIZE + 1):
        cache.count(str(number), ["x" * 8000])
    assert cache.count("0", ["x" * 8000])[1] == 0
    assert cache.count(str(CACHE_SIZE), ["x" * 8000])[1] > 0


def test_the_app_without_a_server() -> None:
    assert create_app() is not create_app(Simulator(resource="other"))


def test_the_command_line() -> None:
    command = [sys.executable, "-m", "local.azure_simulator", "--port", "0", "--key", "other"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().rpartition(" ")[2].strip()
        answer = httpx.post(url + CHAT, json={}, headers={"api-key": "other"})
        process.terminate()
    assert answer.json()["error"]["message"] == "Missing required parameter: 'model'."


def test_nothing_of_the_proxy_is_imported() -> None:
    script = (
        "import sys, local.azure_simulator;"
        "print([name for name in sys.modules if name.startswith(('proxy_core', 'function_app'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
