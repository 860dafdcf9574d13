"""The one place that turns text into a number of tokens.

tiktoken 0.14 needs more than linear time for a piece its pattern cannot split (a million equal
letters), and panics on a run of a million spaces before a word. So long text is cut, where the
pattern would cut it as well; only a run without any such place is cut inside, which can add a
few tokens per cut.
"""

import re
from collections.abc import Iterator

from proxy_core.o200k.vocabulary import encoding

# Long enough that a cut is rare, short enough that tiktoken is linear: measured in decision 0012.
SEGMENT = 16_384  # characters

# How far before a segment's end a good place to cut is looked for.
REACH = 1_024

# The pattern always ends a piece between these two: a word and the space before the next word,
# a line's end and the word that opens the next line.
CUT = re.compile(r"(?<=[A-Za-z0-9])(?= [A-Za-z0-9])|(?<=\n)(?=[A-Za-z0-9])")

# About a million tokens of prose. No window holds a longer text, so the rest is estimated.
COUNTED = 4_000_000  # characters

NO_SPECIAL_TOKENS: set[str] = set()
TOKEN_BYTES = 4  # of a token's number


def count_text(text: str) -> int:
    """Special tokens inside the text count as the ordinary text they are."""
    if len(text) > COUNTED:
        return count_text(text[:COUNTED]) * len(text) // COUNTED
    return sum(map(_count_segment, split(text)))


def _count_segment(segment: str) -> int:
    """As many as `encode_ordinary` lists, without the list: a fifth less time."""
    try:
        # what Encoding.encode_to_numpy calls, and sees through numpy
        tokens = encoding()._core_bpe.encode_to_tiktoken_buffer(segment, NO_SPECIAL_TOKENS)
    except UnicodeEncodeError:  # halves of characters
        return len(encoding().encode_ordinary(segment))
    return memoryview(tokens).nbytes // TOKEN_BYTES


def split(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > SEGMENT:
        end = find_cut(text, start + SEGMENT, REACH)
        yield text[start:end]
        start = end
    yield text[start:]


def find_cut(text: str, latest: int, reach: int) -> int:
    """Where the text can be cut, at most so far before `latest`."""
    cut = CUT.search(text, latest - reach, latest)
    return cut.start() if cut else latest


def first_tokens(text: str, most: int) -> tuple[str, int]:
    """The beginning of a text that is at most so many tokens long, and how many it has."""
    tokens, end = 0, 0
    for segment in split(text):
        encoded = encoding().encode_ordinary(segment)
        if tokens + len(encoded) > most:
            kept = encoding().decode_bytes(encoded[: most - tokens])
            # a character may be several tokens long: half of one is left out
            return text[:end] + kept.decode(errors="ignore"), most
        tokens, end = tokens + len(encoded), end + len(segment)
    return text, tokens
