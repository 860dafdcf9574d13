"""Generated streams of Azure's, and ways to break what is well formed."""

import itertools
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from proxy_core.deployments.models import UpstreamApi
from tests.fuzz.mutation import mutate, mutate_bytes
from tests.fuzz.seeds import seeds
from tests.streams import (
    CHAT_USAGE,
    USAGE,
    Event,
    added,
    call,
    chat_call,
    chat_stream,
    chunk,
    cite,
    done,
    ended,
    message,
    reasoning,
    responses_stream,
    search,
)

Stream = tuple[UpstreamApi, bytes]

# --- well-formed replies ----------------------------------------------------

words = st.text(st.sampled_from('ab </\n\u20ac\U0001f600\u2028"'), max_size=6)
texts = st.lists(words, max_size=4)
phases = st.sampled_from([{}, {"phase": "commentary"}, {"phase": "final_answer"}])

# What costs nothing but thoughts may be empty.
THOUGHT_ONLY = USAGE | {"output_tokens": USAGE["output_tokens_details"]["reasoning_tokens"]}
CHAT_THOUGHT_ONLY = {"choices": [], "usage": CHAT_USAGE["usage"] | {"completion_tokens": 5}}

# Each item is a function that writes it at its place.
Item = Callable[[int], list[Event]]


def _message(pieces: list[str], phase: dict[str, str], cited: list[int]) -> Item:
    cites = [cite(f"https://{start}.com", start, start + 3) for start in cited]
    return lambda index: message(index, *pieces, cites=cites, **phase)


def _reasoning(summary: list[str], blob: str | None) -> Item:
    return lambda index: reasoning(index, f"rs_{index}", *summary, blob=blob)


def _call(name: str, arguments: list[str]) -> Item:
    return lambda index: call(index, f"call_{index}", name, *arguments)


def _search(sources: list[str] | None, type: str) -> Item:
    listed = sources and [{"type": "url", "url": url} for url in sources]
    return lambda index: search(index, type, query="bern", sources=listed)


def _other(type: str) -> Item:
    return lambda index: [added(index, type=type), done(index, type=type)]


items = st.one_of(
    st.builds(_message, texts, phases, st.lists(st.integers(0, 9), max_size=3)),
    st.builds(
        _search,
        st.none() | st.lists(words, max_size=2),
        st.sampled_from(["search", "search", "open_page"]),
    ),
    st.builds(_reasoning, texts, st.sampled_from(["gAAA", None])),
    st.builds(_call, st.sampled_from(["read", "list"]), texts),
    st.builds(_other, st.sampled_from(["file_search_call", "compaction"])),
)
endings = st.sampled_from(
    [
        ended(usage=THOUGHT_ONLY),
        ended(usage=THOUGHT_ONLY),
        ended("incomplete", incomplete_details={"reason": "max_output_tokens"}),
        ended("incomplete", incomplete_details={"reason": "content_filter"}),
    ]
)


@st.composite
def interleavings(draw: st.DrawFn, lanes: list[list[Event]]) -> list[Event]:
    """The events of all lanes, each lane in its own order."""
    order = draw(st.permutations([number for number, lane in enumerate(lanes) for _ in lane]))
    sources = [iter(lane) for lane in lanes]
    return [next(sources[number]) for number in order]


@st.composite
def begun_in_order(draw: st.DrawFn, lanes: list[list[Event]]) -> list[Event]:
    """The same, but no lane begins before those above it have begun."""
    sources, begun, events = [[*lane] for lane in lanes], 0, []
    while any(sources):
        ready = [number for number in range(begun) if sources[number]]
        number = draw(st.sampled_from([*ready, *([begun] if begun < len(lanes) else [])]))
        begun = max(begun, number + 1)
        events.append(sources[number].pop(0))
    return events


@st.composite
def responses_streams(draw: st.DrawFn) -> Stream:
    lanes = [item(index) for index, item in enumerate(draw(st.lists(items, max_size=5)))]
    in_order = [*itertools.chain(*lanes)]
    events = draw(interleavings(lanes)) if draw(st.booleans()) else in_order
    return "responses", responses_stream(*events, draw(endings))


@st.composite
def chat_streams(draw: st.DrawFn) -> Stream:
    chunks = [
        chunk(**{field: text})
        for field, text in draw(
            st.lists(
                st.tuples(st.sampled_from(["content", "reasoning_content"]), words), max_size=6
            )
        )
    ]
    for index, pieces in enumerate(draw(st.lists(texts, max_size=3))):
        chunks.append(chat_call(index, "", id=f"call_{index}", name="read"))
        chunks += (chat_call(index, piece) for piece in pieces)
    calls = [piece for piece in chunks if "tool_calls" in piece["choices"][0]["delta"]]
    reason = draw(st.sampled_from(["tool_calls" if calls else "stop", "length"]))
    usage = [CHAT_THOUGHT_ONLY] if draw(st.booleans()) else []
    return "chat", chat_stream(*chunks, chunk(reason), *usage)


streams = responses_streams() | chat_streams()


@st.composite
def splits(draw: st.DrawFn, data: bytes, most: int = 12) -> list[bytes]:
    """The same bytes in pieces, some of them empty."""
    cuts = draw(st.lists(st.integers(0, len(data)), max_size=most))
    return [data[a:b] for a, b in itertools.pairwise([0, *sorted(cuts), len(data)])]


# --- garbage ----------------------------------------------------------------

leaves: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(
        ["", "text", "image", "tool_use", "object", "\ud800", -(10**30), 10**400, 1e308]
    ),
)
KEYS = [
    "type", "text", "content", "id", "name", "input", "delta", "item", "error", "choices",
    "properties", "items", "anyOf", "oneOf", "required", "enum", "usage", "index", "source", "data",
    "schema", "effort", "format", "description", "code", "message", "arguments", "function",
    "summary", "annotations", "action", "sources", "url",
]  # fmt: skip
garbage = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def almost_genuine(draw: st.DrawFn, target: str) -> bytes:
    """What a fuzz target begins with, with something wrong about it."""
    seed = draw(st.sampled_from(seeds(target)))
    random = draw(st.randoms(use_true_random=True))  # an even choice, and the same in every run
    return random.choice([mutate, mutate, mutate, mutate_bytes])(seed, random)
