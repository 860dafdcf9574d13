"""It never matters how the bytes of a stream were cut into pieces."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.anthropic_messages import ReplyHead, ReplyWriter
from proxy_core.conversation import AnyTool, CustomTool, ReplyEvent, Request, Tool
from proxy_core.deployments.models import Deployment, UpstreamApi, find_family
from proxy_core.reply.translator import ReplyTranslator
from proxy_core.wire.sse import SSEDecoder
from tests.property.strategies import Stream, splits, streams
from tests.streams import ALL, translate, translator

every_stream = pytest.mark.parametrize(("api", "stream"), ALL)


def check(data: st.DataObject, api: UpstreamApi, azure: bytes, **request: Any) -> None:
    whole = translate(translator(api, **request), azure)
    pieces = data.draw(splits(azure))
    assert translate(translator(api, **request), *pieces) == whole


@given(st.data(), st.sampled_from([case.values for case in ALL]), st.booleans())
def test_recorded_and_own_streams(data: st.DataObject, case: Any, streamed: bool) -> None:
    api, stream = case
    check(data, api, stream, stream=streamed)


@given(
    st.data(),
    streams,
    st.booleans(),
    st.sampled_from(["off", "hidden", "shown"]),
    st.lists(st.sampled_from(["a", "ab", "</", "\n\n"]), max_size=2),
)
def test_generated_streams(
    data: st.DataObject, stream: Stream, streamed: bool, thinking: Any, stop: list[str]
) -> None:
    check(data, *stream, stream=streamed, thinking=thinking, stop=tuple(stop))


class Onlooker:
    def __init__(self) -> None:
        self.seen: list[ReplyEvent] = []

    def see(self, event: ReplyEvent) -> None:
        self.seen.append(event)


TOOLS: list[AnyTool] = [
    Tool("read", "", {"properties": {"b": {"type": "integer"}}}),  # may have to lose a null
    Tool("read", "", {}),
    CustomTool("read", "", None),
]


@given(st.data(), streams, st.lists(st.sampled_from(TOOLS), max_size=1))
def test_whoever_looks_on_sees_all_and_changes_nothing(
    data: st.DataObject, stream: Stream, tools: list[AnyTool]
) -> None:
    api, azure = stream

    def told(*pieces: bytes, onlooker: Onlooker | None = None) -> bytes:
        request = Request("claude-sonnet", (), thinking="shown", stream=True, tools=tuple(tools))
        deployment = Deployment("gpt", api, find_family("gpt-4o"), resource="here")
        writer = ReplyWriter(ReplyHead("msg_1", "claude-sonnet", "shown"), stream=True)
        return translate(ReplyTranslator(request, deployment, writer, onlooker), *pieces)

    pieces, one, other = data.draw(splits(azure)), Onlooker(), Onlooker()
    assert told(*pieces) == told(*pieces, onlooker=one) == told(azure, onlooker=other)
    assert one.seen == other.seen


@every_stream
def test_byte_by_byte(api: UpstreamApi, stream: bytes) -> None:
    head = stream[:6_000]
    whole = translate(translator(api), head)
    assert translate(translator(api), *(bytes([byte]) for byte in head)) == whole


LINES = [
    b"data: 1",
    b"data:\xe2\x82\xac",
    b"data",
    b"event: a",
    b": ping",
    b":",
    b"",
    b"",
    b"id: 1",
]


@given(
    st.data(),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from([b"\n", b"\r\n"])), max_size=12),
    st.sampled_from(LINES),
)
def test_the_decoder(
    data: st.DataObject, mark: bytes, lines: list[tuple[bytes, bytes]], last: bytes
) -> None:
    stream = mark + b"".join(line + end for line, end in lines) + last
    assert decode(data.draw(splits(stream))) == decode([stream])
    assert decode([stream]) == decode([stream.removeprefix(mark).replace(b"\r\n", b"\n")])


def decode(pieces: list[bytes]) -> Any:
    decoder = SSEDecoder()
    return [event for piece in pieces for event in decoder.decode(piece)] + [*decoder.flush()]
