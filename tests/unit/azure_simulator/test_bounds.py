"""However long a simulator runs, and whatever it is sent: what it keeps is bounded."""

from local.azure_simulator import RunningSimulator, Simulator
from local.azure_simulator.connection import OpenProtocol
from local.azure_simulator.faults import COUNTED, FaultQueue
from local.azure_simulator.plan import AskedFault
from local.azure_simulator.request_log import KEPT_BYTES, RequestLog, RequestRecord
from local.azure_simulator.server import make_server
from local.azure_simulator.tokens import AUDIENCES, REMEMBERED, TokenIssuer
from local.connections import Connection
from local.trouble import QuietServer
from tests.unit.azure_simulator.caller import RESPONSES, Caller


def record_one(log: RequestLog, name: str, content: bytes = b"", **fields: list[str]) -> None:
    record = RequestRecord(name, {}, {}, **fields)  # type: ignore[arg-type]
    with log.recording(record):
        log.keep_body(record, content)


def test_the_oldest_requests_give_way_to_large_bodies() -> None:
    log, third = RequestLog(), b'"' + b"x" * (KEPT_BYTES // 3) + b'"'
    for name in "abcd":
        record_one(log, name, third)
    assert [record.path for record in log.records] == ["c", "d"]
    assert log.records[0].body == third[1:-1].decode()
    record_one(log, "small", b"1")
    assert [record.path for record in log.records] == ["c", "d", "small"]


def test_they_give_way_while_others_are_under_way() -> None:
    log, half = RequestLog(), b" " * (KEPT_BYTES // 2)
    records = [RequestRecord(name, {}, {}) for name in "abc"]
    with log.recording(records[0]), log.recording(records[1]), log.recording(records[2]):
        for record in records:
            log.keep_body(record, half)
        assert [record.path for record in log.records] == ["c"]
        assert log.open_requests == 3
    assert log.wait_until_idle(0)


def test_what_is_said_of_a_request_counts_as_well() -> None:
    log, long = RequestLog(), "x" * (KEPT_BYTES // 3)
    for name in "abcd":
        record_one(log, name, problems=[long], warnings=[])
    assert [record.path for record in log.records] == ["c", "d"]
    record_one(log, "alone too much", warnings=[long, long, long])
    assert log.records == []


def test_bodies_are_kept_as_they_came(azure: Caller, simulator: RunningSimulator) -> None:
    content = b'{"model": "gpt-5.4",  "input": "hi"}'
    azure.post(RESPONSES, content=content)
    azure.post(RESPONSES, content=b"[" * 100_000)
    first, second = simulator.requests
    assert (first.content, first.body) == (content, {"model": "gpt-5.4", "input": "hi"})
    assert (second.status, second.content, second.body) == (400, b"", None)
    shown = azure.get("/simulator/requests").json()["requests"][0]
    assert shown["body"] == first.body
    assert not {"content", "size"} & shown.keys()


def test_counted_prompts_are_bounded_and_not_kept() -> None:
    queue, asked = FaultQueue(), AskedFault("unavailable", times=1, key="\ud83d" * 1000)
    assert queue.take(asked)
    assert not queue.take(asked)
    for number in range(COUNTED):
        queue.take(AskedFault("unavailable", times=1, key=str(number)))
    assert len(queue._counts) == COUNTED
    assert {len(key) for key in queue._counts} == {32}
    assert queue.take(asked), "counted anew, for it was forgotten"


def test_issued_tokens_are_bounded_and_stay_revoked() -> None:
    issuer = TokenIssuer()
    first, _ = issuer.issue(AUDIENCES[0], None, 1000)
    issuer.revoke()
    for _ in range(REMEMBERED + 1):
        last, _ = issuer.issue(AUDIENCES[0], None, 1000)
    assert len(issuer.issued) == REMEMBERED
    assert not issuer.accepts(first, AUDIENCES, 1000)
    assert issuer.accepts(last, AUDIENCES, 1000)
    issuer.forget()
    assert issuer.accepts(first, AUDIENCES, 1000)


def test_its_server_is_bounded_as_the_local_hosts_is() -> None:
    server = make_server(Simulator())
    assert isinstance(server, QuietServer)
    assert server.config.http is OpenProtocol
    assert issubclass(OpenProtocol, Connection)
