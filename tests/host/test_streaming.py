"""What a streamed exchange looks like through host and worker. Shown on apps/streams."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

from tests.host.processes import STREAMS, Server, eventually, stand_in_host

STREAMS_AT_ONCE = 200


def test_events_arrive_one_by_one(streams: Server) -> None:
    arrivals = []
    with httpx.stream("GET", f"{streams.url}/ticks/4?gap=0.5") as response:
        for _ in response.iter_raw():
            arrivals.append(time.monotonic())

    # Sent over 1.5 seconds. A busy machine delays some of them; a buffer would join them all.
    assert len(arrivals) == 4
    assert arrivals[-1] - arrivals[0] > 0.75, arrivals


def test_path_query_headers_and_body_arrive(streams: Server) -> None:
    echo = httpx.put(
        f"{streams.url}/echo/a%2Fb/c%20d",
        params={"x": "1 2", "y": "ä"},
        headers=[("x-mine", "one"), ("x-mine", "two"), ("te", "trailers"), ("cookie", "a=b")],
        content="body ä",
    ).json()

    headers = [tuple(header) for header in echo["headers"]]
    assert echo["method"] == "PUT"
    assert echo["path"] == "/echo/a%2Fb/c%20d"
    assert echo["query"] == "x=1%202&y=%C3%A4" or echo["query"] == "x=1+2&y=%C3%A4"
    assert echo["body"] == "body ä"
    assert [value for name, value in headers if name == "x-mine"] == ["one", "two"]
    assert ("cookie", "a=b") in headers
    assert ("host", streams.url.removeprefix("http://")) in headers
    assert "te" not in dict(headers)


def test_a_client_cannot_choose_its_invocation_id(streams: Server) -> None:
    own = {"x-ms-invocation-id": "mine"}
    echo = httpx.get(f"{streams.url}/echo/x", headers=own).json()

    ids = [value for name, value in echo["headers"] if name == "x-ms-invocation-id"]
    assert len(ids) == 1
    assert ids != ["mine"]


def test_the_most_literal_route_wins(streams: Server) -> None:
    def get(path: str) -> Any:
        return httpx.get(streams.url + path).json()

    assert get("/ECHO/12/exact") == {"function": "exact", "route_values": {"number": "12"}}
    assert get("/echo/twelve/exact")["route_values"] == {"rest": "twelve/exact"}
    assert get("/echo")["route_values"] == {}
    assert get("/other") == {"path": "other"}
    posted = httpx.post(f"{streams.url}/echo/12/exact").json()
    assert posted["route_values"] == {"rest": "12/exact"}


def test_a_method_no_route_lists_is_an_empty_404(streams: Server) -> None:
    response = httpx.delete(f"{streams.url}/echo/x")

    assert (response.status_code, response.content) == (404, b"")


def test_a_large_body_arrives(streams: Server) -> None:
    size = 20_000_000

    assert httpx.post(f"{streams.url}/upload", content=b"x" * size).json()["size"] == size


def pieces() -> Iterator[bytes]:
    for _ in range(3):
        yield b"x" * 1000
        time.sleep(0.2)


def test_a_chunked_body_is_streamed(streams: Server) -> None:
    upload = httpx.post(f"{streams.url}/upload", content=pieces()).json()

    assert upload["size"] == 3000
    assert upload["arrivals"][2] > 0.3


def test_a_body_with_a_content_length_is_read_first(streams: Server) -> None:
    length = {"content-length": "3000"}
    upload = httpx.post(f"{streams.url}/upload", headers=length, content=pieces()).json()

    assert upload["size"] == 3000
    assert upload["arrivals"][-1] < 0.2


def test_too_large_a_body_is_a_500() -> None:
    with stand_in_host(STREAMS, FUNCTIONS_REQUEST_BODY_SIZE_LIMIT="1000") as host:
        assert httpx.post(f"{host.url}/echo/x", content=b"x" * 1000).json()["size"] == 1000
        assert httpx.post(f"{host.url}/echo/x", content=b"x" * 1001).status_code == 500


def test_silence_beyond_the_idle_limit_is_a_504() -> None:
    with stand_in_host(STREAMS, "--idle-seconds", "0.3") as host:
        assert httpx.get(f"{host.url}/ticks/4?gap=0.15").text.count("data:") == 4
        assert httpx.get(f"{host.url}/endless?events=0").status_code == 504
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{host.url}/endless")


def test_many_streams_at_once_lose_nothing(streams: Server) -> None:
    async def read(session: aiohttp.ClientSession, marker: str) -> str:
        target = f"{streams.url}/ticks/10?gap=0.02&marker={marker}"
        async with session.get(target) as response:
            return await response.text()

    async def read_all() -> list[str]:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            return await asyncio.gather(
                *(read(session, f"{stream}-") for stream in range(STREAMS_AT_ONCE))
            )

    assert asyncio.run(read_all()) == [
        "".join(f"data: {stream}-{number}\n\n" for number in range(10))
        for stream in range(STREAMS_AT_ONCE)
    ]


@pytest.mark.parametrize("events", [0, 1], ids=["before the first byte", "in the stream"])
def test_a_client_that_leaves_cancels_the_stream(streams: Server, notes: Path, events: int) -> None:
    note = notes / f"cancelled-{events}"
    target = f"{streams.url}/endless?events={events}&note={note.name}"
    if events:
        with httpx.stream("GET", target) as response:
            assert next(response.iter_raw()) == b"data: first\n\n"
    else:  # No header leaves before the first byte.
        with pytest.raises(httpx.ReadTimeout), httpx.stream("GET", target, timeout=0.3):
            pass

    assert eventually(note.exists, seconds=1)


def test_an_exception_before_output_is_a_500(streams: Server) -> None:
    assert httpx.get(f"{streams.url}/raises/early").status_code == 500


def test_an_exception_in_the_stream_breaks_the_connection(streams: Server) -> None:
    with httpx.stream("GET", f"{streams.url}/raises/late") as response:
        chunks = response.iter_raw()
        assert next(chunks) == b"data: first\n\n"
        with pytest.raises(httpx.RemoteProtocolError):
            next(chunks)


def test_a_late_reply_in_one_piece_is_json_that_begins_with_white_space(streams: Server) -> None:
    with httpx.stream("GET", f"{streams.url}/late/complete") as response:
        pieces = [*response.iter_raw()]

    assert response.headers["content-type"] == "application/json"
    assert "content-length" not in response.headers
    assert pieces == [b" ", b"{}"]


@pytest.mark.parametrize(("end", "printed"), [("cut-off", False), ("defect", True)])
def test_one_that_fails_is_a_broken_transfer(streams: Server, end: str, printed: bool) -> None:
    before = streams.output()
    with httpx.stream("GET", f"{streams.url}/late/{end}") as response:
        pieces = response.iter_raw()
        assert next(pieces) == b" "
        with pytest.raises(httpx.RemoteProtocolError):
            next(pieces)

    said = streams.output().removeprefix(before)
    assert ("Traceback" in said) is printed
    assert printed or "ERROR" not in said
    assert eventually(lambda: streams.state()["running_invocations"] == 0, seconds=1)


def test_a_slash_that_divides_nothing_stays_encoded(streams: Server) -> None:
    echo = httpx.get(f"{streams.url}/echo/a%2Fb/c%20d%252F").json()

    assert echo["route_values"] == {"rest": "a%2Fb/c d%2F"}
